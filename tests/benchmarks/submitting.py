"""Submits idle jobs of one organization as the doors do, from a process of its own.

Says that it is there, then begins when it is told to: by a line on its standard input.
"""

import sys

import django
from django.utils.module_loading import import_string


def main(slug, first, count):
    """Submit `count` jobs, no two of the same question."""
    django.setup()
    submit = import_string("reports.jobs.submit")
    limits = import_string("reports.limits")
    clock = import_string("warehouse.clock.now")
    tenant = import_string("warehouse.tenancy.models.Organization").objects.get(slug=slug)
    sys.stdout.write("there\n")
    sys.stdout.flush()
    sys.stdin.readline()
    for number in range(first, first + count):
        submit(
            kind="query",
            body={"metrics": ["events"], "period": "last_7_days", "limit": number},
            tenant=tenant.as_tenant(),
            subject="key:benchmark",
            now=clock(),
            timeout_seconds=limits.REPORT_SECONDS,
        )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
