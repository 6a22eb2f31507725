"""The topic `realtime`: the figures of the last minutes, again whenever they have changed."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from reports.ws import frames
from reports.ws.questions import Question, Questions
from reports.ws.standing import KIND, Asked
from reports.ws.subscription import Topic, Wake
from warehouse.exceptions import FieldError
from warehouse.tenancy.principal import Principal

QUESTIONS = Questions()


class Figures:
    """What one socket hears of one question: the newest answer only, whatever its reader does."""

    behind = False

    def __init__(self, wake: Wake) -> None:
        self.closed = False
        self.opening = ""
        self._wake = wake
        self._newest: str | None = None
        self._question: Question | None = None

    async def ask(self, asked: Asked) -> None:
        """Begin to listen; what is known already goes into the first message."""
        question = await QUESTIONS.join(asked, self.hear)
        self._question = question
        known = None if question.newest is None else orjson.Fragment(question.newest)
        self.opening = frames.encode("subscribed", topic="realtime", result=known)
        if question.trouble:
            self.hear(question.trouble)

    def hear(self, text: str) -> None:
        """Keep the newest message; an older one that still waits is not worth sending."""
        self._newest = text
        self._wake()

    def take(self) -> Iterator[str]:
        """Yield what is to be sent."""
        text, self._newest = self._newest, None
        if text is not None:
            yield text

    async def refill(self) -> None:
        """Do nothing: what was passed over is outdated."""

    async def close(self) -> None:
        """Stop listening."""
        if self._question:
            QUESTIONS.leave(self._question, self.hear)


async def _open(frame: Mapping[str, Any], principal: Principal, wake: Wake) -> Figures:
    figures = Figures(wake)
    await figures.ask(Asked(principal.tenant, frame))
    return figures


def _check(frame: Mapping[str, Any]) -> list[FieldError]:
    """Leave it to the kind, which names every bad field."""
    return []


REALTIME = Topic(fields=KIND.fields, check=_check, open=_open)
