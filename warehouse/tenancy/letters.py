"""The letters that people get: an invitation, with the only copy of its token."""

import logging

from django.core.mail import EmailMessage

from warehouse.exceptions import MailUnavailable
from warehouse.tenancy.models import Invitation

log = logging.getLogger(__name__)
RETRY_SECONDS = 30
INVITATION = """\
You are invited to {organization} on Trellis Warehouse, as {role}.

Accept until {until} UTC:

{link}

The link works once, and only for {email}. If you did not expect this, do nothing.
"""


def send_invitation(invitation: Invitation, link: str) -> None:
    """Send an invitation's letter; raises `MailUnavailable` when it cannot be handed over."""
    organization = " ".join(invitation.organization.name.split())
    text = INVITATION.format(
        organization=organization,
        role=invitation.role,
        until=f"{invitation.expires_at:%Y-%m-%d %H:%M}",
        link=link,
        email=invitation.email,
    )
    subject = f"Invitation to {organization}"
    try:
        EmailMessage(subject, text, to=[invitation.email]).send()
    except OSError as error:  # what smtplib raises is one too
        log.warning("an invitation could not be sent: %s", type(error).__name__)
        raise MailUnavailable(retry_after=RETRY_SECONDS) from error
