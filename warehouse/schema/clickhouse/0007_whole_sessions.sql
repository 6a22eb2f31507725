-- Sessions as they stand, each part once: for joins, which cannot add up signs.
CREATE OR REPLACE VIEW trellis.whole_sessions AS
SELECT * EXCEPT sign FROM trellis.session_rows FINAL
WHERE organization_id = {organization_id:String};
