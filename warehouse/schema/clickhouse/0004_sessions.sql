-- Which thread of events an event belongs to: its sender's session, or else its visitor.
-- Rows from before have no value of their own: it is worked out when they are read, and written
-- down when their parts are merged.
ALTER TABLE trellis.analytics_events
    ADD COLUMN IF NOT EXISTS session_track UInt64
    DEFAULT if(session_id = '', visitor_hash, cityHash64('session', session_id)) CODEC(ZSTD)
    AFTER session_id;
ALTER TABLE trellis.analytics_events
    ADD INDEX IF NOT EXISTS by_track session_track TYPE bloom_filter GRANULARITY 1;
-- `*` means the columns of the moment a view is made.
CREATE OR REPLACE VIEW trellis.events AS
SELECT * FROM trellis.analytics_events WHERE organization_id = {organization_id:String};
-- What each insert touched, from the first to the last event of a track, and the whole sessions
-- around that (`is_closed`), until they are counted. `token` says whose work it is.
CREATE TABLE IF NOT EXISTS trellis.session_ranges
(
    token String CODEC(ZSTD),
    is_closed UInt8,
    organization_id LowCardinality(String),
    session_id String EPHEMERAL,
    visitor_id String EPHEMERAL,
    track UInt64 DEFAULT if(
        session_id = '', cityHash64(visitor_id), cityHash64('session', session_id)) CODEC(ZSTD),
    is_sent UInt8 DEFAULT session_id != '',
    lo DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    hi DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    is_long UInt8 DEFAULT toUnixTimestamp64Milli(hi) - toUnixTimestamp64Milli(lo) > 86400000,
    stored_at DateTime('UTC') DEFAULT now() CODEC(Delta, ZSTD)
)
ENGINE = MergeTree
PARTITION BY toDate(stored_at)
ORDER BY (token, is_closed, is_sent, is_long, organization_id, track)
TTL stored_at + INTERVAL 1 DAY
SETTINGS ttl_only_drop_parts = 1;
-- How far a session with an id of its sender reaches: such a one may be taken up weeks later.
-- Read by track, a few at a time: hence the short stretches of its index.
CREATE TABLE IF NOT EXISTS trellis.session_spans
(
    organization_id LowCardinality(String),
    track UInt64 CODEC(Delta, ZSTD),
    lo SimpleAggregateFunction(min, DateTime64(3, 'UTC')) CODEC(ZSTD),
    hi SimpleAggregateFunction(max, DateTime64(3, 'UTC')) CODEC(ZSTD)
)
ENGINE = AggregatingMergeTree
ORDER BY (organization_id, track)
SETTINGS index_granularity = 512;
CREATE MATERIALIZED VIEW IF NOT EXISTS trellis.session_spans_feed TO trellis.session_spans AS
SELECT organization_id, track, min(lo) AS lo, max(hi) AS hi
FROM trellis.session_ranges
WHERE is_sent AND NOT is_closed
GROUP BY organization_id, track;
-- Every session, as what the events say now: a row with sign -1 takes back an earlier one.
-- A change of many sessions is one part, in no partition, so it is there as a whole or not at all.
-- `part` 0 is a session without bots; one with bots has 2, all of it, and 1, what is no bot's.
-- `is_long` is in the key: whoever asks for a time reads the day before it, and all long ones.
CREATE TABLE IF NOT EXISTS trellis.session_rows
(
    organization_id LowCardinality(String),
    is_long UInt8,
    start_date Date CODEC(Delta, ZSTD),
    track UInt64 CODEC(ZSTD),
    start DateTime64(3, 'UTC') CODEC(ZSTD),
    finish DateTime64(3, 'UTC') CODEC(ZSTD),
    part UInt8,
    events UInt32 CODEC(T64, ZSTD),
    page_views UInt64 CODEC(T64, ZSTD),
    conversions UInt32 CODEC(T64, ZSTD),
    revenue Decimal(38, 4) CODEC(ZSTD),
    duration_ms UInt64 CODEC(T64, ZSTD),
    landing_page String CODEC(ZSTD),
    exit_page String CODEC(ZSTD),
    source LowCardinality(String),
    medium LowCardinality(String),
    channel LowCardinality(String),
    campaign_id String CODEC(ZSTD),
    quarters Array(UInt32) CODEC(ZSTD),
    sign Int8
)
ENGINE = CollapsingMergeTree(sign)
ORDER BY (organization_id, is_long, start_date, track, start, part);
CREATE OR REPLACE VIEW trellis.sessions AS
SELECT * FROM trellis.session_rows WHERE organization_id = {organization_id:String};
