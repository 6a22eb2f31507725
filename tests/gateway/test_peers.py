"""Whose word counts about where a request came from."""

import ipaddress

import pytest

from warehouse.gateway import peers

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1"))
PRIVATE = (*LOOPBACK, ipaddress.ip_network("10.0.0.0/8"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "address"),
    [
        ("203.0.113.9", None, (), "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", (), "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", LOOPBACK, "203.0.113.9"),
        ("127.0.0.1", "198.51.100.1", LOOPBACK, "198.51.100.1"),
        ("127.0.0.1", "9.9.9.9, 198.51.100.1", LOOPBACK, "198.51.100.1"),
        ("127.0.0.1", "9.9.9.9, 198.51.100.1, 10.0.0.7", PRIVATE, "198.51.100.1"),
        ("127.0.0.1", "9.9.9.9, 10.0.0.7", LOOPBACK, "10.0.0.7"),
        ("127.0.0.1", "10.0.0.8, 10.0.0.7", PRIVATE, "10.0.0.8"),
        ("127.0.0.1", "nonsense, 10.0.0.7", PRIVATE, "10.0.0.7"),
        ("127.0.0.1", "unknown", LOOPBACK, "127.0.0.1"),
        ("127.0.0.1", "198.51.100.1:4711", LOOPBACK, "198.51.100.1"),
        ("::1", "[2001:DB8::1]:4711", LOOPBACK, "2001:db8::1"),
        ("::ffff:127.0.0.1", "198.51.100.1", LOOPBACK, "198.51.100.1"),
        ("", "198.51.100.1", LOOPBACK, ""),
        ("127.0.0.1:5000", "198.51.100.1", LOOPBACK, "198.51.100.1"),
    ],
)
def test_only_trusted_proxies_are_believed(peer, forwarded, trusted, address):
    meta = {"REMOTE_ADDR": peer}
    if forwarded is not None:
        meta["HTTP_X_FORWARDED_FOR"] = forwarded
    assert peers.address(meta, trusted) == address
