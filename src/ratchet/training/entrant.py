"""A candidate on its way through the search: what it has tried, what it tries next, and how it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ratchet import clock
from ratchet.models.catalogue import family
from ratchet.models.family import Shape
from ratchet.spec import CandidateSpec
from ratchet.training import encoded as rows_of
from ratchet.training.attempt import Attempt
from ratchet.training.proposals import Method, Proposals
from ratchet.training.rungs import Rungs, Unit
from ratchet.training.standing import Judge, came_to, common
from ratchet.training.trial import Job


@dataclass(kw_only=True, slots=True)
class Entrant:
    """One of the spec's candidates."""

    candidate: int
    spec: CandidateSpec
    job: Job
    """Learns by what the spec fixes, on columns encoded as planned, or as turned out best."""
    rows: int
    made: list[Attempt] = field(default_factory=list)
    """Its proposals, in order; the defaults first."""
    exhausted: bool = False
    """Whether nothing is left to try."""
    weak: bool = False
    """Whether it was given up."""
    _proposals: Proposals | None = None

    @property
    def unlucky(self) -> bool:
        """Whether its defaults failed, and nothing else was tried yet: other settings may do."""
        return len(self.made) == 1 and self.made[0].state == "failed"

    def defaults(self, job: Job) -> dict[str, Any]:
        """The family's default settings on columns encoded as in a job, under what the spec fixes."""
        return {**family(job.recipe.family).defaults(shape(job, self.rows)), **self.job.recipe.params}

    def propose(self, method: Method, seed: int, merits: dict[int, float | None]) -> dict[str, Any] | None:
        """The settings to try next, or None; ``merits`` are those of its settled trials by their place in `made`."""
        if self._proposals is None:
            space = family(self.job.recipe.family).space(shape(self.job, self.rows))
            free = {name: part for name, part in space.items() if name not in self.job.recipe.params}
            own = clock.seed(seed, self.candidate, self.job.recipe.family)
            self._proposals = Proposals(free, self.defaults(self.job), method=method, seed=own)
            self._proposals.ask()  # the defaults, which the first round has tried
        for number, merit in merits.items():
            self._proposals.tell(number, merit)
        asked = self._proposals.ask()
        self.exhausted = asked is None
        return None if asked is None else asked[1]

    def merits(self, judge: Judge, units: Sequence[Unit]) -> dict[int, float | None]:
        """Place in `made` -> the merit on the units, None of what failed; what is still to come is left out."""
        known = {at: each for at, each in enumerate(self.made) if each.state == "failed" or not each.missing(units)}
        return {
            at: None if each.missing(units) or each.state == "failed" else judge.merit(each.answers, units)
            for at, each in known.items()
        }

    def best(self, ladder: Rungs, judge: Judge) -> Attempt | None:
        """Its best trial: of those that came furthest the best on what they share; None while it has none."""
        shown = [each for each in self.made if each.state != "failed" and each.folds]
        furthest = max((came_to(ladder, each.answers) for each in shown), default=-1)
        top = [each for each in shown if came_to(ladder, each.answers) == furthest]
        units = common(each.answers for each in top)
        return max(
            top, key=lambda each: (judge.merit(each.answers, units) if units else 0.0, -each.number), default=None
        )


def standing(entrants: Sequence[Entrant], ladder: Rungs, judge: Judge) -> list[tuple[Entrant, Attempt]]:
    """The candidates that are not given up, best first, each with its best trial; those without one are left out."""
    bests = [(each, best) for each in entrants if not each.weak and (best := each.best(ladder, judge)) is not None]
    units = common(best.answers for _, best in bests)
    if not units:
        return bests
    merits = {each.candidate: judge.merit(best.answers, units) for each, best in bests}
    return sorted(bests, key=lambda pair: (-merits[pair[0].candidate], pair[0].candidate))


def shape(job: Job, rows: int) -> Shape:
    """What a family sizes its space by."""
    if job.encoded is None:
        return Shape(rows=rows, classes=job.classes)
    matrix = rows_of.load(job.inputs, job.encoded).matrix
    sparse = matrix.sparse.width if matrix.sparse else 0
    return Shape(rows=rows, classes=job.classes, dense=matrix.dense.shape[1], sparse=sparse)
