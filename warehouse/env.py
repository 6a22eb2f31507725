"""The only reader of the environment: every setting, its type and its safe embedded default."""

import ipaddress
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from warehouse import mail, places
from warehouse.dataset import BadDataset, Dataset

BASE = Path(__file__).resolve().parent.parent
LOGIN_FILE = "first-login.json"
REDIS = ("redis", "rediss")
WEB = ("http", "https")
DATABASES = ("sqlite", "postgres", "postgresql")
EMBEDDED = "chdb"
SERVERS = ("http", "https", "clickhouse", "clickhouses")
LOCAL = "local"
WARDENS = ("grpc", "grpcs")
LOOPBACK = "127.0.0.0/8,::1"
SLOTS, SENDERS = "reports=3,intake=2,bulk=1", "deliveries=16"
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class BadSetting(ValueError):
    """A setting in the environment cannot be used; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What the processes were told from outside; `docs/settings.md` explains each."""

    var: Path
    host: str
    port: int
    ws_port: int
    ws_url: str
    public_url: str
    redis_port: int
    redis_url: str
    database_url: str
    clickhouse_url: str
    clickhouse_read_url: str
    bigquery: Dataset | None
    bigquery_endpoint: str
    bigquery_max_bytes: int
    secret_key: str
    debug: bool
    secure: bool
    allowed_hosts: tuple[str, ...]
    trusted_proxies: tuple[Network, ...]
    warden_url: str
    email_url: str
    email_from: str
    webhook_networks: tuple[Network, ...]
    warden_ca: str
    warden_cert: str
    warden_key: str
    web_threads: int
    slots: Mapping[str, int]
    jobs_at_once: int
    lease_seconds: int
    reconcile_seconds: float
    results_url: str
    result_days: int
    archive_months: int
    log_level: str

    @property
    def owns_redis(self) -> bool:
        """Whether the Redis is this installation's own, started by `make run`."""
        return self.redis_url == f"redis://127.0.0.1:{self.redis_port}"


def read(environ: Mapping[str, str]) -> Environment:
    """Build the environment from variables; raises `BadSetting` naming the variable at fault."""
    var = Path(environ.get("TRELLIS_VAR", str(BASE / "var"))).resolve()
    host = environ.get("TRELLIS_HOST", "127.0.0.1")
    ws_port = _integer(environ, "WS_PORT", 8001, 1, 65535)
    redis_port = _integer(environ, "TRELLIS_REDIS_PORT", 6390, 1, 65535)
    secure = _boolean(environ, "TRELLIS_SECURE", default=False)
    redis_url = _url(environ, "TRELLIS_REDIS_URL", f"redis://127.0.0.1:{redis_port}", REDIS)
    port = _integer(environ, "PORT", 8000, 1, 65535)
    public_url = _url(environ, "TRELLIS_PUBLIC_URL", f"http://127.0.0.1:{port}", WEB)
    return Environment(
        var=var,
        host=host,
        port=port,
        ws_port=ws_port,
        ws_url=environ.get("TRELLIS_WS_URL", ""),
        public_url=public_url.rstrip("/"),
        redis_port=redis_port,
        redis_url=redis_url.rstrip("/"),
        database_url=_url(
            environ, "TRELLIS_DATABASE_URL", f"sqlite:///{var}/trellis.sqlite3", DATABASES
        ),
        clickhouse_url=_engines(environ, "TRELLIS_CLICKHOUSE_URL", f"chdb://{var}/clickhouse"),
        clickhouse_read_url=_readers(environ, "TRELLIS_CLICKHOUSE_READ_URL"),
        bigquery=_dataset(environ, "TRELLIS_BIGQUERY_URL"),
        bigquery_endpoint=_endpoint(environ, "TRELLIS_BIGQUERY_ENDPOINT"),
        bigquery_max_bytes=_integer(environ, "TRELLIS_BIGQUERY_MAX_BYTES", 2**40, 1, 2**60),
        secret_key=environ.get("TRELLIS_SECRET_KEY") or _kept_secret(var / "secret-key"),
        debug=_boolean(environ, "TRELLIS_DEBUG", default=False),
        secure=secure,
        allowed_hosts=_words(environ, "TRELLIS_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]"),
        trusted_proxies=_networks(environ, "TRELLIS_TRUSTED_PROXIES", LOOPBACK if secure else ""),
        warden_url=_warden(environ, "TRELLIS_WARDEN_URL"),
        warden_ca=_file(environ, "TRELLIS_WARDEN_CA"),
        warden_cert=_file(environ, "TRELLIS_WARDEN_CERT", needs="TRELLIS_WARDEN_KEY"),
        warden_key=_file(environ, "TRELLIS_WARDEN_KEY", needs="TRELLIS_WARDEN_CERT"),
        email_url=_mail(environ, "TRELLIS_EMAIL_URL", (var / "mail").as_uri()),
        email_from=environ.get("TRELLIS_EMAIL_FROM", "Trellis Warehouse <trellis@localhost>"),
        webhook_networks=_networks(environ, "TRELLIS_WEBHOOK_NETWORKS", ""),
        web_threads=_integer(environ, "TRELLIS_WEB_THREADS", 64, 1, 1024),
        slots=_slots(environ, "TRELLIS_WORKER_SLOTS", f"{SLOTS},{SENDERS}"),
        jobs_at_once=_integer(environ, "TRELLIS_JOBS_AT_ONCE", 2, 1, 10_000),
        lease_seconds=_integer(environ, "TRELLIS_LEASE_SECONDS", 30, 2, 3600),
        reconcile_seconds=_integer(environ, "TRELLIS_RECONCILE_MS", 2000, 50, 60_000) / 1000,
        results_url=_place(environ, "TRELLIS_RESULTS_URL", (var / "results").as_uri()),
        result_days=_integer(environ, "TRELLIS_RESULT_DAYS", 7, 1, 3650),
        archive_months=_integer(environ, "TRELLIS_ARCHIVE_MONTHS", 24, 0, 1200),
        log_level=_choice(environ, "TRELLIS_LOG_LEVEL", "INFO", LOG_LEVELS),
    )


def _integer(environ: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = environ.get(name, str(default))
    if not text.isdigit() or not least <= int(text) <= most:
        raise BadSetting(f"{name} must be a whole number from {least} to {most}, not {text!r}")
    return int(text)


def _boolean(environ: Mapping[str, str], name: str, *, default: bool) -> bool:
    text = environ.get(name, "true" if default else "false").lower()
    if text not in {"true", "false"}:
        raise BadSetting(f"{name} must be true or false, not {text!r}")
    return text == "true"


def _choice(environ: Mapping[str, str], name: str, default: str, choices: tuple[str, ...]) -> str:
    text = environ.get(name, default)
    if text not in choices:
        raise BadSetting(f"{name} must be {' or '.join(choices)}, not {text!r}")
    return text


def _url(environ: Mapping[str, str], name: str, default: str, schemes: tuple[str, ...]) -> str:
    """Read a URL; what is wrong with one is told without it, for it may hold a password."""
    text = environ.get(name, default)
    scheme, mark, _ = text.partition("://")
    if not mark or scheme not in schemes:
        known = " or ".join(f"{scheme}://" for scheme in schemes)
        raise BadSetting(f"{name} must be a URL that begins with {known}")
    return text


def _warden(environ: Mapping[str, str], name: str) -> str:
    """Read where Warden is: in process, or at a host and port."""
    text = environ.get(name, LOCAL)
    scheme, _, place = text.partition("://")
    host, _, port = place.rpartition(":")
    remote = scheme in WARDENS and host and "/" not in place and "@" not in place
    if text == LOCAL or (remote and port.isdigit() and 1 <= int(port) <= 65535):
        return text
    raise BadSetting(f"{name} must be {LOCAL}, grpc://HOST:PORT or grpcs://HOST:PORT")


def _file(environ: Mapping[str, str], name: str, *, needs: str = "") -> str:
    """Read the path of a file that is there; one that `needs` another is of no use alone."""
    path = environ.get(name, "")
    if path and not Path(path).is_file():
        raise BadSetting(f"{name} names no file: {path}")
    if path and needs and not environ.get(needs):
        raise BadSetting(f"{name} is of no use without {needs}")
    return path


def _place(environ: Mapping[str, str], name: str, default: str) -> str:
    """Read the URL of a folder or a bucket."""
    text = environ.get(name, default)
    try:
        places.storage(text, drafts="")
    except places.BadPlace as error:
        raise BadSetting(f"{name} {error}") from None
    return text


def _mail(environ: Mapping[str, str], name: str, default: str) -> str:
    """Read where letters go; what is wrong is told without the URL, for it may hold a password."""
    text = _url(environ, name, default, mail.SCHEMES)
    try:
        mail.settings(text)
    except ValueError:
        raise BadSetting(f"{name} must name a whole path or a mail server's host") from None
    return text


def _engines(environ: Mapping[str, str], name: str, default: str) -> str:
    """Read the URL of an embedded engine, or of servers with commas between."""
    text = environ.get(name, default)
    if "," not in text or text.startswith(f"{EMBEDDED}:"):
        return _url(environ, name, default, (EMBEDDED, *SERVERS))
    for one in text.split(","):
        _url({name: one.strip()}, name, default, SERVERS)
    return text


def _readers(environ: Mapping[str, str], name: str) -> str:
    """Read the URL of servers to read by; empty: whoever writes reads as well."""
    if not environ.get(name):
        return ""
    for one in environ[name].split(","):
        _url({name: one.strip()}, name, "", SERVERS)
    return environ[name]


def _dataset(environ: Mapping[str, str], name: str) -> Dataset | None:
    """Read where the analytics copy lies; empty: there is none."""
    try:
        return Dataset.of(environ[name]) if environ.get(name) else None
    except BadDataset as error:
        raise BadSetting(f"{name} {error}") from None


def _endpoint(environ: Mapping[str, str], name: str) -> str:
    """Read the URL of a private endpoint; empty: the public one."""
    return _url(environ, name, "", WEB).rstrip("/") if environ.get(name) else ""


def _words(environ: Mapping[str, str], name: str, default: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in environ.get(name, default).split(",") if word.strip())


def _networks(environ: Mapping[str, str], name: str, default: str) -> tuple[Network, ...]:
    """Read addresses and networks with commas between."""
    try:
        return tuple(map(ipaddress.ip_network, _words(environ, name, default)))
    except ValueError as error:
        raise BadSetting(f"{name} must list addresses or networks: {error}") from None


def _slots(environ: Mapping[str, str], name: str, default: str) -> dict[str, int]:
    """Read how many jobs of each queue run at once; who does not speak of sending sends as usual.

    Settings of installations from before there was any would leave all unsent.
    """
    pairs = [word.partition("=") for word in _words(environ, name, default)]
    if any(not count.isdigit() or int(count) < 1 for _, _, count in pairs):
        raise BadSetting(f"{name} must look like {default!r}, each count at least 1")
    sender, _, senders = SENDERS.partition("=")
    return {sender: int(senders)} | {queue: int(count) for queue, _, count in pairs}


def _kept_secret(path: Path) -> str:
    """Read this installation's secret, made on first use; of racing processes the first wins."""
    try:
        return _secret(path)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise BadSetting(f"TRELLIS_VAR={path.parent} cannot be used: {reason}") from error


def _secret(path: Path) -> str:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48))
        with suppress(FileExistsError):
            path.hardlink_to(draft)
        draft.unlink()
    return path.read_text()


try:
    ENV = read(os.environ)  # noqa: TID251
except BadSetting as problem:
    # Whoever started the process needs the sentence, not the trace.
    raise SystemExit(f"bad setting: {problem}") from None
