-- Chosen by measurement on generated traffic (docs/performance.md). Parts written before take them
-- on when they are merged.
ALTER TABLE trellis.analytics_events
    -- Half of the time it takes to decode; nearly every question reads it.
    MODIFY COLUMN event_time CODEC(T64, ZSTD),
    MODIFY COLUMN received_at CODEC(ZSTD),
    -- Texts that hardly repeat: a higher level is smaller and read faster, and written slower.
    MODIFY COLUMN event_id CODEC(ZSTD(3)),
    MODIFY COLUMN visitor_id CODEC(ZSTD(3)),
    MODIFY COLUMN session_id CODEC(ZSTD(3)),
    MODIFY COLUMN url CODEC(ZSTD(6)),
    MODIFY COLUMN path CODEC(ZSTD(6)),
    MODIFY COLUMN referrer CODEC(ZSTD(6)),
    MODIFY COLUMN referrer_host CODEC(ZSTD(3)),
    MODIFY COLUMN city CODEC(ZSTD(3)),
    MODIFY COLUMN batch_id CODEC(ZSTD(6)),
    MODIFY COLUMN properties CODEC(ZSTD(3)),
    -- Numbers of a dictionary: well compressed by themselves, better once more.
    MODIFY COLUMN event_name CODEC(ZSTD),
    MODIFY COLUMN source CODEC(ZSTD),
    MODIFY COLUMN medium CODEC(ZSTD),
    MODIFY COLUMN channel CODEC(ZSTD),
    MODIFY COLUMN hostname CODEC(ZSTD),
    MODIFY COLUMN conversion_event CODEC(ZSTD),
    MODIFY COLUMN currency CODEC(ZSTD),
    MODIFY COLUMN device_type CODEC(ZSTD),
    MODIFY COLUMN browser CODEC(ZSTD),
    MODIFY COLUMN os CODEC(ZSTD),
    MODIFY COLUMN country CODEC(ZSTD),
    MODIFY COLUMN region CODEC(ZSTD),
    MODIFY COLUMN timezone CODEC(ZSTD);
