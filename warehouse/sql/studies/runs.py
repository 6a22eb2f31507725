"""The best run of a visitor through the steps of a funnel, as SQL over one sorted array of rows.

A row is one number: its moment in milliseconds, and below that a bit for each match. A run takes
the earliest later row of each next step; from its start nothing gets further. Starts are tried
round by round: what ended the run of one tells which starts cannot do better, and are left out.

The text must stay short whatever the number of steps and rounds: the engine plans each level of a
statement in a time that grows with those around it. So steps are gone through by a fold, and so
are all rounds but the first. That one is columns, which is quicker where all visitors take part.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from warehouse.language.studies.funnel import Exclusion, Funnel

ROUNDS = 5
"""So many starts are tried here; visitors who need more are judged in Python."""
NARROW = 20
"""Up to so many matches a row fits into 64 bits, until the year 2500."""


@dataclass(frozen=True, slots=True)
class Packing:
    """How a row's moment and matches make one number."""

    bits: int

    @property
    def kind(self) -> str:
        """The type of a row."""
        return "UInt64" if self.bits <= NARROW else "UInt128"

    @property
    def full(self) -> int:
        """All bits of matches: the last number of a moment, above which later ones begin."""
        return (1 << self.bits) - 1

    def row(self, moment: str, mask: str) -> str:
        """Return the number of a row."""
        return f"to{self.kind}({moment}) * {1 << self.bits} + ({mask})"

    def moment(self, row: str) -> str:
        """Return the moment of a row, 0 of none."""
        return f"toInt64(bitShiftRight({row}, {self.bits}))"

    def last(self, row: str) -> str:
        """Return the last number of a row's moment."""
        return f"bitOr({row}, {self.full})"

    def first(self, row: str) -> str:
        """Return the first number of a row's moment."""
        return f"({self.last(row)} - {self.full})"


def packing(funnel: Funnel) -> Packing:
    """Return how rows are packed: match N is bit N."""
    return Packing(len(funnel.matches))


def levels(inner: str, several: Sequence[Sequence[str]]) -> str:
    """Return `inner` with new columns around it, level by level."""
    for columns in several:
        inner = f"SELECT *, {', '.join(columns)} FROM ({inner})"
    return inner


@dataclass(frozen=True, slots=True)
class Runs:
    """The columns that find a funnel's best run; `within` and `edge` are rows' numbers.

    `within` is the longest time; starts lie before `edge` where there is one.
    """

    funnel: Funnel
    within: str
    edge: str | None

    @property
    def packing(self) -> Packing:
        """How rows are packed."""
        return packing(self.funnel)

    def best(self) -> list[list[str]]:
        """Return levels around `rows0`: the run's moments, and whether only Python can tell.

        They are `way` and each `fN`, and `hard`.
        """
        spoiling = [[f"{self._bar('run0', 'rows0')} AS bar0"]] if self._spoiling() else []
        begin = f"if(tie, {self._never}, {self._begin('run0', 'bar0')})"
        unclear = f"(tie AND run0[1] > 0) OR arrayExists(x -> {self._starting}, tried.1)"
        spoiled = self._partly_spoiled()
        name = "unclear" if spoiled else "hard"
        found = [
            [f"{self._tied()} AS tie", f"{self._run('rows0')} AS run0"],
            *spoiling,
            [f"{self._good('run0', 'bar0')} AS good0", f"{begin} AS begin0"],
            [f"({_left('rows0', 'begin0')}, arraySlice(run0, 1, good0)) AS first"],
            [f"{self._further('first')} AS tried"],
            ["tried.2 AS run", f"({unclear}) AS {name}"],
            self._moments(),
            *self._optional(),
        ]
        return [*found, [f"({' OR '.join(['unclear', *spoiled])}) AS hard"]] if spoiled else found

    def _further(self, first: str) -> str:
        """Return what is left after all rounds: the rows of starts not tried, and the best run.

        `first` is the same after one round. Visitors of whom no rows are left take no part.
        """
        rounds = f"arrayFold((tried, round) -> {self._tried()}, range({ROUNDS - 1}), tried)"
        undone = f"arrayFilter(tried -> notEmpty(tried.1), [{first}])"
        return f"arrayConcat(arrayMap(tried -> {rounds}, {undone}), [{first}])[1]"

    def _tried(self) -> str:
        """Return `tried` after one more round."""
        better = "if(good > length(tried.2), arraySlice(run, 1, good), tried.2)"
        found = f"({_left('tried.1', 'begin')}, {better})"
        found = _with("begin", self._begin("run", "bar"), found)
        found = _with("good", self._good("run", "bar"), found)
        if self._spoiling():
            found = _with("bar", self._bar("run", "tried.1"), found)
        return _with("run", self._run("tried.1"), found)

    def _optional(self) -> list[list[str]]:
        """Return the moments of optional steps, `oN` for place N, a level for each.

        They lie on the way of the run that counts, and behind each other.
        """
        funnel, found = self.funnel, list[list[str]]()
        before = "f0"
        for place, step in enumerate(funnel.steps):
            index = sum(one < place for one in funnel.chain)
            if not step.optional:
                before = f"f{index}"
                continue
            until = f"x <= {self._until('run')}"
            if index < len(funnel.chain):
                until = f"if(f{index} > 0, {self.packing.moment('x')} < f{index}, {until})"
            later = f"f{index - 1} > 0 AND {self.packing.moment('x')} > {before} AND {until}"
            bit = f"bitAnd(x, {1 << funnel.matches.index(step.match)}) != 0"
            row = f"arrayFirst(x -> {bit} AND {later}, rows0)"
            found.append([f"{self.packing.moment(row)} AS o{place}"])
            before = f"greatest({before}, o{place})"
        return found

    def _tied(self) -> str:
        """Return whether rows of one moment may serve two steps that follow each other.

        Rows a millisecond apart may be taken for such: that costs time and is no fault.
        """
        gaps, most = "arrayDifference(rows0)", self.packing.full
        if self._alike():
            return f"arrayCount(x -> x <= {most}, {gaps}) > 1"
        return f"arrayExists(x -> x > 0 AND x <= {most}, {gaps})"

    def _alike(self) -> bool:
        """Return whether two rows alike, at one moment, may serve two steps."""
        chained = self.funnel.chained
        repeated = any(one == other for one, other in itertools.pairwise(chained))
        return repeated or overlapping(self.funnel)

    def _run(self, rows: str) -> str:
        """Return the rows of the run of the first start among `rows`, then 0.

        The last may be one that is out of time.
        """
        _, *bits = (1 << match for match in self.funnel.chained)
        start = f"[arrayFirst(x -> {self._starting}, {rows})]"
        if not bits:
            return start
        goes_on = f"run[-1] > 0 AND run[-1] <= {self._until('run')}"
        further = f"x > {self.packing.last('run[-1]')} AND {goes_on}"
        row = f"arrayFirst(x -> bitAnd(x, bit) != 0 AND {further}, {rows})"
        steps = f"CAST([{', '.join(map(str, bits))}], 'Array({self.packing.kind})')"
        return f"arrayFold((run, bit) -> arrayPushBack(run, {row}), {steps}, {start})"

    def _bar(self, run: str, rows: str) -> str:
        """Return the first row that spoils the run, or 0."""
        last = self.packing.last
        between = f"x > {last(f'{run}[1]')} AND x <= {self._until(run)}"
        bar = f"arrayFirst(x -> bitAnd(x, {self._spoiling()}) != 0 AND {between}, {rows})"
        end = f"{run}[{len(self.funnel.chain)}]"
        return f"if({end} > 0 AND {end} <= {last(bar)}, 0, {bar})"

    def _good(self, run: str, bar: str) -> str:
        """Return how many steps the run reaches, 0 if it is spoiled."""
        good = f"arrayCount(x -> x > 0 AND x <= {self._until(run)}, {run})"
        return f"if({bar} > 0, 0, {good})" if self._spoiling() else good

    def _begin(self, run: str, bar: str) -> str:
        """Return the row before which no start does better.

        Where the run was out of time for a step, so is every start before that step's row less the
        longest time. Where it was spoiled, so is every start before what spoils it.
        """
        far, first, until = f"arrayMax({run})", self.packing.first, self._until(run)
        begin = f"if({far} > {until}, {first(far)} - {self.within}, {self._never})"
        return f"if({bar} > 0, {first(bar)}, {begin})" if self._spoiling() else begin

    def _moments(self) -> list[str]:
        """Return the moments of the run, 0 for steps that it does not reach."""
        moment, size = self.packing.moment, len(self.funnel.chain)
        named = range(size if self._told_apart() else 1)
        found = [f"arrayMap(x -> {moment('x')}, arrayResize(run, {size})) AS way"]
        return [*found, *(f"{moment(f'run[{step + 1}]')} AS f{step}" for step in named)]

    def _told_apart(self) -> bool:
        """Return whether other columns look at single steps: naming them takes time."""
        optional = len(self.funnel.chain) < len(self.funnel.steps)
        return optional or any(not whole(self.funnel, one) for one in self.funnel.exclusions)

    def _spoiling(self) -> int:
        """Return the bits of what spoils a run from its start to its last step."""
        matches = (one.match for one in self.funnel.exclusions if whole(self.funnel, one))
        return sum(1 << self.funnel.matches.index(match) for match in dict.fromkeys(matches))

    def _partly_spoiled(self) -> list[str]:
        """Return whether an event excluded between other steps spoils the run that was chosen."""
        funnel, found = self.funnel, []
        moment = self.packing.moment("x")
        for one in funnel.exclusions:
            if whole(funnel, one):
                continue
            bit = 1 << funnel.matches.index(one.match)
            first, last = funnel.chain.index(one.first), funnel.chain.index(one.last)
            between = f"if(f{last} > 0, {moment} < f{last}, x <= {self._until('run')})"
            held = f"bitAnd(x, {bit}) != 0 AND {moment} > f{first} AND {between}"
            found.append(f"(f{first} > 0 AND arrayExists(x -> {held}, rows0))")
        return found

    def _until(self, run: str) -> str:
        """Return the last number of the time that a run has."""
        return f"{self.packing.last(f'{run}[1]')} + {self.within}"

    @property
    def _starting(self) -> str:
        """Return the condition on a row `x` that a run may start there."""
        before = f" AND x < {self.edge}" if self.edge else ""
        return f"bitAnd(x, {1 << self.funnel.chained[0]}) != 0{before}"

    @property
    def _never(self) -> str:
        """Return a beginning behind all rows."""
        return f"toInt{self.packing.kind[4:]}({1 << (42 + self.packing.bits)})"


def _left(rows: str, begin: str) -> str:
    """Return those of `rows` that are not before `begin`."""
    return f"arrayFilter(x -> x >= {begin}, {rows})"


def _with(name: str, value: str, text: str) -> str:
    """Return `text` in which `name` stands for `value`, which is worked out once."""
    return f"arrayMap({name} -> {text}, [{value}])[1]"


def whole(funnel: Funnel, one: Exclusion) -> bool:
    """Return whether an exclusion is over all steps: then it matters when a run starts and ends."""
    return (one.first, one.last) == (funnel.chain[0], funnel.chain[-1])


def overlapping(funnel: Funnel) -> bool:
    """Return whether one event may be of several matches of steps."""
    names = [match.event for match in dict.fromkeys(step.match for step in funnel.steps)]
    return None in names or len(set(names)) < len(names)


def reached(funnel: Funnel) -> tuple[str, str]:
    """Return the moments of all steps, and for each but the first that of the step before it.

    Both are arrays; the step before is the last one that is not optional.
    """
    if len(funnel.chain) == len(funnel.steps):
        return "way", "arrayPopBack(way)"
    moments, before = ["f0"], []
    for place, step in enumerate(funnel.steps[1:], 1):
        before.append(f"f{sum(one < place for one in funnel.chain) - 1}")
        moments.append(f"o{place}" if step.optional else f"f{funnel.chain.index(place)}")
    return f"[{', '.join(moments)}]", f"[{', '.join(before)}]"
