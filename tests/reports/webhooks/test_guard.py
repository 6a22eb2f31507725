"""Where messages may go: no spelling of a forbidden address gets through."""

from ipaddress import ip_address, ip_network

import pytest

from reports.webhooks.guard import BadAddress, Guard, is_public, literal_of

PUBLIC = Guard()
INSIDE = Guard((ip_network("10.1.0.0/16"), ip_network("fd00:1::/32")))
THIS_MACHINE = (
    "127.0.0.1",
    "127.1",
    "127.0.0.1.",
    "2130706433",
    "0177.0.0.1",
    "017700000001",
    "0x7f.0.0.1",
    "0x7f000001",
    "0",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "127。0。0。1",
    "[::1]",
    "[::]",
    "[::127.0.0.1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:7f00:1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b:1::127.0.0.1]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::]",
)
NOBODYS = (
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.1.2.3",
    "240.0.0.1",
    "255.255.255.255",
    "0.1.2.3",
    "::ffff:10.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "2002:c0a8:101::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "fc00::1",
    "fd12::1",
    "ff02::1",
    "100::1",
    "2001:db8::1",
    "3fff::1",
    "4000::1",
)
ANYBODYS = ("8.8.8.8", "1.1.1.1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2606:4700::1111")


@pytest.mark.parametrize("host", THIS_MACHINE)
def test_this_machine_is_known_in_every_spelling(host):
    with pytest.raises(BadAddress, match=r"not public|Must be a URL such"):
        PUBLIC.check_url(f"https://{host}/hook")


@pytest.mark.parametrize("address", NOBODYS)
def test_what_is_not_public_is_refused(address):
    assert not is_public(ip_address(address))
    with pytest.raises(BadAddress, match="not public"):
        PUBLIC.check(PUBLIC.check_url("https://a.example"), [ip_address(address)])


@pytest.mark.parametrize("address", ANYBODYS)
def test_what_is_public_is_allowed(address):
    assert is_public(ip_address(address))
    PUBLIC.check(PUBLIC.check_url("https://a.example"), [ip_address(address)])


def test_one_forbidden_address_of_several_is_enough():
    url = PUBLIC.check_url("https://a.example")
    with pytest.raises(BadAddress):
        PUBLIC.check(url, [ip_address("8.8.8.8"), ip_address("10.0.0.1")])


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://a.example/", "https"),
        ("http://8.8.8.8/", "https"),
        ("ftp://a.example/", "URL"),
        ("a.example", "URL"),
        ("https:///hook", "URL"),
        ("https://", "URL"),
        ("https://a.example:0/", "URL"),
        ("https://a.example:99999/", "URL"),
        ("https://a.example:x/", "URL"),
        ("https://a b.example/", "URL"),
        ("https://[fe80::1%25eth0]/", "URL"),
        ("https://ada:secret@a.example/", "password"),
        ("https://ada@a.example/", "password"),
        ("https://a.example/#part", "fragment"),
        ("https://a.example:22/", "port"),
        ("https://a.example:80/", "port"),
        ("https://a.example/\n", "printable"),
        ("https://./", "host name"),
        ("https://../", "host name"),
        ("https://a..b/", "host name"),
        ("https://.a.example/", "host name"),
        ("https://a.example../", "host name"),
        (f"https://{'x' * 64}.example/", "host name"),
        (f"https://{'ü' * 60}.example/", "host name|URL"),
        (f"https://{'x.' * 126}xx/", "host name"),
        (f"https://a.example/{'x' * 2000}", "2000"),
    ],
)
def test_a_bad_url_is_refused_with_why(url, why):
    with pytest.raises(BadAddress, match=why):
        PUBLIC.check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example",
        "https://a.example:443/",
        "https://a.example:8443/x?y=z",
        "https://8.8.8.8/",
        "https://[2606:4700::1111]:8443/",
        "https://münchen.example/",
        "https://1a.example/",
        "https://abc/",
        "https://a.example./",
        f"https://{'x' * 63}.example/",
        f"https://{'x.' * 126}x/",
    ],
)
def test_a_good_url_is_taken(url):
    PUBLIC.check_url(url)


@pytest.mark.parametrize(
    "url", ["http://10.1.2.3:80/", "https://10.1.2.3:22/", "http://[fd00:1::5]/", "http://a.local/"]
)
def test_the_operator_allows_networks_and_there_any_manner(url):
    INSIDE.check_url(url)


def test_what_the_operator_allows_opens_nothing_else():
    for address in ("10.2.0.1", "127.0.0.1", "fd00:2::1"):
        with pytest.raises(BadAddress):
            INSIDE.check(INSIDE.check_url("https://a.example"), [ip_address(address)])
    plain = INSIDE.check_url("http://a.example")
    INSIDE.check(plain, [ip_address("10.1.2.3")])
    INSIDE.check(plain, [ip_address("::ffff:10.1.2.3")])
    with pytest.raises(BadAddress, match="https"):
        INSIDE.check(plain, [ip_address("8.8.8.8")])
    with pytest.raises(BadAddress, match="https"):
        INSIDE.check(plain, [ip_address("10.1.2.3"), ip_address("8.8.8.8")])


def test_names_are_no_literals():
    for host in ("a.example", "abc", "dead.beef", "1.2.3.4.5", "10.example"):
        assert literal_of(host) is None
