"""What may be printed of the holdout: enough to act on, too little to climb on.

Who reads exact numbers of every version that is held can train towards them, and so towards the holdout.  The Ladder
(Blum & Hardt 2015, section 3) shows how much may be told: a new number only where a model is better beyond its
standard error, and then rounded to it.  So here, by what became of a version: promoted, everything; in need of data,
which only one is that lies a standard error above all that was told before (`ratchet.gate.rules.champion`), its metrics
and its difference to the champion, rounded to a step of one standard error; not shown to be better than the champion,
that alone; held for another reason, the rounded metrics and no differences; held before the holdout was asked, nothing
of the holdout.  Out-of-fold numbers cost the holdout nothing and are told in full.  All is kept: who asks for it in
full takes a look, which is recorded (`ratchet.gate.uses`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from ratchet.evaluation.labelling import MOST_PROBABLE, beside, with_what
from ratchet.evaluation.scorecard import Gap, Labelling, Scorecard, Sets
from ratchet.evaluation.sets import in_words
from ratchet.evaluation.summary import MAJORITY
from ratchet.gate.decision import AGAINST_CHAMPION, Check, Decision
from ratchet.gate.headline import headline
from ratchet.metrics import catalogue
from ratchet.statistics.measured import Measured

_ERRORS = 2 * 1.959964
"""A 95 % interval is so many standard errors long."""
_TERMS = frozenset({"alpha", "floor", "margin", "rows", "share", "looked_at"})
"""The numbers of a check that are the terms it was judged on, not what the holdout said."""


How = Literal["in full", "rounded", "left out", "not asked"]


def how(found: Decision) -> How:
    """How the holdout's numbers of the version that a decision is about may be told."""
    if found.outcome == "promote":
        return "in full"
    if not found.asked:
        return "not asked"
    return "left out" if _lost(found) is not None else "rounded"


def _lost(found: Decision) -> Check | None:
    """The comparison with the champion, where it failed."""
    check = found.against_champion
    return check if check is not None and check.passed is False else None


def decision(found: Decision) -> Decision:
    """What may be printed of a decision: all of a promotion, and of one that did not ask the holdout."""
    if found.outcome == "promote" or not found.asked:
        return found
    told = found.outcome == "need_data"
    checks = tuple(_check(each, told=told and each.passed is None) for each in _until_lost(found))
    needed = None if found.rows_needed is None else _rough(found.rows_needed)
    rows = None if needed is None else int(needed)
    return replace(found, checks=checks, sentence=headline(found.outcome, checks, rows), rows_needed=rows)


def _until_lost(found: Decision) -> tuple[Check, ...]:
    """The checks up to the comparison with the champion, where that failed: what else failed would tell of the rows."""
    lost = _lost(found)
    return found.checks if lost is None else found.checks[: found.checks.index(lost) + 1]


def scorecard(card: Scorecard, found: Decision) -> Scorecard:
    """What may be printed of the scorecard of the version that a decision is about.

    Of one that is not promoted only metrics, in all, by class and by slice, its baselines and its sets, are left, each
    rounded, and not even these where it is not shown to be better than the champion; a confusion matrix, a curve or a
    segment tells single rows.  What a threshold brings is told out of fold.
    """
    if found.outcome == "promote":
        return card
    known = Scorecard(
        classes=card.classes,
        metrics={},
        per_class={},
        confusion=(),
        baselines={},
        cost=card.cost,
        search_score=card.search_score,
        search=card.search,
        candidates=card.candidates,
        train_seconds=card.train_seconds,
        training_notes=card.training_notes,
        positive=card.positive,
        headings=card.headings,
        summary=decision(found).sentence,
        metric=card.metric,
        labelling=_labelling(card),
    )
    if how(found) == "rounded":
        return _rounded_card(known, card, found)
    said = [_guessing(card, found) if found.asked else "", known.summary, _out_of_fold(card)]
    return replace(known, summary=" ".join(filter(None, said)))


def rounded(each: Measured) -> Measured:
    """A number in steps of about its standard error (1, 2 or 5 of a decimal place), its interval to whole steps.

    >>> print(rounded(Measured(value=0.8437, low=0.8281, high=0.8583, n=2_212, method="wilson")))
    0.840 (0.820 to 0.860, n=2212)
    """
    step = _rough((each.high - each.low) / _ERRORS)
    if step == 0 or not math.isfinite(step):
        return each
    # In whole steps: 0.8437 with a step of 0.01 is 84 of them, and 0.8281 to 0.8583 becomes 82 to 86.
    low, high = math.floor(each.low / step) * step, math.ceil(each.high / step) * step
    low = max(low, 0.0) if each.low >= 0 else low
    high = min(high, 1.0) if each.high <= 1 else high
    return replace(each, value=_clean(round(each.value / step) * step), low=_clean(low), high=_clean(high))


def _check(check: Check, *, told: bool) -> Check:
    if check.plain == check.sentence:
        return check
    numbers = {name: value for name, value in check.numbers.items() if name in _TERMS}
    step = _rough(check.numbers.get("error", 0.0))
    if not told or check.rule not in AGAINST_CHAMPION or step == 0:
        return replace(check, sentence=check.plain, numbers=numbers)
    apart = _clean(round(check.numbers["difference"] / step) * step)
    sentence = (
        f"{check.plain} It looks about {abs(apart):g} {'better' if apart >= 0 else 'worse'}, give or take {step:g}."
    )
    return replace(check, sentence=sentence, numbers=numbers | {"difference": apart, "error": step})


def _rounded_card(known: Scorecard, card: Scorecard, found: Decision) -> Scorecard:
    """What is known without the holdout, and the rounded numbers of the holdout beside it."""
    own = None if card.metric not in card.metrics else rounded(card.metrics[card.metric])
    return replace(
        known,
        notes=card.notes,
        metrics=_each(card.metrics),
        per_class=_all(card.per_class),
        baselines=_all(card.baselines),
        slices=_all(card.slices),
        summary=" ".join(filter(None, [_guessing(card, found), known.summary, _about(card, own), _out_of_fold(card)])),
        gap=None if own is None or card.gap is None else _gap(card.gap, own, found),
        sets=None if card.sets is None else _sets(card.sets),
    )


def _labelling(card: Scorecard) -> Labelling | None:
    """How labels are decided, and what that brings out of fold: rounded, the holdout's numbers may be the same."""
    found = card.labelling and replace(card.labelling, here=None, plain=None)
    return found and beside(found, catalogue.metric(found.metric).prose, card.search, card.search_score)


def _guessing(card: Scorecard, found: Decision) -> str:
    """How it compares with always guessing, which everybody must read first."""
    check = next((each for each in found.checks if each.rule == "beats_majority"), None)
    if check is None or check.plain in decision(found).sentence:
        return ""
    guess = card.baselines.get(MAJORITY, {}).get("accuracy")
    return check.plain if guess is None else f"{check.plain[:-1]}, which scores {rounded(guess).value:g} accuracy."


def _out_of_fold(card: Scorecard) -> str:
    if card.search is None:
        return ""
    heading = card.headings.get(card.metric) or catalogue.metric(card.metric).heading
    said = f"Out of fold its {heading} is {card.search.value:.3f} ({card.search.low:.3f} to {card.search.high:.3f})"
    if card.labelling is None or card.search_score is None:
        return f"{said}."
    return f"{said} {with_what(card.labelling)} ({card.search_score:.3f} {MOST_PROBABLE})."


def _about(card: Scorecard, own: Measured | None) -> str:
    if own is None:
        return ""
    heading = card.headings.get(card.metric) or catalogue.metric(card.metric).heading
    return f"{heading} about {own.value:g} ({own.low:g} to {own.high:g}), rounded to steps of about its standard error."


def _gap(gap: Gap, own: Measured, found: Decision) -> Gap:
    sentence = next((each.plain for each in found.checks if each.rule == "gap"), "")
    return replace(gap, holdout=own.value, sentence=sentence)


def _sets(sets: Sets) -> Sets:
    worst = sets.worst and replace(sets.worst, coverage=rounded(sets.worst.coverage))
    found = replace(
        sets,
        coverage=rounded(sets.coverage),
        mean_size=rounded(sets.mean_size),
        abstained=rounded(sets.abstained),
        single_right=sets.single_right and rounded(sets.single_right),
        worst=worst,
    )
    return replace(found, sentence=in_words(found))


def _all(found: Mapping[str, Mapping[str, Measured]]) -> dict[str, dict[str, Measured]]:
    return {name: _each(each) for name, each in found.items()}


def _each(found: Mapping[str, Measured]) -> dict[str, Measured]:
    return {name: rounded(each) for name, each in found.items()}


def _rough(number: float) -> float:
    """The next larger number of 1, 2, 5, 10, 20, 50 ...: the exact one would tell what rounding hides.

    >>> [_rough(each) for each in (0.0077, 0.012, 2_100, 5_000)]
    [0.01, 0.02, 5000.0, 5000.0]
    """
    if number <= 0 or not math.isfinite(number):
        return 0.0
    place = 10.0 ** math.floor(math.log10(number))
    return _clean(next(each * place for each in (1, 2, 5, 10) if each * place >= number * (1 - 1e-9)))


def _clean(number: float) -> float:
    """Without the dust of binary fractions: 0.84 and not 0.8400000000000001."""
    return round(number, 12)
