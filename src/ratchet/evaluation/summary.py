"""The scorecard in words: its first line, and what must be known before its numbers are believed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np

from ratchet.arrays import Labels, Probabilities
from ratchet.evaluation import last_label
from ratchet.evaluation.scorecard import Gap, Lift
from ratchet.metrics.metric import Metric
from ratchet.metrics.predicted import most_probable
from ratchet.statistics.measured import FEW, Measured
from ratchet.words import listed

_MOST = 8
"""So many classes are named; of more it is said how many."""

SplitBy = Literal["hash", "group", "time", "column"]
"""What parts the rows held out from the others: chance, groups, time, or the table's own column."""
_HELD_OUT: dict[SplitBy, str] = {
    "hash": "the rows held out",
    "group": "the groups held out",
    "time": "the newest rows, held out,",
    "column": "the table's own test rows",
}
_CAUSES: dict[SplitBy, str] = {
    "hash": "or rows leak between the folds",
    "group": "rows leak between the folds, or the groups held out come from elsewhere",
    "time": "rows leak between the folds, or the rows held out come later, when things have changed",
    "column": "rows leak between the folds, or the table's test rows come from elsewhere or later",
}

MAJORITY, ONE_FEATURE = "majority.v1", "one_feature.v1"


def guessed(classes: tuple[str, ...], labels: Labels, baseline: Probabilities | None) -> tuple[str, float]:
    """The class that always guessing names, and the accuracy it gets on these rows."""
    source = labels if baseline is None else most_probable(baseline)
    which = int(np.bincount(source, minlength=len(classes)).argmax()) if len(source) else 0
    return classes[which], float((labels == which).mean()) if len(labels) else float("nan")


def summary(
    *,
    metric: Metric,
    measures: Mapping[str, Measured],
    baselines: Mapping[str, Mapping[str, Measured]],
    lift: Mapping[str, Lift],
    guess: tuple[str, float],
) -> str:
    """The first line: whether the model beats always guessing and one-feature rules, before any number of its own."""
    name, guess_accuracy = guess
    if metric.name not in measures or (baselines and not lift):
        return f"NOTHING IS KNOWN of this model: the holdout is too small to measure its {metric.prose}."
    own = measures[metric.name]
    score = f"{metric.prose} {own.value:.2f} ({own.low:.2f} to {own.high:.2f})"
    beaten = [family for family in lift if lift[family].better]
    lost = [family for family in lift if not lift[family].better]
    if MAJORITY in lost:
        first = f"NOT SHOWN TO BE BETTER than always guessing {name}, which scores {guess_accuracy:.2f} accuracy"
        return (
            f"{first}: {score} against {baselines[MAJORITY][metric.name].value:.2f}.{_others(lost, baselines, metric)}"
        )
    words = listed([_naming(family, name, baselines[family][metric.name].value) for family in beaten])
    if not lift:
        first = f"NOT COMPARED with any baseline: {score}."
    elif not lost:
        first = f"Beats {words}: {score}."
    else:
        worse = listed([_naming(family, name, baselines[family][metric.name].value) for family in lost])
        first = (
            f"NOT SHOWN TO BE BETTER than {worse}" + (f", though it beats {words}" if beaten else "") + f": {score}."
        )
    return first + _accuracy(metric, measures["accuracy"], guess)


def notes(classes: tuple[str, ...], labels: Labels, probabilities: Probabilities) -> tuple[str, ...]:
    """What the holdout cannot tell: classes with few or no rows, classes never predicted."""
    support = np.bincount(labels, minlength=len(classes))
    predicted = np.bincount(most_probable(probabilities), minlength=len(classes))
    found = []
    absent = [classes[each] for each in np.flatnonzero(support == 0)]
    if absent:
        found.append(f"Nothing is known of {listed(absent, _MOST)}: the holdout has no such row.")
    few = [f"{classes[each]} ({support[each]})" for each in np.flatnonzero((support > 0) & (support < FEW))]
    if few:
        found.append(f"Little is known of {listed(few, _MOST)}: fewer than {FEW} holdout rows each.")
    never = [classes[each] for each in np.flatnonzero((support > 0) & (predicted == 0))]
    if never:
        found.append(f"Never predicted, though it occurs: {listed(never, _MOST)}.")
    return tuple(found)


def gap(metric: Metric, search: Measured, holdout: Measured, rule: SplitBy = "hash") -> Gap:
    """What the search measured judged against the holdout, by both intervals; ``rule`` is what parts the two."""
    up = metric.higher_is_better
    worrying = search.low > holdout.high if up else search.high < holdout.low
    found = both(metric, search, holdout, rule)
    if worrying:
        sentence = f"{found}: more than chance. The model was chosen by luck, {_CAUSES[rule]}."
    else:
        sentence = f"{found}: they agree." if _overlap(search, holdout) else f"{found}: the rows held out are easier."
    return Gap(search=search.value, holdout=holdout.value, worrying=worrying, sentence=sentence)


def both(metric: Metric, search: Measured, holdout: Measured, rule: SplitBy) -> str:
    """What the search measured and what the holdout says, side by side."""
    return (
        f"Cross-validation inside the training rows gives {metric.prose} {_spanned(search)}, "
        f"{_HELD_OUT[rule]} {_spanned(holdout)}"
    )


def _overlap(one: Measured, other: Measured) -> bool:
    return one.low <= other.high and other.low <= one.high


def _spanned(measured: Measured) -> str:
    about = "about " if measured.approximate else ""
    return f"{measured.value:.3f} ({about}{measured.low:.3f} to {measured.high:.3f})"


def _accuracy(metric: Metric, own: Measured, guess: tuple[str, float]) -> str:
    """The sentence that keeps a reader from being fooled by the accuracy of a dominating class."""
    name, accuracy = guess
    if metric.name == "accuracy":
        return ""
    if own.low <= accuracy:
        first = f"Its accuracy, {own.value:.2f},"
        return f" {first} is NOT SHOWN TO BE BETTER than always guessing {name}, which scores {accuracy:.2f}."
    return f" Accuracy {own.value:.2f}, where always guessing {name} scores {accuracy:.2f}."


def _others(lost: list[str], baselines: Mapping[str, Mapping[str, Measured]], metric: Metric) -> str:
    if ONE_FEATURE not in lost:
        return ""
    score = baselines[ONE_FEATURE][metric.name].value
    return f" Nor is it shown to be better than the best one-feature rule ({score:.2f})."


def called(family: str, guess: str) -> str:
    """A baseline as people call it in a sentence; ``guess`` is the class that always guessing names.

    >>> called("last_label.v1", "no"), called("majority.v1", "no")
    ('guessing the last label', 'always guessing no')
    """
    names = {
        MAJORITY: f"always guessing {guess}",
        ONE_FEATURE: "the best one-feature rule",
        last_label.NAME: last_label.WORDS,
    }
    return names.get(family, family)


def _naming(family: str, guess: str, value: float) -> str:
    return f"{called(family, guess)} ({value:.2f})"
