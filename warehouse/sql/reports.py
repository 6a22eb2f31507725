"""SQL on the relational rows of reports: which job is next, and what every change of state runs.

The same on SQLite and PostgreSQL, and a fraction of what the ORM costs to build it each time.
States are written out, so that indexes over the rows of one state are found.
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

_DUE = "(run_after IS NULL OR run_after <= %(now)s OR run_after > %(absurd)s)"
FAIREST = f"""
WITH RECURSIVE asking (organization_id) AS (
    SELECT (
        SELECT organization_id FROM reports_job
        WHERE state = 'queued' AND queue = %(queue)s
        ORDER BY organization_id LIMIT 1
    )
    UNION ALL
    SELECT (
        SELECT job.organization_id FROM reports_job job
        WHERE job.state = 'queued' AND job.queue = %(queue)s
            AND job.organization_id > asking.organization_id
        ORDER BY job.organization_id LIMIT 1
    )
    FROM asking WHERE asking.organization_id IS NOT NULL
),
busy (organization_id, running) AS (
    SELECT organization_id, COUNT(*) FROM reports_job
    WHERE state = 'running' AND queue = %(queue)s
    GROUP BY organization_id
)
SELECT head.*, COALESCE(tenancy_organization.jobs_at_once, %(at_once)s) AS most
FROM asking
JOIN reports_job head ON head.id = (
    SELECT id FROM reports_job
    WHERE state = 'queued' AND queue = %(queue)s
        AND organization_id = asking.organization_id AND {_DUE}
    ORDER BY priority DESC, id LIMIT 1
)
JOIN tenancy_organization ON tenancy_organization.id = asking.organization_id
LEFT JOIN busy ON busy.organization_id = asking.organization_id
LEFT JOIN reports_turn turn
    ON turn.organization_id = asking.organization_id AND turn.queue = %(queue)s
WHERE COALESCE(busy.running, 0) < COALESCE(tenancy_organization.jobs_at_once, %(at_once)s)
ORDER BY head.priority DESC, COALESCE(busy.running, 0), COALESCE(turn.served, 0), head.id
LIMIT 1
"""
"""The job that is next in fairness, with its organization's limit.

Jumps from one organization to the next in the index of waiting jobs: ten thousand of one cost no
more than one.
"""
TURN = (
    "INSERT INTO reports_turn (organization_id, queue, served) VALUES (%s, %s, %s)"
    " ON CONFLICT (organization_id, queue) DO UPDATE SET served = excluded.served"
)
"""Notes that it was an organization's turn, and holds the row until the transaction ends."""
RUNNING = (
    "SELECT COUNT(*) FROM reports_job"
    " WHERE state = 'running' AND queue = %s AND organization_id = %s"
)
"""How many of an organization's jobs run."""


def places(count: int) -> str:
    """Return what tells the places of `count` waiting jobs among those of their organizations."""
    marks = ", ".join(["%s"] * count)
    return (
        "SELECT job.id, (SELECT COUNT(*) FROM reports_job other"
        " WHERE other.state = 'queued' AND other.queue = job.queue"
        " AND other.organization_id = job.organization_id AND (other.priority > job.priority"
        " OR (other.priority = job.priority AND other.id <= job.id)))"
        f" FROM reports_job job WHERE job.state = 'queued' AND job.id IN ({marks})"
    )
