"""What a reader should know of a search, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ratchet.training.search import Search
from ratchet.training.tried import Trial


def findings(search: Search, found: Sequence[Trial]) -> tuple[str, ...]:
    """Failures, an early end, and each candidate that got no full trial."""
    return tuple(_findings(search, found))


def _findings(search: Search, found: Sequence[Trial]) -> Iterator[str]:
    failed = [trial for trial in found if trial.state == "failed"]
    ended = [trial for trial in found if trial.state != "stopped"]
    planned, again = search.planned, search.again
    exhausted = all(each.exhausted or each.weak for each in search.entrants)
    if again is not None:
        yield f"this is {again.rule}"
    if failed:
        yield f"{len(failed)} of {len(found)} trials gave no score; the first: {failed[0].reason}"
    if search.interrupted:
        yield f"Ctrl-C ended the search after {len(ended)} of {planned} trials: the best so far was kept"
    elif len(ended) < planned and not exhausted:
        seconds = search.task.spec.search.budget
        yield f"the budget of {seconds:g} s ended the search after {len(ended)} of {planned} trials"
    if search.budget.passed:
        yield "encoding the rows and learning the first model took longer than the budget; raise search.budget"
    for entrant in search.entrants:
        own = [trial for trial in found if trial.candidate == entrant.candidate]
        if not any(trial.state == "finished" for trial in own):
            best = max(own, key=lambda trial: (trial.folds, -trial.number))
            yield f"the candidate {best.family} got no full trial: {best.reason or 'it was not begun'}"
