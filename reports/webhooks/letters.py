"""A delivery as a letter: plain text, and the report's result where it is small enough."""

import logging
from email.encoders import encode_base64
from email.mime.base import MIMEBase
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage

from reports import results
from reports.address import public_url
from reports.exports import orders
from reports.formats import FORMATS
from reports.models import Delivery
from reports.representation import BASE
from reports.webhooks.outcomes import DELIVERED, Outcome
from warehouse.exceptions import WarehouseError
from warehouse.tenancy.models import Membership

log = logging.getLogger(__name__)
MOST_BYTES = 5 * 1024 * 1024
"""What is larger is not attached: mail servers refuse it."""
LEFT_OUT = "The result is not attached: {why}. It is at {where}."


def send(delivery: Delivery) -> Outcome:
    """Hand a letter over to the mail server, if it still goes to an active member."""
    if not _belongs(delivery):
        return Outcome("no-member", last=True)
    letter = _written(delivery)
    try:
        letter.send()
    except OSError as error:  # what smtplib raises is one too
        return Outcome("mail-failed", detail=type(error).__name__)
    return Outcome(DELIVERED)


def _belongs(delivery: Delivery) -> bool:
    return Membership.objects.filter(
        organization_id=delivery.organization_id,
        user__email__iexact=delivery.recipient,
        user__is_active=True,
    ).exists()


def _written(delivery: Delivery) -> EmailMessage:
    """Write the letter; its id is the delivery's, so that a repeat can be known as one.

    It says that nobody wrote it and of which schedule it is: programs answer none, people sort it.
    """
    payload = delivery.payload
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    headers = {"Message-ID": f"<{delivery.pk.hex}@{domain}>", "Auto-Submitted": "auto-generated"}
    if delivery.firing is not None:
        headers["List-Id"] = f"<{delivery.firing.schedule_id}.schedules.{domain}>"
    letter = EmailMessage(
        " ".join(str(payload["subject"]).split()),
        str(payload["text"]),
        to=[delivery.recipient],
        headers=headers,
    )
    if wanted := payload.get("attachment"):
        _attach(letter, delivery, wanted)
    return letter


def _attach(letter: EmailMessage, delivery: Delivery, wanted: dict[str, Any]) -> None:
    """Attach the result, or say why it is not and where it is."""
    report, name = delivery.report, str(wanted["format"])
    if report is None:
        return
    try:
        stored = orders.stored(report.job, name)
    except WarehouseError as error:
        why = error.to_problem()["detail"].rstrip(".")
    else:
        if stored is None:
            why = f"it has more than {FORMATS[name].at_once:,} rows"
        elif stored.bytes > MOST_BYTES:
            why = f"it is larger than {MOST_BYTES // 1024**2} MiB"
        else:
            content = b"".join(results.stream(stored))
            letter.attach(_part(str(wanted["name"]), FORMATS[name].media_type, content))
            return
    where = public_url(f"{BASE}/{report.pk}/result?format={name}")
    letter.body = f"{letter.body}\n\n{LEFT_OUT.format(why=why, where=where)}\n"


def _part(name: str, media_type: str, content: bytes) -> MIMEBase:
    """Return an attachment that arrives byte for byte, where a text's lines would be ended anew."""
    type_, _, charset = media_type.partition("; charset=")
    part = MIMEBase(*type_.split("/"))
    if charset:
        part.set_param("charset", charset)
    part.set_payload(content)
    encode_base64(part)
    part.add_header("Content-Disposition", "attachment", filename=name)
    return part
