"""What the pipeline makes of what senders said, and what it leaves alone."""

import pytest

from enrichment import pipeline
from enrichment.bots import is_bot
from enrichment.channel import channel
from enrichment.validation import validate
from tests.enrichment.senders import NOW
from warehouse.tenancy.principal import Tenant

SHOP = "https://shop.example"


def enrich(salt=b"salt", **fields):
    events = [{"event_name": "page_view"} | fields]
    checked = validate(events, tenant=Tenant(id="o", slug="acme"), now=NOW)
    assert not checked.errors
    columns = pipeline.run(checked.columns, pipeline.Context(salt=salt))
    return {name: values[0] for name, values in columns.values.items()}


@pytest.mark.parametrize(
    ("url", "hostname", "path"),
    [
        ("https://Shop.example:8443/a/b?x=1#top", "shop.example", "/a/b"),
        ("https://shop.example", "shop.example", "/"),
        ("/a/b?x=1", "", "/a/b"),
        ("//a/b?x=1", "", "//a/b"),
        ("*", "", "*"),
        ("http://[broken/a?b", "", "http://[broken/a"),
    ],
)
def test_url_is_cut_into_host_and_path(url, hostname, path):
    row = enrich(url=url)
    assert (row["hostname"], row["path"]) == (hostname, path)


@pytest.mark.parametrize(
    ("query", "referrer", "origin"),
    [
        ("", None, ("", "", "", "Direct")),
        (
            "?utm_source=news&utm_medium=email&utm_campaign=w1",
            None,
            ("news", "email", "w1", "Email"),
        ),
        ("?UTM_Source=news&utm_medium=email", None, ("news", "email", "", "Email")),
        ("?gclid=abc", "https://www.google.com/", ("google", "cpc", "", "Paid Search")),
        ("?fbclid=abc", None, ("facebook", "social", "", "Organic Social")),
        ("", "https://www.google.co.uk/search?q=x", ("google", "organic", "", "Organic Search")),
        ("", "https://l.facebook.com/", ("facebook", "social", "", "Organic Social")),
        ("", "https://mail.google.com/", ("gmail", "email", "", "Email")),
        ("", "https://blog.example/post", ("blog.example", "referral", "", "Referral")),
        ("", "https://www.shop.example/other", ("", "", "", "Direct")),
        ("", "not a url", ("", "", "", "Direct")),
    ],
)
def test_origin_is_read_from_url_and_referrer(query, referrer, origin):
    row = enrich(url=f"{SHOP}/{query}", referrer=referrer)
    assert (row["source"], row["medium"], row["campaign_id"], row["channel"]) == origin


def test_what_the_sender_says_wins():
    row = enrich(
        url=f"{SHOP}/?utm_source=a&utm_medium=cpc&gclid=g", source="mine", click_id="c", channel="X"
    )
    assert (row["source"], row["click_id"], row["channel"]) == ("mine", "c", "X")
    assert row["medium"] == "", "a medium inferred for another source says nothing of this one"


def test_ad_click_becomes_the_click_id():
    assert enrich(url=f"{SHOP}/?gclid=abc")["click_id"] == "abc"


@pytest.mark.parametrize(
    ("source", "medium", "name"),
    [
        ("google", "cpc", "Paid Search"),
        ("facebook", "paid-social", "Paid Social"),
        ("facebook.com", "referral", "Organic Social"),
        ("dsp", "cpm", "Display"),
        ("dsp", "cpc", "Paid Other"),
        ("partner", "affiliate", "Affiliates"),
        ("bing", "", "Organic Search"),
        ("blog.example", "", "Referral"),
        ("direct", "none", "Direct"),
        ("x1", "mystery", "Unassigned"),
    ],
)
def test_channel_follows_source_and_medium(source, medium, name):
    assert channel(source, medium) == name


@pytest.mark.parametrize("name", ["view", "page_view", "pageview"])
def test_page_views_count_one_where_none_is_brought(name):
    assert enrich(event_name=name)["page_views"] == 1
    assert enrich(event_name=name, page_views=3)["page_views"] == 3
    assert enrich(event_name=name, page_views=0)["page_views"] == 0
    assert enrich(event_name="click")["page_views"] == 0


def test_purchase_with_a_value_becomes_a_conversion():
    row = enrich(event_name="purchase", conversion_value=5, event_time="2026-03-01T00:00:00Z")
    assert row["conversion_event"] == "purchase"
    assert row["conversion_time"] == row["event_time"]
    assert enrich(event_name="purchase")["conversion_event"] == ""
    assert enrich(event_name="view", conversion_value=5)["conversion_event"] == ""
    row = enrich(event_name="purchase", conversion_value=5, conversion_event="order")
    assert row["conversion_event"] == "order"


def test_visitor_is_a_keyed_hash_of_address_agent_and_day():
    given = {"ip": "192.0.2.7", "user_agent": "UA", "event_time": "2026-03-01T10:00:00Z"}
    name = enrich(**given)["visitor_id"]
    assert name == enrich(**given | {"event_time": "2026-03-01T23:59:59Z"})["visitor_id"]
    others = [
        enrich(**given | {"event_time": "2026-03-02T00:00:00Z"}),
        enrich(**given | {"ip": "192.0.2.8"}),
        enrich(**given | {"user_agent": "Other"}),
        enrich(b"another organization", **given),
    ]
    assert len({name, *(row["visitor_id"] for row in others)}) == 5
    assert enrich(**given, visitor_id="mine")["visitor_id"] == "mine"


def test_raw_address_is_forgotten():
    assert "192.0.2.7" not in str(enrich(ip="192.0.2.7", user_agent="UA"))


@pytest.mark.parametrize(
    ("agent", "bot"),
    [
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", True),
        ("curl/8.5.0", True),
        ("python-requests/2.32", True),
        ("Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/120.0 Safari/537.36", True),
        ("Something/1.0", True),
        ("Mozilla/5.0 (Windows NT 6.1; WOW64; rv:27.0) Gecko/20100101 Firefox/27.0", False),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Safari/604.1", False),
        ("Opera/9.80 (Windows NT 6.1; WOW64; U; ru) Presto/2.10.289 Version/12.01", False),
        ("-", False),
    ],
)
def test_robots_are_told_by_their_agent(agent, bot):
    assert is_bot(agent) is bot
    assert enrich(user_agent=agent)["is_bot"] == int(bot)


def test_long_agents_are_judged_by_their_beginning():
    assert is_bot("Mozilla/5.0 " + "x" * 10_000 + " bot") is False
