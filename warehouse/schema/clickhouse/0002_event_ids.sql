-- Which event ids each organization has sent lately, and the batch that brought them,
-- so that a batch played again does not take its own rows for repeats.
CREATE TABLE IF NOT EXISTS trellis.event_ids
(
    organization_id LowCardinality(String),
    id_hash UInt64,
    batch_id String CODEC(ZSTD),
    received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    -- Ids are forgotten by this, not by arrival: a batch may have waited long for the engine.
    stored_at DateTime('UTC') DEFAULT now() CODEC(Delta, ZSTD)
)
ENGINE = MergeTree
PARTITION BY toDate(received_at)
ORDER BY (organization_id, id_hash)
TTL stored_at + INTERVAL 14 DAY
SETTINGS non_replicated_deduplication_window = 10000, ttl_only_drop_parts = 1;
