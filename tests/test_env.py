"""The environment: every value that cannot be used is refused by name, and no secret is told."""

import pytest

from warehouse.env import BadSetting, read


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "abc"),
        ("WS_PORT", "70000"),
        ("TRELLIS_REDIS_URL", "http://somewhere:6379"),
        ("TRELLIS_DATABASE_URL", "mysql://ada:hidden@somewhere/trellis"),
        ("TRELLIS_CLICKHOUSE_URL", "somewhere:8123"),
        ("TRELLIS_CLICKHOUSE_URL", "http://ada:hidden@a:8123,somewhere:8123"),
        ("TRELLIS_CLICKHOUSE_URL", "http://ada:hidden@a:8123,chdb:///folder"),
        ("TRELLIS_CLICKHOUSE_URL", "http://ada:hidden@a:8123,"),
        ("TRELLIS_BIGQUERY_URL", "https://a-project/copies"),
        ("TRELLIS_BIGQUERY_URL", "bigquery://a-project"),
        ("TRELLIS_BIGQUERY_URL", "bigquery://a-project/co`pies"),
        ("TRELLIS_BIGQUERY_URL", "bigquery://ada:hidden@a-project/copies"),
        ("TRELLIS_BIGQUERY_URL", "bigquery://a-project/copies?key=hidden"),
        ("TRELLIS_BIGQUERY_URL", "bigquery://a-project/copies?location=E U"),
        ("TRELLIS_BIGQUERY_ENDPOINT", "somewhere"),
        ("TRELLIS_BIGQUERY_MAX_BYTES", "0"),
        ("TRELLIS_WARDEN_URL", "elsewhere"),
        ("TRELLIS_EMAIL_URL", "imap://somewhere"),
        ("TRELLIS_EMAIL_URL", "smtp://ada:hidden@"),
        ("TRELLIS_EMAIL_URL", "smtp://ada@somewhere:hidden"),
        ("TRELLIS_EMAIL_URL", "file://relative/folder"),
        ("TRELLIS_WARDEN_URL", "http://somewhere:8002"),
        ("TRELLIS_WARDEN_URL", "grpc://somewhere"),
        ("TRELLIS_WARDEN_URL", "grpc://:8002"),
        ("TRELLIS_WARDEN_URL", "grpcs://somewhere:70000"),
        ("TRELLIS_WARDEN_URL", "grpcs://ada:hidden@somewhere:8002"),
        ("TRELLIS_WARDEN_URL", "grpc://somewhere:8002/path"),
        ("TRELLIS_LOG_LEVEL", "loud"),
        ("TRELLIS_SECURE", "maybe"),
        ("TRELLIS_TRUSTED_PROXIES", "10.0.0.0/8,somewhere"),
        ("TRELLIS_TRUSTED_PROXIES", "10.0.0.1/8"),
        ("TRELLIS_WEBHOOK_NETWORKS", "10.0.0.0/8,somewhere"),
        ("TRELLIS_WORKER_SLOTS", "reports=0"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_name(tmp_path, name, value):
    with pytest.raises(BadSetting, match=f"^{name} must ") as refused:
        read({"TRELLIS_VAR": str(tmp_path), name: value})
    assert "hidden" not in str(refused.value)


def test_a_warden_may_be_elsewhere_and_its_files_must_be_there(tmp_path):
    file, var = tmp_path / "a.pem", {"TRELLIS_VAR": str(tmp_path)}
    file.touch()
    pair = {"TRELLIS_WARDEN_CERT": str(file), "TRELLIS_WARDEN_KEY": str(file)}
    found = read({**var, **pair, "TRELLIS_WARDEN_URL": "grpcs://[::1]:8002"})
    assert (found.warden_url, found.warden_cert) == ("grpcs://[::1]:8002", str(file))
    with pytest.raises(BadSetting, match=r"^TRELLIS_WARDEN_CA names no file"):
        read({**var, "TRELLIS_WARDEN_CA": str(tmp_path / "absent")})
    for name in pair:
        with pytest.raises(BadSetting, match=f"^{name} is of no use without "):
            read({**var, name: str(file)})


def test_several_servers_may_hold_the_events(tmp_path):
    url = "https://ada:hidden@a:8443, http://b"
    found = read({"TRELLIS_VAR": str(tmp_path), "TRELLIS_CLICKHOUSE_URL": url})
    assert found.clickhouse_url == url


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(BadSetting, match=r"^TRELLIS_VAR=.* cannot be used: not a directory"):
        read({"TRELLIS_VAR": str(tmp_path / "file" / "var")})


def test_a_proxy_on_this_machine_is_trusted_only_where_one_is_expected(tmp_path):
    plain, secure = (
        read({"TRELLIS_VAR": str(tmp_path), "TRELLIS_SECURE": said}) for said in ("false", "true")
    )
    assert plain.trusted_proxies == ()
    assert [str(network) for network in secure.trusted_proxies] == ["127.0.0.0/8", "::1/128"]


@pytest.mark.parametrize(
    ("said", "slots"),
    [
        ({}, {"reports": 3, "intake": 2, "bulk": 1, "deliveries": 16}),
        ({"TRELLIS_WORKER_SLOTS": "intake=8"}, {"intake": 8, "deliveries": 16}),
        ({"TRELLIS_WORKER_SLOTS": "deliveries=1"}, {"deliveries": 1}),
    ],
)
def test_who_does_not_speak_of_sending_sends_as_usual(tmp_path, said, slots):
    assert read({"TRELLIS_VAR": str(tmp_path), **said}).slots == slots


def test_webhooks_lead_to_no_network_beside_public_ones_unless_told(tmp_path):
    var = {"TRELLIS_VAR": str(tmp_path)}
    assert read(var).webhook_networks == ()
    told = read({**var, "TRELLIS_WEBHOOK_NETWORKS": "10.0.0.0/8, fd00::1"}).webhook_networks
    assert [str(network) for network in told] == ["10.0.0.0/8", "fd00::1/128"]
