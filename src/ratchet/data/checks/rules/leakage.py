"""Columns that give the label away: what will not be known, or not be true, when an answer is needed."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from ratchet.data.checks.checked_rows import GIVES_AWAY, SUSPECT, CheckedRows
from ratchet.data.checks.decision_list.learn import learn
from ratchet.data.checks.decision_list.questions import CategoryQuestions, NumberQuestions, Questions
from ratchet.data.checks.single_column import SingleColumnScore
from ratchet.data.findings import Finding
from ratchet.words import percent, short

_SURE_AUC, _STRONG_AUC = 0.985, 0.8
_SHOWN_FROM = 0.97
"""How often a short rule about a column must be right to be shown."""


def check_leakage(rows: CheckedRows) -> Iterator[Finding]:
    """A column from which alone the label follows, and the one that comes suspiciously near to it."""
    scores = rows.single_columns
    for name, score in scores.items():
        if score.explained >= GIVES_AWAY:
            yield _gives_label(rows, name, score)
        elif score.explained >= SUSPECT or score.auc >= _SURE_AUC:
            yield _suspect(rows, name, score, "warning")
    best = max(scores, key=lambda name: scores[name].auc, default=None)
    if best is not None and _STRONG_AUC <= scores[best].auc < _SURE_AUC and scores[best].explained < SUSPECT:
        yield _suspect(rows, best, scores[best], "note")


def _gives_label(rows: CheckedRows, name: str, score: SingleColumnScore) -> Finding:
    column, label = rows.frame.get_column(name), rows.frame.get_column(rows.schema.label)
    pairs = pl.DataFrame({"value": column, "label": label}).unique()
    values, both = column.n_unique(), pairs.height
    if both == values == len(rows.classes):
        how = "it is the label in other words: each value goes with one label and each label with one value"
    elif both == values:
        how = f"each of its {values:,} values goes with one label{_rule(rows, name)}"
    else:
        how = f"it alone is right on {percent(score.accuracy)} of the rows{_rule(rows, name)}"
    shown = pairs.sort("value", nulls_last=True).head(5)
    return Finding(
        check="leakage",
        severity="error",
        sentence=f"The column '{name}' gives the label away: {how}",
        count=round(score.accuracy * len(rows)),
        share=score.accuracy,
        examples=tuple(f"{name} = {_value(value)}: {given}" for value, given in shown.iter_rows()),
        todo=f'columns.{name} = "ignore", unless it is truly known before the label is',
        column=name,
        numbers={"accuracy": score.accuracy, "explained": score.explained, "auc": score.auc},
    )


def _suspect(rows: CheckedRows, name: str, score: SingleColumnScore, severity: str) -> Finding:
    strong = severity == "warning"
    measure = (
        f"ranks the rows with an area under the ROC curve of {score.auc:.2f}"
        if len(rows.classes) == 2
        else f"is right on {percent(score.accuracy)} of the rows"
    )
    return Finding(
        check="leakage",
        severity="warning" if strong else "note",
        sentence=(
            f"The column '{name}' alone {measure}"
            + (f"{_rule(rows, name)}: suspiciously much for one column" if strong else ", more than any other column")
        ),
        count=round(score.accuracy * len(rows)),
        share=score.accuracy,
        examples=(),
        todo=f"make sure that '{name}' is known at the moment an answer is needed; if not, columns.{name} = \"ignore\"",
        column=name,
        numbers={"accuracy": score.accuracy, "explained": score.explained, "auc": score.auc},
    )


def _rule(rows: CheckedRows, name: str) -> str:
    """The column's rule in words, if it is a short one."""
    sample = rows.frame[rows.sample]
    column = sample.get_column(name)
    if column.dtype.is_temporal() or len(rows.classes) > 6:
        return ""
    asked: Questions = NumberQuestions(column) if column.dtype.is_float() else CategoryQuestions(column)
    rule = learn(sample, rows.labels[rows.sample], len(rows.classes), [asked], 6)
    right = rule.predict(sample) == rows.labels[rows.sample]
    return f" ({rule.in_words(rows.classes)})" if rule.steps and right.mean() >= _SHOWN_FROM else ""


def _value(value: object) -> str:
    return "empty" if value is None else short(value, 40)
