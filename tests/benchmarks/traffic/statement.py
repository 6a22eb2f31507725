"""The statement by which the engine invents one piece of traffic: visits, their steps, events.

Everything follows from hashes of the visit's number, so a piece written again is the same.
Columns hold what the intake would have stored: names of the first page's link, times that rise
within a visit, arrival by the minute in batches.
"""

from tests.benchmarks.traffic.dice import common, dice, identity, share, word
from tests.benchmarks.traffic.visits import STEP, VISIT
from warehouse.sql.statement import Statement

# One thread makes the same blocks each time: the token then keeps a repeated piece out.
SETTINGS = """SETTINGS insert_deduplication_token = {token:String}, insert_deduplicate = 1,
    deduplicate_insert_select = 'force_enable', max_threads = 1, max_insert_threads = 1,
    min_insert_block_size_bytes = 0"""
LINK = (
    f"concat('?utm_source=', {word('sources', 'entry')}, '&utm_medium=',"
    f" {word('mediums', 'entry')}, '&utm_campaign=', campaign,"
    " if(termed, concat('&utm_term=', replaceAll(term_told, ' ', '+')),"
    " concat('&utm_content=', content_told)),"
    " if(clicked != '', concat('&', click, '=', clicked), ''))"
)
EVENT = {
    "organization_id": common("ids", "1 + site"),
    "event_time": "fromUnixTimestamp64Milli(at, 'UTC')",
    "event_id": "lower(hex(he))",
    "event_name": "doing",
    "visitor_id": identity("hv", dice("hv", 24)),
    "session_id": "if(numbered, lower(hex(hs)), '')",
    "click_id": "clicked",
    "campaign_id": "if(campaigned, campaign, '')",
    "source": common("sources", "way"),
    "medium": common("mediums", "way"),
    "term": "if(campaigned AND termed, term_told, '')",
    "content": "if(campaigned AND NOT termed, content_told, '')",
    "channel": common("channels", "way"),
    "url": (
        f"concat('https://', host, page, multiIf(labelled, {LINK},"
        " he % 16 = 0, concat('?page=', toString(2 + he % 7)), ''))"
    ),
    "hostname": "host",
    "path": "page",
    "referrer": f"if(i = 0, {word('referrers', 'entry')}, concat('https://', host, left))",
    "referrer_host": f"if(i = 0, {word('referring', 'entry')}, host)",
    "page_views": "toUInt32(doing = 'view')",
    "conversion_event": "if(purchase OR signup, doing, '')",
    "conversion_value": "if(purchase, CAST(cents / 100, 'Decimal64(4)'), toDecimal64(0, 4))",
    "conversion_time": (
        # Not `if(…, event_time, NULL)`: below its NULLs that keeps the times, which cost space.
        "nullIf(if(purchase OR signup, event_time, toDateTime64(0, 3, 'UTC')),"
        " toDateTime64(0, 3, 'UTC'))"
    ),
    "currency": f"if(purchase, {word('currencies', 'land')}, '')",
    "device_type": common("kinds", "gear"),
    "browser": common("browsers", "gear"),
    "os": common("systems", "gear"),
    "is_mobile": "toUInt8(device_type != 'desktop')",
    "is_bot": "toUInt8(robot)",
    "country": common("countries", "land"),
    "region": f"concat(country, '-', toString({dice('hv', 25)} % 8))",
    "city": f"concat('city-', lower(country), toString(toUInt8(pow({share('hv', 26)}, 2) * 40)))",
    "timezone": common("zones", "land"),
    "properties": (
        "multiIf(purchase, map('product', page, 'quantity', toString(1 + he % 3)),"
        " doing = 'add_to_cart', map('product', page),"
        " doing = 'search', map('query', term_told, 'results', toString(he % 60)),"
        " hv % 10 < 3, map('plan', if(hv % 40 < 10, 'pro', 'free')),"
        " CAST(map(), 'Map(String, String)'))"
    ),
    "received_at": (
        "fromUnixTimestamp64Milli((intDiv(at, 60000) + 1) * 60000 + toInt64(parcel % 3000), 'UTC')"
    ),
    "batch_id": identity("parcel", dice("parcel", 27)),
}


def piece(table, values):
    """Return the statement that writes one piece into `table`; `values` are its parameters."""
    visits = ("SELECT", _named(VISIT), "FROM numbers({count:UInt64})")
    steps = ("SELECT *, i,", _named(STEP), "FROM (", *visits, ") ARRAY JOIN range(length) AS i")
    rows = ("SELECT", _named(EVENT), "FROM (", *steps, ")")
    target = ("INSERT INTO", table, "(", ", ".join(EVENT), ")", SETTINGS)
    return Statement("\n".join((*target, *rows)), values)


def _named(columns):
    return ",\n".join(f"{expression} AS {name}" for name, expression in columns.items())
