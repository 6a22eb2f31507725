"""The doctor looks at every part and says what to do about each that is wrong."""

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from tests.conftest import free_port
from warehouse.clock import now
from warehouse.models import Worker
from warehouse.ops import diagnosis

pytestmark = pytest.mark.django_db


def report():
    """Run the doctor; return its lines and whether it was content."""
    screen = io.StringIO()
    try:
        call_command("doctor", stdout=screen, no_color=True)
    except CommandError:
        return screen.getvalue(), False
    return screen.getvalue(), True


def test_an_installation_that_is_not_running_gets_advice(settings):
    settings.REDIS = {**settings.REDIS, "cache": f"redis://127.0.0.1:{free_port()}/1"}
    text, content = report()
    assert not content
    assert "ok   database" in text
    assert "BAD  redis" in text
    assert "BAD  worker" in text
    assert text.count("→") == text.count("BAD ")


def test_a_running_installation_is_well(settings, redis_url, tmp_path):
    settings.REDIS = {**settings.REDIS, "cache": f"{redis_url}/1"}
    settings.STATIC_ROOT = tmp_path
    instant = now()
    Worker.objects.create(
        name="w", engine="chdb", started_at=instant, seen_at=instant, woken_at=instant
    )
    text, content = report()
    assert content, text
    assert text.endswith("everything is well\n")


def test_hints_that_no_longer_arrive_are_noticed():
    instant = now()
    Worker.objects.create(
        name="w",
        engine="chdb",
        started_at=instant,
        seen_at=instant,
        woken_at=instant - timedelta(minutes=2),
    )
    assert not diagnosis.hints(instant).ok


def test_pins_are_read_without_extras_and_markers(tmp_path):
    file = tmp_path / "requirements.txt"
    file.write_text(
        '# comment==1\nredis[hiredis]==8.1.0\n    # via x\ntyping==1 ; python_version < "3.12"\n'
    )
    assert diagnosis._pins(file) == [("redis", "8.1.0"), ("typing", "1")]


def test_what_is_installed_is_what_is_pinned():
    check = diagnosis.requirements(now())
    assert check.ok, check.detail
