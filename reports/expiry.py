"""When results go: their reports become `expired`, then what was stored for them is deleted."""

from datetime import datetime

from django.db import transaction

from reports import lifecycle, results
from reports.models import Job, Report

AT_ONCE = 500


def expire(*, now: datetime) -> int:
    """Expire reports past their time and delete results nobody may read; return how many."""
    count = 0
    while found := list(
        Report.objects.filter(status="succeeded", expires_at__lte=now).select_related("job")[
            :AT_ONCE
        ]
    ):
        by_organization: dict[object, list[Report]] = {}
        for report in found:
            by_organization.setdefault(report.organization_id, []).append(report)
        for reports in by_organization.values():
            with transaction.atomic():
                lifecycle.expire(reports, now=now)
        _delete_results({report.job_id for report in found})
        count += len(found)
    return count


def _delete_results(job_ids: set[int]) -> None:
    still_read = Report.objects.filter(job_id__in=job_ids, status="succeeded")
    unread = job_ids - set(still_read.values_list("job_id", flat=True))
    for job in Job.objects.filter(pk__in=unread):
        results.discard(job)
        job.files.all().delete()
