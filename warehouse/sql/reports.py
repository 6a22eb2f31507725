"""SQL on the relational rows of reports: what every change of a job's state runs.

The same on SQLite and PostgreSQL, and a fraction of what the ORM costs to build it each time.
"""

FOLLOW = (
    "UPDATE reports_report SET status = %s, started_at = COALESCE(started_at, %s),"
    " finished_at = %s, expires_at = %s, error = %s, cache = %s"
    " WHERE job_id = %s AND status IN ('queued', 'running') RETURNING *"
)
"""Takes a job's live reports along with it."""
TAKE = (
    "INSERT INTO reports_eventcursor (organization_id, last) VALUES (%s, %s)"
    " ON CONFLICT (organization_id) DO UPDATE SET last = reports_eventcursor.last + excluded.last"
    " RETURNING last"
)
"""Takes the next numbers of an organization's events."""
WRITE = (
    "INSERT INTO reports_reportevent (organization_id, cursor, type, report_id, payload, at)"
    " VALUES (%s, %s, %s, %s, %s, %s)"
)
