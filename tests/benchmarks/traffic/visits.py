"""What each visit is like, and each step of it: columns by name, each of those before it."""

from tests.benchmarks.traffic.dice import ODD, dice, ranked, share, slot, word
from tests.benchmarks.traffic.world import CAMPAIGNS, CONTENTS, PATHS, TERMS

# `hs` and `hv` stand for the visit and the visitor. Most visits are by regulars, some of whom
# come far more often than others, a quarter by people who came up lately.
VISIT = {
    "hs": "intHash64(bitXor(number + {first:UInt64}, {salt:UInt64}))",
    "many": "{organizations:UInt32}",
    "site": (
        f"if({share('hs', 1)} < 0.5 OR many < 2, toUInt32(0),"
        f" toUInt32(1 + (many - 1) * pow({share('hs', 2)}, 2)))"
    ),
    "robot": f"{dice('hs', 3)} % 1000 < 30",
    "length": f"1 + least(49, toUInt8(log({share('hs', 4)} + 1e-7) / log(0.75)))",
    "rank": (
        f"if({dice('hs', 5)} % 4, pow(0.02 + 0.98 * {share('hs', 6)}, 2.5) - pow(0.02, 2.5),"
        f" 1 - 0.1 * {share('hs', 6)})"
    ),
    "person": (
        f"if(robot, toUInt64({dice('hs', 7)} % 50 + intDiv({{day:Int64}}, 86400000) * 64"
        " + pow(2, 40)), toUInt64(rank * {visitors:Array(Float64)}[site + 1]))"
    ),
    "hv": "intHash64(bitXor(person + bitShiftLeft(toUInt64(site), 44), {salt:UInt64}))",
    "entry": slot("entries", "hs", 8),
    "tagged": "{tagged:Array(UInt8)}[entry]",
    "sticky": f"{dice('hs', 9)} % 10 < 4",
    "numbered": f"{dice('hs', 10)} % 10 < 8 AND NOT robot",
    "buys": f"NOT robot AND length > 1 AND {dice('hs', 11)} % 1000 < 15 + 10 * tagged",
    "joins": f"NOT robot AND NOT buys AND {dice('hs', 12)} % 1000 < 6",
    "moment": f"{{from:Float64}} + (number + {share('hs', 13)}) * {{step:Float64}}",
    "rhythm": "{rhythm:Array(Float64)}",
    "beat": "toUInt16(moment)",
    "began": "toInt64(rhythm[beat + 1] + (moment - beat) * (rhythm[beat + 2] - rhythm[beat + 1]))",
    "pace": f"toUInt32(3000 + 90000 * pow({share('hs', 14)}, 2))",
}

# `he` stands for the step and `hp` for the one before it. Some senders repeat where the visit
# came from with every event (`sticky`), others only say it by the first page's link.
STEP = {
    "hc": dice("hs", 100),
    "he": f"intHash64(bitXor(hs, toUInt64(i + 1) * {ODD}))",
    "hp": f"intHash64(bitXor(hs, toUInt64(i) * {ODD}))",
    "at": "began + i * pace + he % pace",
    "way": "if(i = 0 OR sticky, entry, 1)",
    "labelled": "i = 0 AND tagged",
    "campaigned": "way > 1 AND tagged",
    "purchase": "i = length - 1 AND buys",
    "signup": "i = length - 1 AND joins",
    "campaign": word("campaigns", ranked(len(CAMPAIGNS), "hs", 15)),
    "term_told": word("terms", ranked(len(TERMS), "hs", 16)),
    "content_told": word("contents", f"1 + {dice('hs', 17)} % {len(CONTENTS)}"),
    "host": word("hosts", "1 + site"),
    "paths": "{paths:Array(String)}",
    "page": f"paths[{ranked(len(PATHS), 'he', 18)}]",
    "left": f"paths[{ranked(len(PATHS), 'hp', 18)}]",
    "click": word("clicks", "entry"),
    "clicked": f"if(i = 0 AND click != '', concat('Cj0KCQ', hex(hc), hex({dice('hs', 19)})), '')",
    "termed": "{termed:Array(UInt8)}[entry]",
    "gear": slot("gears", "hv", 20),
    "land": slot("lands", "hv", 21),
    "doing": (
        "multiIf(purchase, 'purchase', signup, 'signup', i = 0, 'view',"
        f" {word('names', slot('doings', 'he', 22))})"
    ),
    "parcel": "intHash64(bitXor(toUInt64(intDiv(at, 60000)) * 4096 + site, {salt:UInt64}))",
    "cents": f"toUInt32(500 * exp({share('he', 23)} * log(100.)))",
}
