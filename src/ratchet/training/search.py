"""The search: candidates compete in rounds, and of each round's trials fewer and fewer get more folds.

What is decided at the end of a round depends on the scores of that moment alone, never on which job ended first: the
load of the machine changes how far a search comes, not what it makes of the same scores.
"""

from __future__ import annotations

import signal
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ratchet import clock
from ratchet.models.catalogue import family
from ratchet.models.family import Composite
from ratchet.models.recipe import Recipe
from ratchet.progress import Progress, Report
from ratchet.spec import CandidateSpec
from ratchet.training.alternatives import alternatives
from ratchet.training.attempt import Attempt
from ratchet.training.bench import Bench
from ratchet.training.budget import Budget
from ratchet.training.candidate import Again
from ratchet.training.ensembles import MOST_MEMBERS
from ratchet.training.entrant import Entrant, standing
from ratchet.training.failed import advice, reason
from ratchet.training.folds import FEW_ROWS, LARGE
from ratchet.training.halving import promoted
from ratchet.training.leaderboard import against, folds_of, tried
from ratchet.training.rounds import is_weak, shares
from ratchet.training.rungs import Rungs, Unit, fold_of, rungs
from ratchet.training.standing import Judge, common
from ratchet.training.task import Task
from ratchet.training.trial import Job
from ratchet.training.tried import Trial as Trial

_WAYS = 0.5
"""The share of the budget that has to be left for columns to be encoded in yet another way."""
_FIT_SLOWER = 1.25
"""A fit to all rows takes so many times what a fold makes expect: the machine may be busier."""
_FIT_STOPS = 1.6
"""The same where a fit finds out by itself when it has learned enough: on other rows later, maybe."""
_FIT_LEAST = 0.5
"""Seconds that a fit takes beside learning."""
_SAMPLED = 0.3
"""The most of the budget that is kept back on the word of a sample alone: it makes a fit to all rows look too long."""
_BATCH = 5
"""Units of a trial that go to a worker at once where rows are few."""


class Search:
    """The trials of a training.  A trial that fails raises nothing: it is recorded with its reason."""

    def __init__(self, task: Task, budget: Budget, *, again: Again | None = None, progress: Report) -> None:
        self.task = task
        self.budget = budget
        self.ladder: Rungs = rungs(task.plan)
        self.judge = Judge(task.spec.gate.measure(task.rows.classes, task.rows.labels), task.rows.labels, task.plan)
        self.bench = Bench(task, memory_mb=task.spec.search.memory_mb, tick=self._tick)
        self.found: list[Attempt] = []
        self.unread: dict[str, str] = {}
        """What to say of candidates that were not tried, and what to do about each."""
        self.entrants: list[Entrant] = []
        self.interrupted = False
        """Whether Ctrl-C ended it."""
        self.late = False
        """Whether the budget was passed before there was a first model and anything could be searched."""
        self.fitted: set[str] = set()
        """The ids of recipes that have learned from all rows already."""
        self.again = again
        """The only recipe that is tried, where one is given."""
        self.large = len(task.rows.labels) > LARGE
        """Whether only what is not clearly behind on a sample is tried on more rows."""
        self.together = any(isinstance(family(each.family), Composite) for each in task.spec.candidates)
        """Whether trials may come to answer together."""
        self.plain: Attempt | None = None
        """The plainest baseline, where there is one: what the best has to be ahead of."""
        self._progress, self._stage = progress, "first model"
        self._batch = _BATCH if len(task.rows.labels) < FEW_ROWS else 1

    @property
    def units(self) -> tuple[Unit, ...]:
        """All folds."""
        return self.ladder[-1]

    @property
    def planned(self) -> int:
        """How many trials were asked for."""
        return self.task.spec.search.trials if self.again is None else 1

    def enter(self, number: int, recipe: Recipe, failed: Mapping[str, Exception]) -> None:
        """Enter a candidate with its defaults; ``failed`` says which rows could not be encoded, and why."""
        spec = self.task.spec.candidates[number] if self.again is None else CandidateSpec(family=recipe.family)
        job = self.task.job(recipe)
        if error := failed.get(job.encoded or ""):
            said = f"the rows could not be encoded for {recipe.family}, which was not tried: {reason(error)}"
            self.unread[said] = advice(error, recipe.family)
            return
        entrant = Entrant(candidate=number, spec=spec, job=job, rows=len(self.task.rows.labels))
        entrant.made.append(self._attempt(entrant, job, entrant.defaults(job)))
        entrant.made[0].rule = self.again.rule if self.again and not self.again.recipe.members else ""
        self.entrants.append(entrant)
        self.entrants.sort(key=lambda each: each.candidate)

    def first(self) -> None:
        """Try the defaults of the candidates there are on one fold, in time for a first model."""
        self.bench.gather(self.found, self.ladder[0][:1], until=max(self.until(), self.budget.first))

    def run(self) -> None:
        """Search until nothing is left to try, the time is up, or Ctrl-C is pressed, which keeps what there is."""
        self._stage = "search"
        try:
            if self.again is not None:
                self.bench.gather(self.found, self.units, until=self.until(), batch=self._batch)
            elif self._first_round():
                while (new := self._proposed()) and self._compete(new):
                    self._give_up_weak()
                self._last_lap()
        except KeyboardInterrupt as stop:
            if getattr(stop, "number", signal.SIGINT) != signal.SIGINT or not any(each.folds for each in self.found):
                raise
            self.interrupted = True
        self._end()

    def fit_seconds(self, attempt: Attempt) -> float:
        """What learning from all rows by its recipe may take."""
        if attempt.members:
            return sum(map(self.fit_seconds, attempt.members))
        if attempt.job.recipe.id in self.fitted:
            return 0.0
        units = common([attempt.answers])
        a_row = [attempt.folds[unit].seconds / len(fold_of(self.task.plan, unit).fit) for unit in units]
        slower = _FIT_STOPS if any(attempt.folds[unit].history.curves for unit in units) else _FIT_SLOWER
        found = _FIT_LEAST + slower * min(a_row, default=0.0) * len(self.task.rows.labels)
        return min(found, _SAMPLED * self.budget.seconds) if all(unit.sample for unit in units) else found

    def until(self) -> float:
        """When trials have to end, so that what stands first now can still be fitted to all rows: the best trial, or
        those of the best candidates where they may come to answer together.
        """
        count = MOST_MEMBERS if self.together else 1
        first = standing(self.entrants, self.ladder, self.judge)[:count]
        return self.budget.deadline - sum(self.fit_seconds(each) for _, each in first)

    def _first_round(self) -> bool:
        """Every candidate, then every other way of encoding its columns, on the first rung; whether all came so far."""
        begin = self.ladder[0]
        self.bench.gather(self.found, begin[:1], until=self.until(), shared=True)
        self.bench.gather(self.found, begin[:1], until=self.until())  # those that took more than their share
        complete = self.bench.gather(self.found, begin, until=self.until(), batch=self._batch)
        if self.large:
            self._give_up_weak()
        for entrant in self.entrants:
            complete = self._other_ways(entrant) and complete
        self._give_up_weak()
        return complete and self._compete([each for each in self.found if each.alive])

    def _other_ways(self, entrant: Entrant) -> bool:
        """Try the other ways of encoding, each with its defaults, and go on with the best; of equals the plainest.

        Where no more trials are asked for than there are candidates, each has the one way that was planned.
        """
        if self.planned <= len(self.entrants):
            return True
        planned, begin = entrant.made[0], self.ladder[0]
        recipes = alternatives(entrant.job.recipe, entrant.spec, self.task.rows)[1:]
        if not recipes or not planned.alive or self.budget.left < _WAYS * self.budget.seconds:
            return True
        failed = self.task.encode(recipes, seconds=self.budget.left)
        jobs = [job for job in map(self.task.job, recipes) if (job.encoded or "") not in failed]
        ways = [planned, *(self._attempt(entrant, job, entrant.defaults(job)) for job in jobs)]
        complete = self.bench.gather(ways, begin, until=self.until(), batch=self._batch)
        self._choose_way(entrant, [each for each in ways if each.alive and not each.missing(begin)])
        return complete

    def _choose_way(self, entrant: Entrant, ways: Sequence[Attempt]) -> None:
        if not ways:
            return
        begin = self.ladder[0]
        merits = {each.number: self.judge.merit(each.answers, begin) for each in ways}
        best = max(ways, key=lambda each: (merits[each.number], -each.number))
        lags = ((each, merits[best.number] - merits[each.number]) for each in ways)
        errors = (each for each, lag in lags if lag <= self.judge.error(best.answers, each.answers, begin))
        chosen = next(errors, best)
        chosen.kept = "its plainer way of encoding was kept" if chosen is not best else ""
        for each in ways:
            if each is not chosen:
                worse = merits[each.number] < merits[chosen.number]
                why = "does worse" if worse else "does no better, beyond chance, than the plainer one"
                said = f"its way of encoding {why}"
                each.end("dropped", f"{said}: {against(each, chosen, self.judge, begin)}")
                self._tell(each)
        entrant.made[0], entrant.job = chosen, replace(chosen.job, recipe=self._open(entrant, chosen.job.recipe))

    def _open(self, entrant: Entrant, recipe: Recipe) -> Recipe:
        """The recipe with nothing fixed but what the spec fixes."""
        return replace(recipe, params=entrant.job.recipe.params)

    def _proposed(self) -> list[Attempt]:
        """The trials of the next round."""
        used = sum(len(each.made) for each in self.entrants)
        left = max(self.task.spec.search.trials - used, 0)
        ready = {each.candidate: each for each, _ in standing(self.entrants, self.ladder, self.judge)}
        ready |= {each.candidate: each for each in self.entrants if each.candidate not in ready and each.unlucky}
        ready = {candidate: each for candidate, each in ready.items() if not each.exhausted}
        made = list[Attempt]()
        for candidate, count in shares(list(ready), left).items() if left else ():
            entrant = ready[candidate]
            merits = entrant.merits(self.judge, self.ladder[0])
            for _ in range(count):
                params = entrant.propose(self.task.spec.search.method, self.task.seed, merits)
                if params is not None:
                    made.append(self._attempt(entrant, entrant.job, params))
                    entrant.made.append(made[-1])
        return made or (self._proposed() if left and ready else [])

    def _compete(self, new: Sequence[Attempt]) -> bool:
        """Lead the trials of a round up the ladder, the best third from rung to rung; False where the time is up."""
        for at, units in enumerate(self.ladder):
            if not self.bench.gather(new, units, until=self.until(), batch=self._batch):
                return False
            came = [each for each in self.found if each.state != "failed" and not each.missing(units)]
            merits = {each.number: self.judge.merit(each.answers, units) for each in came}
            last = at + 1 == len(self.ladder)
            on = promoted(merits, {each.number for each in new if each.alive}) if not last else ()
            best = max(came, key=lambda each: (merits[each.number], -each.number), default=None)
            for each in new:
                if each.alive and last:
                    each.end("finished", "")
                    self._tell(each)
                elif each.alive and each.number not in on and best is not None:
                    self._drop(each, best, units)
            new = [each for each in new if each.number in on]
        return True

    def _last_lap(self) -> None:
        """Each candidate that was not given up has a trial with all folds, so that the best are compared on all.

        Where trials may come to answer together, one of those given up has too: it may know what no other does.  On a
        large table none has that was dropped: it would take longer than it brings.
        """
        last = [best for _, best in standing(self.entrants, self.ladder, self.judge)]
        weak = [each.best(self.ladder, self.judge) for each in self.entrants if each.weak and self.together]
        for best in (*last, *filter(None, weak)):
            if best.state == "dropped":
                if self.large:
                    continue
                best.end("stopped", "")
                best.told = False
            self.bench.gather([best], self.units, until=self.until())

    def _give_up_weak(self) -> None:
        """Give up the candidates that have lost too clearly to be tried with other settings."""
        ranks = standing(self.entrants, self.ladder, self.judge)
        for entrant, own in ranks[1:]:
            leader = ranks[0][1]
            units = common([leader.answers, own.answers])
            if not units:
                continue
            lag = self.judge.merit(leader.answers, units) - self.judge.merit(own.answers, units)
            error = self.judge.error(leader.answers, own.answers, units)
            entrant.weak = is_weak(lag, error, self._lead(leader, units), large=self.large)
            for each in entrant.made if entrant.weak else ():
                if each.alive and not each.missing(units):
                    self._drop(each, leader, units)

    def _lead(self, leader: Attempt, units: Sequence[Unit]) -> float:
        """How far the leader is ahead of the plainest baseline."""
        if self.plain is None or self.plain.missing(units):
            return 0.0
        return self.judge.merit(leader.answers, units) - self.judge.merit(self.plain.answers, units)

    def _attempt(self, entrant: Entrant, job: Job, params: Mapping[str, Any]) -> Attempt:
        learns = replace(job, recipe=replace(job.recipe, params=params))
        self.found.append(Attempt(number=len(self.found) + 1, candidate=entrant.candidate, job=learns))
        return self.found[-1]

    def _drop(self, attempt: Attempt, best: Attempt, units: Sequence[Unit]) -> None:
        done = folds_of(common([attempt.answers]), self.units)
        said = f"dropped after {done}: {against(attempt, best, self.judge, units)}"
        attempt.end("dropped", said)
        self._tell(attempt)

    def _end(self) -> None:
        """Say of every trial what became of it."""
        why = "Ctrl-C was pressed" if self.interrupted else "the time was up"
        for each in self.found:
            if each.alive:
                whole = not each.missing(self.units)
                done = folds_of([unit for unit in self.units if unit in each.folds], self.units)
                each.end("finished" if whole else "stopped", "" if whole else f"{why} after {done}")
            self._tell(each)

    def _tell(self, attempt: Attempt) -> None:
        """Report the end of a trial, once."""
        if not attempt.told:
            attempt.told = True
            self._progress(self._standing_now(tried(attempt, self.judge)))

    def _tick(self) -> None:
        self.budget.keep()
        for each in self.found:
            if each.state == "failed":
                self._tell(each)
        self._progress(self._standing_now())

    def _standing_now(self, ended: Trial | None = None) -> Progress:
        first = next(iter(standing(self.entrants, self.ladder, self.judge)), None)
        best = None if first is None else tried(first[1], self.judge)
        return Progress(
            stage=self._stage,
            done=sum(bool(each.folds) or not each.alive for each in self.found),
            total=max(self.planned, len(self.found)),
            note=f"best so far: {best.family}" if best else "",
            best=best.score if best else None,
            seconds_left=max(self.until() - clock.monotonic(), 0.0),
            trial=ended.document() if ended else None,
        )
