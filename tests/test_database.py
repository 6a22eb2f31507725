"""The relational database: a PostgreSQL that says nothing any more is given up within seconds."""

import socket

import psycopg
import pytest

from warehouse import database

URL = "postgres://ada:hidden@somewhere:5433/trellis"
KERNEL = {
    "tcp_user_timeout": (socket.TCP_USER_TIMEOUT, 10_000),
    "keepalives_idle": (socket.TCP_KEEPIDLE, 5),
    "keepalives_interval": (socket.TCP_KEEPINTVL, 5),
}


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_a_silent_server_is_not_waited_for_long(scheme):
    found = database.settings(URL.replace("postgres", scheme))
    assert (found["HOST"], found["PORT"], found["NAME"]) == ("somewhere", 5433, "trellis")
    assert found["OPTIONS"] == database.PATIENCE


def test_what_the_url_says_stays():
    options = database.settings(f"{URL}?connect_timeout=60&sslmode=require")["OPTIONS"]
    assert str(options["connect_timeout"]) == "60"
    assert options["sslmode"] == "require"
    assert options["tcp_user_timeout"] == database.PATIENCE["tcp_user_timeout"]


@pytest.mark.parametrize("option", KERNEL)
def test_the_kernel_is_told_so(postgres, option):
    options = database.settings(postgres.url)["OPTIONS"]
    with psycopg.connect(postgres.url, **options) as connection:
        line = socket.socket(fileno=connection.fileno())
        try:
            name, wanted = KERNEL[option]
            assert line.getsockopt(socket.IPPROTO_TCP, name) == wanted
        finally:
            line.detach()


def test_sqlite_takes_none_of_it(tmp_path):
    found = database.settings(f"sqlite:///{tmp_path}/rows.sqlite3")
    assert found["ENGINE"] == "warehouse.sqlite"
    assert set(found["OPTIONS"]) == {"timeout", "init_command"}
