"""How a search begins: baselines, and a usable model in the first seconds, before anything is compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future

from ratchet import clock
from ratchet.errors import JobError, MissingExtraError, SpecError
from ratchet.features.catalogue import encoder
from ratchet.features.prepared import unprepared
from ratchet.models.catalogue import BASELINES
from ratchet.models.recipe import Recipe
from ratchet.platforms import cores
from ratchet.progress import Progress, Report
from ratchet.training.attempt import Attempt
from ratchet.training.candidate import Candidate
from ratchet.training.composites import is_composite
from ratchet.training.failed import advice, reason
from ratchet.training.search import Search
from ratchet.training.trial import Job, OutOfFold

_QUICK = "linear.v1"
"""The family that gives a usable model soonest, where it is among the candidates."""
_EARLY = 0.25
"""The share of the budget that the first fit to all rows may take; a slower one waits until it has won."""
_ENCODING = 0.5
"""The share of the budget that encoding rows may take for a candidate to be tried."""


def open_with(
    search: Search, recipes: Sequence[Recipe], plain: Sequence[Recipe], progress: Report
) -> tuple[Candidate, ...]:
    """Measure and fit the ``plain`` baselines, fit the quickest candidate by its defaults, enter the others.

    Gives the baselines; raises `JobError` where one cannot be fitted, and, before anything is learned, `SpecError` or
    `MissingExtraError` where no candidate has the model that it begins with and the libraries that it needs.
    """
    task = search.task
    progress(Progress(stage="encode", total=len(recipes)))
    searched = _at_hand(search, {at: each for at, each in enumerate(recipes) if not is_composite(each)})
    if search.again is None:
        searched = {number: each for number, each in searched.items() if _in_time(search, each)} or searched
    first = next((at for at, each in searched.items() if each.family == _QUICK), next(iter(searched)))
    failed = dict(task.encode([*plain, recipes[first]]))
    fits = [_baseline(search, recipe, failed) for recipe in plain]
    search.enter(first, recipes[first], failed)
    search.first()
    early = _early(search)
    failed |= task.encode(list(searched.values()), seconds=max(search.budget.left, 0.1))
    progress(Progress(stage="encode", done=len(recipes), total=len(recipes)))
    made = tuple(_measured(search, *each, progress) for each in fits)
    for number, recipe in searched.items():
        if number != first:
            search.enter(number, recipe, failed)
    if early is not None and early[1].exception() is None:
        search.fitted.add(early[0])
    search.late = search.budget.passed
    return made


def _at_hand(search: Search, recipes: Mapping[int, Recipe]) -> dict[int, Recipe]:
    """The candidates whose families and encoders find what they need beside the rows: a network's weights, the
    libraries of an extra.

    The others are left out, and that is said; the first one's error is raised where none is left, or where a known
    recipe is to be learned once more, whose parts are all needed.
    """
    found, errors = dict[int, Recipe](), list[SpecError | MissingExtraError]()
    for number, recipe in recipes.items():
        try:
            search.task.look_up(recipe)
            found[number] = recipe
        except (SpecError, MissingExtraError) as error:
            errors.append(error)
            said = f"{recipe.family} was not tried: {error.problem}"
            search.unread[f"{said}; {error.todo}" if error.todo else said] = error.todo
    if errors and (search.again is not None or not found):
        raise errors[0]
    return found


def _in_time(search: Search, recipe: Recipe) -> bool:
    """Whether rows can be encoded for a candidate and there is time left to learn from them; if not, that is said."""
    rows, seconds = search.task.rows, 0.0
    for column, name in recipe.encoders.items():
        if pace := getattr(encoder(name), "pace", None):
            read = unprepared([column], recipe.texts)
            seconds += sum(len(text or "") for each in read for text in rows.columns[each]) / (pace * cores())
    if seconds <= _ENCODING * search.budget.seconds:
        return True
    said = f"encoding the rows for {recipe.family} would take about {seconds:,.0f} s of the budget: it was not tried"
    search.unread[said] = "give the search more time (search.budget), or name another encoder"
    return False


def _early(search: Search) -> tuple[str, Future[None]] | None:
    """Begin to fit the first candidate to all rows, where that is quick: there is a usable model from here on.

    On a large table it would take as long as all else, and its time is better kept for the best.
    """
    for each in search.found if not search.large else ():
        if each.folds and each.alive and search.fit_seconds(each) < _EARLY * search.budget.seconds:
            recipe = each.job.recipe
            seconds = search.budget.first - clock.monotonic()
            return recipe.id, search.task.fit(each.job, f"fitted-{recipe.id}", seconds=seconds)
    return None


def _baseline(search: Search, recipe: Recipe, failed: Mapping[str, Exception]) -> tuple[Attempt, Future[None]]:
    job = search.task.job(recipe)
    if error := failed.get(job.encoded or ""):
        raise _unfit(job, error)
    attempt = Attempt(number=BASELINES.index(recipe.family), candidate=-1, job=job)
    if search.plain is None:
        search.plain = attempt
    return attempt, search.task.fit(job, recipe.family)


def _measured(search: Search, attempt: Attempt, fitted: Future[None], progress: Report) -> Candidate:
    """What every model has to beat, scored as the candidates are."""
    task, recipe = search.task, attempt.job.recipe
    progress(Progress(stage="baselines", done=attempt.number, total=len(BASELINES), note=recipe.family))
    until = max(search.budget.deadline, clock.monotonic() + task.seconds)
    search.bench.gather([attempt], [*search.ladder[0], *search.units], until=until, batch=len(search.units) + 1)
    if attempt.state == "failed":
        raise JobError(f"the baseline {recipe.family} cannot be fitted: {attempt.reason}", todo=attempt.todo)
    try:
        fitted.result()
    except JobError:
        raise
    except Exception as error:
        raise _unfit(attempt.job, error) from error
    answers = OutOfFold(*search.judge.pooled(attempt.answers, search.units))
    score = search.judge.score(attempt.answers, search.units)
    return Candidate(recipe=recipe, pipeline=task.fitted(recipe.family), search_score=score, out_of_fold=answers)


def _unfit(job: Job, error: Exception) -> JobError:
    return JobError(
        f"the baseline {job.recipe.family} cannot be fitted: {reason(error)}", todo=advice(error, job.recipe.family)
    )
