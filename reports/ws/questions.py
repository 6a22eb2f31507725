"""Standing questions: asked once for all sockets of this process, again when their data changes.

A question looks every few seconds whether its organization's days have changed or its window has
moved on, and only then asks. What fails is told, and tried again ever more rarely.
"""

import asyncio
import logging
import time
from collections.abc import Callable

from django.db import Error as DatabaseFault

from reports.ws import frames, standing
from reports.ws.standing import Asked, Look, Outcome
from reports.ws.threads import afterwards, listening, opening
from warehouse.exceptions import LimitExceeded, SourceTimeout, SourceUnavailable, WarehouseError

LOOK_SECONDS = 3.0
SHARE = 4
"""A question rests this many times as long as its answer took."""
JOB_SECONDS = 0.2
PATIENCE_SECONDS = 45.0
RETRY_SECONDS = (5.0, 15.0, 30.0, 60.0)
PER_ORGANIZATION = 20
Hear = Callable[[str], None]

log = logging.getLogger(__name__)


class Jobs:
    """The jobs this process waits for; one look at the database is for all of them."""

    def __init__(self) -> None:
        self._waiting: dict[int, list[asyncio.Event]] = {}
        self._task: asyncio.Task[None] | None = None

    async def end(self, job_id: int) -> None:
        """Return once the job has ended or is gone."""
        bell = asyncio.Event()
        self._waiting.setdefault(job_id, []).append(bell)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look())
        try:
            await bell.wait()
        finally:
            bells = self._waiting.get(job_id, [])
            if bell in bells:
                bells.remove(bell)

    async def _look(self) -> None:
        while self._waiting:
            await asyncio.sleep(JOB_SECONDS)
            self._waiting = {job: bells for job, bells in self._waiting.items() if bells}
            try:
                found = await listening(standing.ended, list(self._waiting))
            except DatabaseFault as exc:
                log.warning("standing questions cannot see their jobs: %s", type(exc).__name__)
                continue
            for job_id in found:
                for bell in self._waiting.pop(job_id, []):
                    bell.set()


class Question:
    """One question of one organization while somebody listens.

    `newest` is the answer as of the last look, None before the first and while it cannot be got;
    `trouble` is the message that says why.
    """

    def __init__(self, asked: Asked, jobs: Jobs, newest: bytes | None, patience: float) -> None:
        self.asked = asked
        self.newest = newest
        self.trouble: str | None = None
        self.listeners: set[Hear] = set()
        self._jobs = jobs
        self._patience = patience
        self._known: object = None
        self._failures = 0
        self._task = asyncio.create_task(self._run())

    def stop(self) -> None:
        """Ask no more."""
        self._task.cancel()

    async def _run(self) -> None:
        while True:
            began = time.monotonic()
            try:
                rest = await self._step()
            except WarehouseError as exc:
                rest = self._fail(exc.to_problem())
            except DatabaseFault:
                rest = self._fail(SourceUnavailable().to_problem())
            except Exception:  # the top of a task that must outlive any trouble
                log.exception("a standing question stumbled and goes on")
                rest = self._fail(WarehouseError().to_problem())
            await asyncio.sleep(max(rest, SHARE * (time.monotonic() - began)))

    async def _step(self) -> float:
        """Look, and ask if something has changed; return how long to rest."""
        look = await listening(standing.look, self.asked)
        if look.version == self._known:
            return LOOK_SECONDS
        found = await self._ask(look)
        if found.problem is not None:
            return self._fail(found.problem)
        # An answer that began before the look may lack what it saw: it is asked for again.
        self._known = look.version if found.fresh else None
        if found.body is not None:
            self.newest, self.trouble, self._failures = found.body, None, 0
            self._tell(f'{{"type":"realtime","result":{found.body.decode()}}}')
        return LOOK_SECONDS

    async def _ask(self, look: Look) -> Outcome:
        kept = await listening(standing.kept, look)
        if kept is not None:
            return Outcome(body=kept, fresh=True)
        job_id = await listening(standing.submit, self.asked, look)
        try:
            async with asyncio.timeout(self._patience):
                await self._jobs.end(job_id)
            return await listening(standing.outcome, job_id, look)
        except TimeoutError:
            raise SourceTimeout("No worker has answered in time; it is asked again.") from None
        finally:
            afterwards(standing.forget, job_id)

    def _fail(self, problem: object) -> float:
        """Tell of the problem; what was known is not shown as new any longer."""
        self._known = self.newest = None
        rest = RETRY_SECONDS[min(self._failures, len(RETRY_SECONDS) - 1)]
        self._failures += 1
        self.trouble = frames.encode("error", topic="realtime", error=problem)
        self._tell(self.trouble)
        return rest

    def _tell(self, text: str) -> None:
        for hear in self.listeners:
            hear(text)


class Questions:
    """The standing questions of this process; a job is waited for with `patience`."""

    def __init__(self, patience: float = PATIENCE_SECONDS) -> None:
        self._patience = patience
        self._questions: dict[tuple[str, bytes], Question] = {}
        self._jobs = Jobs()

    async def join(self, asked: Asked, hear: Hear) -> Question:
        """Return the question, with `hear` told of every answer; raises for what may not be."""
        kept = await opening(standing.begin, asked)
        question = self._questions.get(asked.name)
        if question is None:
            self._check_limit(asked.tenant.id)
            question = Question(asked, self._jobs, kept, self._patience)
            self._questions[asked.name] = question
        question.listeners.add(hear)
        return question

    def leave(self, question: Question, hear: Hear) -> None:
        """Let `hear` out of the question, which ends with its last listener."""
        question.listeners.discard(hear)
        if not question.listeners and self._questions.get(question.asked.name) is question:
            del self._questions[question.asked.name]
            question.stop()

    def _check_limit(self, organization_id: str) -> None:
        count = sum(owner == organization_id for owner, _ in self._questions)
        if count >= PER_ORGANIZATION:
            raise LimitExceeded(
                f"An organization may watch {PER_ORGANIZATION} different questions at once; ask "
                "one that is watched already, or let go of another.",
                retry_after=60,
            )
