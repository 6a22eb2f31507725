"""A bare Celery application: what a round trip through the broker costs without any product.

Two ways back: Celery's own result backend, and a Redis list, the leanest there is.
"""

import os

import redis
from celery import Celery

# Told to the worker in its environment; the sender sets `broker_url` and `result_backend`.
BROKER = os.environ.get("BENCHMARK_BROKER", "redis://")

app = Celery("benchmark", broker=BROKER, backend=BROKER)
app.conf.update(
    task_default_queue="benchmark",
    worker_prefetch_multiplier=1,
    worker_enable_remote_control=False,
    broker_connection_retry_on_startup=True,
)
answers = redis.Redis.from_url(BROKER)


@app.task(name="benchmark.noop")
def noop():
    """Do nothing; Celery keeps the result."""
    return 1


@app.task(name="benchmark.listed", ignore_result=True)
def listed(key):
    """Do nothing, and say so on the list the sender waits at."""
    answers.lpush(key, 1)


@app.task(name="benchmark.counted", ignore_result=True)
def counted(key):
    """Do nothing, and count how often."""
    answers.incr(key)
