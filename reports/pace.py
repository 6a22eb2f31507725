"""How fast questions are answered here: what recent jobs that read much have achieved."""

from statistics import median

from reports.models import Job

DEFAULT_ROWS_A_SECOND = 5_000_000
"""Until enough was read to tell: half of what two cores do with ten million events."""
LOOK_BACK, JOBS = 1000, 50
MUCH = 1_000_000
"""A job that read fewer rows says more of waiting than of reading."""


def rows_a_second() -> float:
    """Return how many rows a second jobs read: the median of the last that read many."""
    ended = Job.objects.filter(finished_at__isnull=False).order_by("-finished_at")
    recent = ended.values_list("state", "rows_read", "elapsed_ms")[:LOOK_BACK]
    paces = [
        rows * 1000 / milliseconds
        for state, rows, milliseconds in recent
        if state == "succeeded" and rows > MUCH and milliseconds > 0
    ]
    return median(paces[:JOBS]) if paces else DEFAULT_ROWS_A_SECOND
