"""The statement by which the engine invents one piece of traffic: sessions, then their events.

Everything follows from hashes of the session's number, so a piece written again is the same.
Columns hold what the intake would have stored: names of the first page's link, times that rise
within a session, arrival by the minute in batches.
"""

from tests.benchmarks.traffic.world import CAMPAIGNS, CONTENTS, PATHS, SLOTS, TERMS
from warehouse.sql.statement import Statement

ODD = 0x9E3779B97F4A7C15
WHOLE = "18446744073709551616."


# One thread makes the same blocks each time: the token then keeps a repeated piece out.
SETTINGS = """
SETTINGS insert_deduplication_token = {token:String}, insert_deduplicate = 1,
    deduplicate_insert_select = 'force_enable', max_threads = 1, max_insert_threads = 1,
    min_insert_block_size_bytes = 0
"""


def piece(table, values):
    """Return the statement that writes one piece into `table`; `values` are its parameters."""
    names = ", ".join(EVENT)
    shown = ",\n".join(f"{expression} AS {name}" for name, expression in EVENT.items())
    text = f"INSERT INTO {table} ({names}){SETTINGS}SELECT\n{shown}\nFROM (\n{EVENTS}\n)"
    return Statement(text, values)


def dice(what, salt):
    """Return a hash of `what` that has nothing to do with those of other salts."""
    return f"intHash64(bitXor({what}, toUInt64({salt * ODD % 2**64})))"


def share(what, salt):
    """Return a number from 0 to 1, made of `what`."""
    return f"({dice(what, salt)} / {WHOLE})"


def slot(array, what, salt):
    """Return an index, from a parameter that is a list of slots."""
    return f"{{{array}:Array(UInt8)}}[1 + {dice(what, salt)} % {SLOTS}]"


def ranked(size, what, salt):
    """Return an index up to `size`; the n-th is n times rarer than the first."""
    return f"toUInt16(exp({share(what, salt)} * log({size + 1}.)))"


def identity(first, second):
    """Return two hashes as the text of a UUID."""
    halves = f"concat(reinterpretAsFixedString({first}), reinterpretAsFixedString({second}))"
    return f"UUIDNumToString(toFixedString({halves}, 16))"


def named(array, index):
    """Return an element of a list of words of which there are few."""
    return f"{{{array}:Array(LowCardinality(String))}}[{index}]"


# A visit's number tells everything about it. Most visits are by regulars, some of whom
# come far more often than others, a quarter by people who came up lately.
SESSIONS = f"""
SELECT
    intHash64(bitXor(number + {{first:UInt64}}, {{salt:UInt64}})) AS hs,
    {{organizations:UInt32}} AS many,
    if({share("hs", 1)} < 0.5 OR many < 2, toUInt32(0),
        toUInt32(1 + (many - 1) * pow({share("hs", 2)}, 2))) AS site,
    {dice("hs", 3)} % 1000 < 30 AS robot,
    1 + least(49, toUInt8(log({share("hs", 4)} + 1e-7) / log(0.75))) AS length,
    if({dice("hs", 5)} % 4, pow(0.02 + 0.98 * {share("hs", 6)}, 2.5) - pow(0.02, 2.5),
        1 - 0.1 * {share("hs", 6)}) AS rank,
    if(robot, toUInt64({dice("hs", 7)} % 50 + intDiv({{day:Int64}}, 86400000) * 64 + pow(2, 40)),
        toUInt64(rank * {{visitors:Array(Float64)}}[site + 1])) AS person,
    intHash64(bitXor(person + bitShiftLeft(toUInt64(site), 44), {{salt:UInt64}})) AS hv,
    {slot("entries", "hs", 8)} AS entry,
    {{tagged:Array(UInt8)}}[entry] AS tagged,
    {dice("hs", 9)} % 10 < 4 AS sticky,
    {dice("hs", 10)} % 10 < 8 AND NOT robot AS numbered,
    NOT robot AND length > 1 AND {dice("hs", 11)} % 1000 < 15 + 10 * tagged AS buys,
    NOT robot AND NOT buys AND {dice("hs", 12)} % 1000 < 6 AS joins,
    {{from:Float64}} + (number + {share("hs", 13)}) * {{step:Float64}} AS moment,
    {{rhythm:Array(Float64)}} AS rhythm,
    toUInt16(moment) AS step,
    toInt64(rhythm[step + 1] + (moment - step) * (rhythm[step + 2] - rhythm[step + 1])) AS began,
    toUInt32(3000 + 90000 * pow({share("hs", 14)}, 2)) AS pace
FROM numbers({{count:UInt64}})
"""
EVENTS = f"""
SELECT *, i,
    {dice("hs", 100)} AS hc,
    intHash64(bitXor(hs, toUInt64(i + 1) * {ODD})) AS he,
    intHash64(bitXor(hs, toUInt64(i) * {ODD})) AS hp,
    began + i * pace + he % pace AS at,
    if(i = 0 OR sticky, entry, 1) AS way,
    i = 0 AND tagged AS labelled,
    way > 1 AND tagged AS campaigned,
    i = length - 1 AND buys AS purchase,
    i = length - 1 AND joins AS signup,
    {{campaigns:Array(String)}}[{ranked(len(CAMPAIGNS), "hs", 15)}] AS campaign,
    {{terms:Array(String)}}[{ranked(len(TERMS), "hs", 16)}] AS term_told,
    {{contents:Array(String)}}[1 + {dice("hs", 17)} % {len(CONTENTS)}] AS content_told,
    {{hosts:Array(String)}}[1 + site] AS host,
    {{paths:Array(String)}} AS paths,
    paths[{ranked(len(PATHS), "he", 18)}] AS page,
    paths[{ranked(len(PATHS), "hp", 18)}] AS left,
    {{clicks:Array(String)}}[entry] AS click,
    if(i = 0 AND click != '', concat('Cj0KCQ', hex(hc), hex({dice("hs", 19)})), '') AS clicked,
    {{termed:Array(UInt8)}}[entry] AS termed,
    {slot("gears", "hv", 20)} AS gear,
    {slot("lands", "hv", 21)} AS land,
    multiIf(purchase, 'purchase', signup, 'signup', i = 0, 'view', 
        {{names:Array(String)}}[{slot("doings", "he", 22)}]) AS named,
    intHash64(bitXor(toUInt64(intDiv(at, 60000)) * 4096 + site, {{salt:UInt64}})) AS parcel,
    toUInt32(500 * exp({share("he", 23)} * log(100.))) AS cents
FROM (
{SESSIONS}
) ARRAY JOIN range(length) AS i
"""
EVENT = {
    "organization_id": named("ids", "1 + site"),
    "event_time": "fromUnixTimestamp64Milli(at, 'UTC')",
    "event_id": "lower(hex(he))",
    "event_name": "named",
    "visitor_id": identity("hv", dice("hv", 24)),
    "session_id": "if(numbered, lower(hex(hs)), '')",
    "click_id": "clicked",
    "campaign_id": "if(campaigned, campaign, '')",
    "source": named("sources", "way"),
    "medium": named("mediums", "way"),
    "term": "if(campaigned AND termed, term_told, '')",
    "content": "if(campaigned AND NOT termed, content_told, '')",
    "channel": named("channels", "way"),
    "url": (
        "concat('https://', host, page, multiIf("
        "labelled, concat('?utm_source=', {sources:Array(String)}[entry],"
        " '&utm_medium=', {mediums:Array(String)}[entry], '&utm_campaign=', campaign,"
        " if(termed, concat('&utm_term=', replaceAll(term_told, ' ', '+')),"
        " concat('&utm_content=', content_told)),"
        " if(clicked != '', concat('&', click, '=', clicked), '')),"
        " he % 16 = 0, concat('?page=', toString(2 + he % 7)), ''))"
    ),
    "hostname": "host",
    "path": "page",
    "referrer": ("if(i = 0, {referrers:Array(String)}[entry], concat('https://', host, left))"),
    "referrer_host": "if(i = 0, {referring:Array(String)}[entry], host)",
    "page_views": "toUInt32(named = 'view')",
    "conversion_event": "if(purchase OR signup, named, '')",
    "conversion_value": "if(purchase, CAST(cents / 100, 'Decimal64(4)'), toDecimal64(0, 4))",
    "conversion_time": "if(purchase OR signup, event_time, NULL)",
    "currency": "if(purchase, {currencies:Array(String)}[land], '')",
    "device_type": named("kinds", "gear"),
    "browser": named("browsers", "gear"),
    "os": named("systems", "gear"),
    "is_mobile": "toUInt8(device_type != 'desktop')",
    "is_bot": "toUInt8(robot)",
    "country": named("countries", "land"),
    "region": f"concat(country, '-', toString({dice('hv', 25)} % 8))",
    "city": f"concat('city-', lower(country), toString(toUInt8(pow({share('hv', 26)}, 2) * 40)))",
    "timezone": named("zones", "land"),
    "properties": (
        "multiIf(purchase, map('product', page, 'quantity', toString(1 + he % 3)),"
        " named = 'add_to_cart', map('product', page),"
        " named = 'search', map('query', term_told, 'results', toString(he % 60)),"
        " hv % 10 < 3, map('plan', if(hv % 40 < 10, 'pro', 'free')),"
        " CAST(map(), 'Map(String, String)'))"
    ),
    "received_at": (
        "fromUnixTimestamp64Milli(intDiv(at, 60000) * 60000 + 60000 + toInt64(parcel % 3000),"
        " 'UTC')"
    ),
    "batch_id": identity("parcel", dice("parcel", 27)),
}
