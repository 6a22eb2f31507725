-- The sender's raw address, empty unless the organization has asked for it to be stored.
ALTER TABLE trellis.analytics_events
    ADD COLUMN IF NOT EXISTS ip String CODEC(ZSTD(3)) AFTER campaign_assignment;
-- The view lists the columns there were when it was made.
CREATE OR REPLACE VIEW trellis.events AS
SELECT * FROM trellis.analytics_events WHERE organization_id = {organization_id:String};
