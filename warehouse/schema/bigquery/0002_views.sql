-- A materialised view may not hold COUNT(DISTINCT): unique visitors are approximate in it, and the
-- sketch can be merged over days and campaigns (HLL_COUNT.MERGE), which a number could not be.
CREATE MATERIALIZED VIEW IF NOT EXISTS {dataset}.campaign_performance
PARTITION BY event_date
CLUSTER BY organization_id, campaign_id
OPTIONS (enable_refresh = TRUE, refresh_interval_minutes = 60)
AS
SELECT
    organization_id,
    event_date,
    campaign_id,
    source,
    medium,
    COUNT(*) AS events,
    COUNTIF(event_name = 'click') AS clicks,
    SUM(page_views) AS page_views,
    COUNTIF(conversion_event != '') AS conversions,
    SUM(conversion_value) AS revenue,
    APPROX_COUNT_DISTINCT(visitor_id) AS visitors,
    HLL_COUNT.INIT(visitor_id) AS visitors_sketch
FROM {dataset}.analytics_events
WHERE is_bot = 0
GROUP BY organization_id, event_date, campaign_id, source, medium;
