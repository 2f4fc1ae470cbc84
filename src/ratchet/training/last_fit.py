"""The end of a search: which trial wins, and its fit to all rows within what is left of the time."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import CancelledError, wait
from dataclasses import dataclass, replace

import numpy as np

from ratchet import clock
from ratchet.errors import JobError, LimitError
from ratchet.models.catalogue import family
from ratchet.models.family import Composite
from ratchet.models.pipeline import Pipeline
from ratchet.models.recipe import Recipe
from ratchet.training import trial as trials
from ratchet.training.attempt import Attempt
from ratchet.training.bench import GRACE
from ratchet.training.candidate import Candidate
from ratchet.training.choose import order as chosen_order
from ratchet.training.failed import advice, reason
from ratchet.training.leaderboard import tried
from ratchet.training.reasons import UNFITTED, named, passed_over, why_chosen, why_lost
from ratchet.training.rungs import Unit
from ratchet.training.search import Search
from ratchet.training.standing import common, contenders, ranked
from ratchet.training.trial import Job, OutOfFold
from ratchet.training.tried import Trial

_MORE_TIME = "raise search.budget in the spec"
_HOPE = 2.0
"""Where another trial is fitted already, one is begun that looks as if it took up to so many times what is left."""
_COMPARED = 12
"""The best so many trials are compared once more."""


@dataclass(frozen=True, slots=True)
class Order:
    """Trials, the one to fit first; the first ``compared`` of them stood to be chosen, on ``units``, which all have."""

    attempts: tuple[Attempt, ...]
    compared: int
    units: tuple[Unit, ...]
    highest: int
    """The number of the one with the best score."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """All trials as they are kept, and those with a score, the chosen one first."""

    trials: tuple[Trial, ...]
    preferred: tuple[Trial, ...]


def order(search: Search) -> Order:
    """All trials with answers, best first: those that came furthest by their score on the folds that all have, and of
    those as good as the best the one that ranks rows best; then the others.
    """
    asked = [each for each in search.found if search.again is None or each.rule == search.again.rule]
    able = {each.number: each for each in asked if each.folds and each.state != "failed"}
    answers = {number: each.answers for number, each in able.items()}
    dropped = {number for number, each in able.items() if each.state == "dropped"}
    chosen = contenders(search.ladder, answers, {number: each.candidate for number, each in able.items()}, dropped)
    by_score = ranked(search.judge, {number: answers[number] for number in chosen})
    units, top = common(answers[number] for number in chosen), by_score[:_COMPARED]
    if units and np.isfinite(search.judge.score(answers[top[0]], units)):
        pooled = [search.judge.pooled(answers[number], units) for number in top]
        labels = search.task.rows.labels[pooled[0][0]]
        top = [top[at] for at in chosen_order(search.judge.metric.name, labels, [each for _, each in pooled])]
    others = ranked(search.judge, {number: each for number, each in answers.items() if number not in chosen})
    numbers = [*top, *by_score[_COMPARED:], *others]
    return Order(tuple(able[each] for each in numbers), len(by_score), units, by_score[0] if by_score else -1)


def fit_best(search: Search, ranks: Order) -> tuple[Candidate, Chosen, tuple[str, ...]]:
    """The best trial's pipeline from all rows, and what is kept of all trials; where it cannot be fitted in the limits,
    the next.

    Raises `JobError` with every reason where none can be, or the metric cannot be measured on the rows there are.
    """
    passed = list[Attempt]()
    for at, attempt in enumerate(ranks.attempts):
        if (said := _out_of_time(search, attempt, [*ranks.attempts[at + 1 :]])) is None:
            said = _fit(search, attempt)
        if said is None:
            _check_measured(search, attempt)
            made = _kept(search, ranks, attempt)
            return _candidate(search, attempt), made, passed_over(passed, attempt)
        attempt.reason, attempt.todo = f"{UNFITTED}{said[0]}", said[1]
        passed.append(attempt)
    bad = [*passed, *(each for each in search.found if each.state == "failed")]
    failed = {f"{named(each)}: {each.reason}": each.todo for each in bad}
    raise _fruitless(len(search.found), {**search.unread, **failed})


def _out_of_time(search: Search, attempt: Attempt, others: Sequence[Attempt]) -> tuple[str, str] | None:
    """Why the fit is not begun: the time is up, or it would take longer than there is, and a quicker one would be lost
    with it.

    Where another trial is fitted already nothing is lost: it may be quicker than it looks, within `_HOPE`.
    """
    needed, left = search.fit_seconds(attempt), search.budget.end - clock.monotonic()
    if not _unfitted(search, attempt):
        return None
    if left <= 0 and search.fitted:
        return "no time was left to learn from all rows", _MORE_TIME
    lost = search.fitted or any(search.fit_seconds(each) < needed for each in others)
    if not lost or needed <= (_HOPE * left if search.fitted else left):
        return None
    return f"it would take about {needed:.0f} s, and {max(left, 0.0):.0f} s are left", _MORE_TIME


def _fit(search: Search, attempt: Attempt) -> tuple[str, str] | None:
    """Fit a trial's recipe to all rows; why it could not be, and what to do.

    Where another is fitted already, what still runs at the end of the budget is ended.
    """
    task, todo = search.task, _unfitted(search, attempt)
    end = search.budget.end if search.fitted else search.budget.first
    seconds, threads = max(end - clock.monotonic(), 0.0), max(1, task.engine.workers // max(len(todo), 1))
    running = [(job.recipe, task.fit(job, _fitted(job.recipe), seconds=seconds, threads=threads)) for job in todo]
    # An engine counts from when a job begins: of three for two workers, the third would have its seconds again.
    late = wait([each for _, each in running], timeout=seconds + GRACE if search.fitted else None).not_done
    search.bench.stop(list(late))
    failed: tuple[str, str] | None = None
    for recipe, future in running:
        error = CancelledError() if future.cancelled() else future.exception()
        if error is None:
            search.fitted.add(recipe.id)
        elif future in late or (isinstance(error, LimitError) and clock.monotonic() >= end):
            failed = f"learning from all rows took longer than the {seconds:.1f} s that were left", _MORE_TIME
        elif isinstance(error, Exception):  # a family's own, or too much memory: there may be a next best
            failed = reason(error), advice(error, recipe.family)
        else:
            raise error
    return failed


def _unfitted(search: Search, attempt: Attempt) -> list[Job]:
    """What has to learn from all rows for a trial to answer: it, or its members, less what did already."""
    return [each.job for each in attempt.members or (attempt,) if each.job.recipe.id not in search.fitted]


def _fitted(recipe: Recipe) -> str:
    return f"fitted-{recipe.id}"


def _pipeline(search: Search, attempt: Attempt) -> Pipeline:
    """What was fitted to all rows, by the trial's own recipe or by those of its members."""
    recipe = attempt.job.recipe
    made = [search.task.fitted(_fitted(each.job.recipe)) for each in attempt.members or (attempt,)]
    way = family(recipe.family)
    return way.combine(made, recipe.params) if isinstance(way, Composite) else made[0]


def _candidate(search: Search, attempt: Attempt) -> Candidate:
    recipe, units = attempt.job.recipe, common([attempt.answers])
    return Candidate(
        recipe=recipe,
        pipeline=_pipeline(search, attempt),
        search_score=search.judge.score(attempt.answers, units),
        out_of_fold=OutOfFold(*search.judge.pooled(attempt.answers, units)),
    )


def _check_measured(search: Search, attempt: Attempt) -> None:
    judge, units = search.judge, common([attempt.answers])
    if not np.isfinite(judge.score(attempt.answers, units)):
        raise JobError(
            f"{judge.metric.prose} cannot be measured on the {len(judge.labels)} rows there are to learn from",
            todo="give more rows of each class, or choose another gate.metric",
        )


def _kept(search: Search, ranks: Order, chosen: Attempt) -> Chosen:
    """Every trial as it is shown, with why it lost; the answers of those with a score lie where they can be read."""
    chosen.rule = chosen.rule or why_chosen(search, ranks, chosen)
    for each in search.found:
        if each is not chosen:
            each.reason = why_lost(search, ranks, each, chosen)
    made = {each.number: tried(each, search.judge, _written(search, each)) for each in search.found}
    made[chosen.number] = replace(made[chosen.number], reason="")
    scored = [made[each.number] for each in ranks.attempts if made[each.number].score is not None]
    first = made[chosen.number]
    return Chosen(tuple(made.values()), (first, *(each for each in scored if each is not first)))


def _written(search: Search, attempt: Attempt) -> str:
    units = common([attempt.answers])
    if not units or attempt.state == "failed":
        return ""
    key = search.task.own(f"trial-{attempt.number}")
    answers = OutOfFold(*search.judge.pooled(attempt.answers, units))
    trials.write_out_of_fold(search.task.session.inputs, key, answers)
    return key


def _fruitless(count: int, failures: dict[str, str]) -> JobError:
    """No model: every failure, and what to do about them, each once; without any, the budget let nothing begin."""
    todo = "; ".join(dict.fromkeys(failures.values())) or _MORE_TIME
    listed = "".join(f"\n  - {each}" for each in list(failures)[:10])
    return JobError(f"none of {count} trials gave a model{listed}", todo=todo)
