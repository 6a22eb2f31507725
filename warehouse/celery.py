"""The Celery app: it wakes workers and nothing more. What is to be done stands in the database.

Settings from what breaks Celery on Redis: no results, no late acknowledgement, no retries of
publishing, every socket with a timeout, JSON only.
"""

import os
import sys
from typing import Any

from celery import Celery, signals
from celery.schedules import schedule
from django.utils.module_loading import import_string
from kombu import Exchange, Queue

from warehouse.env import ENV

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "warehouse.settings")  # noqa: TID251

QUEUES = ("reports", "intake", "bulk", "maintenance")
ROUTES = {
    "reports.work": {"queue": "reports"},
    "intake.work": {"queue": "intake"},
    "exports.work": {"queue": "bulk"},
    "custody.work": {"queue": "bulk"},
    "*": {"queue": "maintenance"},
}
EVERY_SECONDS = {
    "worker.canary": 10,
    "reports.expire": 60,
    "intake.purge": 600,
    "gateway.purge": 600,
    "custody.tend": 600,
}
SPARE_THREADS = 2
"""Threads beside the slots, so that the canary and hints that find slots full get through."""

app = Celery("trellis")
app.set_default()
app.conf.update(
    broker_url=f"{ENV.redis_url}/0",
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    # One thread of a process sends hints; all processes share fifty connections.
    broker_pool_limit=2,
    broker_transport_options={
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
        "health_check_interval": 15,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
    },
    result_backend=None,
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    result_accept_content=["json"],
    task_acks_late=False,
    task_publish_retry=False,
    task_queues=[Queue(name, Exchange(name), routing_key=name) for name in QUEUES],
    task_default_queue="maintenance",
    task_routes=ROUTES,
    worker_pool="threads",
    # What hints do not announce, such as deliveries, is done by threads that are no Celery's.
    worker_concurrency=sum(ENV.slots.get(name, 0) for name in QUEUES) + SPARE_THREADS,
    worker_prefetch_multiplier=1,
    worker_enable_remote_control=False,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    worker_hijack_root_logger=False,
    # The supervisor prefixes what is printed; Celery would log a trace word by word.
    worker_redirect_stdouts=False,
    beat_schedule={
        name: {
            "task": name,
            "schedule": schedule(seconds),
            # A message nobody took while the workers were down must not be done many times over.
            "options": {"expires": seconds},
        }
        for name, seconds in EVERY_SECONDS.items()
    },
    beat_schedule_filename=str(ENV.var / "celerybeat-schedule"),
)
app.autodiscover_tasks(
    [
        *("reports", "reports.exports", "enrichment"),
        *("warehouse.custody", "warehouse.gateway", "warehouse.worker"),
    ]
)


@signals.worker_init.connect
def _up(**_: Any) -> None:
    """Bring the worker up, or end it: Celery would log the error and go on without an engine."""
    try:
        import_string("warehouse.worker.boot.up")()
    except Exception as error:  # the worker's outermost door
        sys.stderr.write(f"the worker cannot start: {error}\n")
        raise SystemExit(1) from error


@signals.worker_shutting_down.connect
def _stop(**_: Any) -> None:
    import_string("warehouse.worker.boot.stop")()


@signals.worker_shutdown.connect
def _down(**_: Any) -> None:
    import_string("warehouse.worker.boot.down")()
