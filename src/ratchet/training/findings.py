"""What a reader should know of a search, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ratchet.training.entrant import Entrant
from ratchet.training.leaderboard import folds_of
from ratchet.training.search import Search
from ratchet.training.tried import Trial
from ratchet.words import count_of, listed


def findings(search: Search, found: Sequence[Trial]) -> tuple[str, ...]:
    """Failures, an early end, and each candidate that got no full trial."""
    return tuple(_findings(search, found))


def _findings(search: Search, found: Sequence[Trial]) -> Iterator[str]:
    failed = [trial for trial in found if trial.state == "failed"]
    if search.again is not None:
        yield f"this is {search.again.rule}"
    if failed:
        first = f"trial {failed[0].number} ({failed[0].family}): {failed[0].reason}"
        yield f"{len(failed)} of {len(found)} trials gave no score; {first}"
    yield from _early(search)
    for entrant in search.entrants:
        own = [trial for trial in found if trial.candidate == entrant.candidate]
        if not any(trial.state == "finished" for trial in own):
            yield _not_full(search, entrant, max(own, key=lambda trial: (bool(trial.rule), trial.folds, -trial.number)))


def _early(search: Search) -> Iterator[str]:
    """What ended the search before it had tried as much as was asked for, where something did: one thing only."""
    budget = f"the budget of {search.task.spec.search.budget:g} s"
    ended = sum(each.state != "stopped" for entrant in search.entrants for each in entrant.made)
    after = f"ended the search after {ended} of {search.planned} trials{_besides(search)}"
    if search.interrupted:
        yield f"Ctrl-C {after}: the best so far was kept"
    elif search.late:
        yield f"encoding the rows and learning the first model took longer than {budget}; raise search.budget"
    elif ended < search.planned and not all(each.exhausted or each.weak for each in search.entrants):
        yield f"{budget} {after}"


def _besides(search: Search) -> str:
    """The trials that do not count among those asked for: ``, besides 5 other ways of encoding and 2 ensembles``."""
    joined = sum(bool(each.members) for each in search.found)
    ways = len(search.found) - joined - sum(len(each.made) for each in search.entrants)
    told = [count_of(ways, "other way of encoding", "other ways of encoding")] if ways else []
    told += [count_of(joined, "ensemble")] if joined else []
    return f", besides {' and '.join(told)}" if told else ""


def _not_full(search: Search, entrant: Entrant, best: Trial) -> str:
    had = f"it had {folds_of(search.units[: best.folds], search.units)}" if best.folds else "it was not begun"
    return (
        f"the candidate {_named(search, entrant)} got no full trial: {'chosen, ' * bool(best.rule)}{best.reason or had}"
    )


def _named(search: Search, entrant: Entrant) -> str:
    """Its family; of one that stands twice also which of the candidates it is, and the encoders of its own."""
    named, own = entrant.spec.family, entrant.job.recipe.encoders
    if sum(each.family == named for each in search.task.spec.candidates) < 2:
        return named
    others = [each.job.recipe.encoders for each in search.entrants if each is not entrant and each.spec.family == named]
    differ = [f"{column} {each}" for column, each in own.items() if any(one.get(column) != each for one in others)]
    return f"{named} ({', '.join(filter(None, [f'number {entrant.candidate + 1}', listed(differ)]))})"
