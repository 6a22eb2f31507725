-- Events of days that are over, as the event store holds them. Flags are 0 or 1 as there,
-- `properties` is a JSON object as text, hashes are the same 64 bits read as a signed number.
-- Nothing is NOT NULL: a load job would refuse files whose columns could be null, as all are.
CREATE TABLE IF NOT EXISTS {dataset}.analytics_events
(
    organization_id STRING,
    event_date DATE,
    event_time TIMESTAMP,
    event_id STRING,
    event_name STRING,
    visitor_id STRING,
    visitor_hash INT64,
    session_id STRING,
    session_track INT64,
    click_id STRING,
    campaign_id STRING,
    source STRING,
    medium STRING,
    term STRING,
    content STRING,
    channel STRING,
    url STRING,
    hostname STRING,
    path STRING,
    referrer STRING,
    referrer_host STRING,
    page_views INT64,
    session_duration INT64,
    bounce_rate FLOAT64,
    conversion_event STRING,
    conversion_value NUMERIC,
    conversion_time TIMESTAMP,
    currency STRING,
    device_type STRING,
    browser STRING,
    os STRING,
    is_mobile INT64,
    is_bot INT64,
    country STRING,
    region STRING,
    city STRING,
    timezone STRING,
    fraud_score FLOAT64,
    fraud_flags ARRAY<STRING>,
    quality_score FLOAT64,
    enriched INT64,
    enriched_at TIMESTAMP,
    properties STRING,
    received_at TIMESTAMP,
    batch_id STRING,
    campaign_assignment STRING,
    ip STRING
)
PARTITION BY event_date
CLUSTER BY organization_id, campaign_id, visitor_id;
-- Who may publish for an organization: whoever holds its highest number, and nobody else.
CREATE TABLE IF NOT EXISTS {dataset}.copy_fences
(
    organization_id STRING NOT NULL,
    fence INT64 NOT NULL,
    used INT64 NOT NULL
);
