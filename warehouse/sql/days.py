"""SQL on the relational day rows, for what every question asks about the days it touches."""

OF_DAYS = " FROM warehouse_day WHERE organization_id = %s AND day >= %s AND day <= %s"
REVISION = "SELECT COALESCE(SUM(revision), 0)" + OF_DAYS
WATERMARK = "SELECT MAX(watermark)" + OF_DAYS + " AND rows > 0"
UNROLLED = "SELECT 1" + OF_DAYS + " AND NOT rolled_up LIMIT 1"
