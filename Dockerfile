# One image for every process; docker-compose.yml says which process a container runs.
FROM python:3.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1
WORKDIR /app

COPY requirements.txt .
RUN pip install --disable-pip-version-check -r requirements.txt

COPY manage.py ./
COPY warehouse warehouse
COPY reports reports
COPY enrichment enrichment
COPY discovery discovery

RUN useradd --system --uid 10001 --home-dir /app trellis && install -d -o trellis /data
USER trellis
ENV TRELLIS_VAR=/data TRELLIS_HOST=0.0.0.0
VOLUME /data

CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "1", \
     "--blocking-threads", "64", "--http1-header-read-timeout", "10000", "--no-ws", "warehouse.wsgi:application"]
