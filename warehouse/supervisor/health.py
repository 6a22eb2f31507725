"""Asks the running doors how they are: ready or not, what is missing, is the worker alive."""

import http.client
import json
from dataclasses import dataclass

from warehouse.env import Environment

TIMEOUT_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Health:
    """What `/readyz` said: `missing` is empty when ready, `worker_age` the heartbeat's seconds."""

    missing: str
    worker_age: float | None = None


def ready(env: Environment) -> Health:
    """Ask `/readyz` of the web door."""
    status, body = _get(_host(env), env.port, "/readyz")
    if not status:
        return Health("the web door does not answer yet")
    try:
        document = json.loads(body)
    except ValueError:
        return Health(f"/readyz answered {status}")
    age = document.get("checks", {}).get("worker", {}).get("age_seconds")
    return Health("" if status == 200 else str(document.get("detail", status)), age)


def sockets_alive(env: Environment) -> bool:
    """Say whether the WebSocket door answers."""
    status, _ = _get(_host(env), env.ws_port, "/healthz")
    return status == 200


def address(env: Environment) -> str:
    """Return the URL of the web door as this machine reaches it."""
    host = _host(env)
    return f"http://{f'[{host}]' if ':' in host else host}:{env.port}"


def _host(env: Environment) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(env.host, env.host)  # noqa: S104


def _get(host: str, port: int, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()
