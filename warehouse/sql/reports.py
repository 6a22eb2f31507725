"""SQL on the relational rows of reports: which job is next, and what every change of state runs.

The same on SQLite and PostgreSQL, and a fraction of what the ORM costs to build it each time.
States are written out, so that indexes over the rows of one state are found.
"""

from functools import cache

QUEUED = "state = 'queued'"
UNTAKEN = "attempt = %(attempt)s"
HELD = f"state = 'running' AND {UNTAKEN} AND owner = %(owner)s AND lease_until > %(now)s"
LEASED = f"state = 'running' AND {UNTAKEN} AND lease_until = %(lease_until)s"
WANTED = "cancel_requested_at IS NULL"
UNWANTED = "cancel_requested_at IS NOT NULL"
ROOM = (
    "(SELECT COUNT(*) FROM reports_job other WHERE other.state = 'running'"
    " AND other.queue = reports_job.queue"
    " AND other.organization_id = reports_job.organization_id) < %(most)s"
)
"""What must be true of a job for a move; `ROOM` that its organization may run another one."""


@cache
def move(columns: tuple[str, ...], states: tuple[str, ...], *fences: str) -> str:
    """Return what changes a job in one of these states, within the fences.

    The new value of each of the columns is called `to_…`.
    """
    changes = ", ".join(f"{column} = %(to_{column})s" for column in columns)
    listed = ", ".join(f"'{state}'" for state in states)
    fence = " AND ".join(("id = %(id)s", f"state IN ({listed})", *fences))
    return f"UPDATE reports_job SET {changes} WHERE {fence}"


def follow(columns: str) -> str:
    """Return what takes a job's live reports along with it and gives their `columns` back."""
    return (
        "UPDATE reports_report SET status = %s, started_at = COALESCE(started_at, %s),"
        " finished_at = %s, expires_at = %s, error = %s, cache = %s"
        f" WHERE job_id = %s AND status IN ('queued', 'running') RETURNING {columns}"
    )


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


def _first(column: str) -> str:
    """Return the column of the job that is first among the waiting ones of an organization."""
    return (
        f"(SELECT {column} FROM reports_job WHERE state = 'queued' AND queue = %(queue)s"
        f" AND organization_id = asking.organization_id AND {_DUE}"
        " ORDER BY priority DESC, id LIMIT 1)"
    )


_FAIREST = f"""
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
),
heads (id, priority, organization_id, running) AS (
    SELECT
        {_first("id")},
        {_first("priority")},
        asking.organization_id,
        COALESCE(busy.running, 0)
    FROM asking LEFT JOIN busy ON busy.organization_id = asking.organization_id
    WHERE asking.organization_id IS NOT NULL
),
fairest (id, most) AS MATERIALIZED (
    SELECT heads.id, COALESCE(owner.jobs_at_once, %(at_once)s)
    FROM heads
    JOIN tenancy_organization owner ON owner.id = heads.organization_id
    LEFT JOIN reports_turn turn
        ON turn.organization_id = heads.organization_id AND turn.queue = %(queue)s
    WHERE heads.id IS NOT NULL AND heads.running < COALESCE(owner.jobs_at_once, %(at_once)s)
    ORDER BY heads.priority DESC, heads.running, COALESCE(turn.served, 0), heads.id
    LIMIT 1
)
"""


def fairest(job: str, owner: str) -> str:
    """Return what finds the job that is next in fairness, its organization, and that one's limit.

    `job` and `owner` are columns of these aliases. Jumps from one organization to the next in the
    index of waiting jobs: ten thousand of one cost no more than one. The job itself is looked up
    last, by its id, or PostgreSQL would read the whole history for it.
    """
    return f"""{_FAIREST}
SELECT {job}, {owner}, fairest.most
FROM fairest
JOIN reports_job job ON job.id = fairest.id
JOIN tenancy_organization owner ON owner.id = job.organization_id
"""


ANY_DUE = f"{_FAIREST} SELECT 1 FROM fairest"
"""Whether there is such a job."""
TURN = (
    "INSERT INTO reports_turn (organization_id, queue, served) VALUES (%s, %s, %s)"
    " ON CONFLICT (organization_id, queue) DO UPDATE SET served = excluded.served"
)
"""Notes that it was an organization's turn, and holds the row until the transaction ends."""


def places(count: int) -> str:
    """Return what tells the places of `count` waiting jobs among those of their organizations."""
    marks = ", ".join(["%s"] * count)
    # Two counts, each a range of the index of waiting jobs; with OR all of it is walked.
    before, beside = (
        "(SELECT COUNT(*) FROM reports_job other WHERE other.state = 'queued'"
        " AND other.queue = job.queue AND other.organization_id = job.organization_id"
        f" AND {which})"
        for which in (
            "other.priority > job.priority",
            "other.priority = job.priority AND other.id <= job.id",
        )
    )
    return (
        f"SELECT job.id, {before} + {beside} FROM reports_job job"
        f" WHERE job.state = 'queued' AND job.id IN ({marks})"
    )
