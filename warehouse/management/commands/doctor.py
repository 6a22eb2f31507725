"""`manage.py doctor`: looks at every part the product leans on and says what to do."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from warehouse.clock import now
from warehouse.ops.diagnosis import PARTS


class Command(BaseCommand):
    help = "Check every dependency and say what to do about what is wrong."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        bad = 0
        for name, look in PARTS.items():
            check = look(now())
            bad += not check.ok
            mark = self.style.SUCCESS("ok  ") if check.ok else self.style.ERROR("BAD ")
            self.stdout.write(f"{mark} {name:<13} {check.detail}")
            if not check.ok:
                self.stdout.write(f"     {'':<13} → {check.advice}")
        if bad:
            raise CommandError(f"{bad} of {len(PARTS)} parts need attention")
        self.stdout.write("everything is well")
