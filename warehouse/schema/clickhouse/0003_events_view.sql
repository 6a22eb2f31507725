-- The only thing a question may read: it cannot be named without an organization.
CREATE OR REPLACE VIEW trellis.events AS
SELECT * FROM trellis.analytics_events WHERE organization_id = {organization_id:String};
