"""Whether the ports are free before anything is started, and what to do when one is not."""

import socket

from warehouse.env import Environment


def problems(env: Environment, *, own_redis: bool) -> list[str]:
    """Return one plain sentence for every port that cannot be used."""
    wanted = [("PORT", env.host, env.port), ("WS_PORT", env.host, env.ws_port)]
    if own_redis:
        wanted.append(("TRELLIS_REDIS_PORT", "127.0.0.1", env.redis_port))
    found: list[str] = []
    taken: dict[int, str] = {}
    for name, host, port in wanted:
        if port in taken:
            found.append(f"{name} and {taken[port]} are both {port}; give each its own.")
        elif reason := _refusal(host, port):
            found.append(
                f"{name}={port} on {host} cannot be used: {reason}. Stop what uses it, or choose "
                f"another: {name}={port + 100} make run"
            )
        taken.setdefault(port, name)
    return found


def _refusal(host: str, port: int) -> str:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            # Connections of a server that just ended linger; they do not count as a user.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except OSError as problem:
        return (problem.strerror or str(problem)).lower()
    return ""
