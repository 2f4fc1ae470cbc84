"""Labels that were made by a rule: a model will learn the rule back, and its score says nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ratchet.arrays import Ints
from ratchet.data.checks.checked_rows import CheckedRows
from ratchet.data.checks.decision_list.learn import DecisionList, learn
from ratchet.data.checks.decision_list.questions import CategoryQuestions, NumberQuestions, Questions
from ratchet.data.checks.decision_list.word_questions import WordQuestions
from ratchet.data.findings import Finding
from ratchet.kinds.kind import Kind
from ratchet.words import count_of, percent

_MOST_CLASSES = 30
_EXACT, _NEARLY = 0.995, 0.98
_EXPLAINED = 0.9
"""The share of the rows outside the largest class that the rule must get right (less those it spoils)."""
_MOST_CATEGORIES = 2_000
_SMALL, _FOLDS, _AGAIN_WRONG = 5_000, 3, 0.05


def check_labelled_by_rule(rows: CheckedRows) -> Iterator[Finding]:
    """The labels as a short list of one-word or one-threshold questions, where there is one that gives them.

    Columns that give the label away all by themselves are not asked: the check of leakage names them.
    """
    if not 2 <= len(rows.classes) <= _MOST_CLASSES:
        return
    rule = _learned(rows, rows.sample)
    sample = rows.frame[rows.sample]
    if not rule.steps or not _holds(rows.labels[rows.sample], rule.predict(sample), rows.counts):
        return
    predicted = rule.predict(rows.frame)
    if not _holds(rows.labels, predicted, rows.counts) or not _comes_again(rows):
        return
    right = int((predicted == rows.labels).sum())
    share = right / len(rows)
    yield Finding(
        check="labelled_by_rule",
        severity="error" if share >= _EXACT else "warning",
        sentence=(
            f"The labels follow {_named(rule)}: {rule.in_words(rows.classes)}. It gives "
            f"{'every label' if right == len(rows) else f'{right:,} of {len(rows):,} labels ({percent(share)})'}, "
            "so a high score only says that the rule was found"
        ),
        count=right,
        share=share,
        examples=tuple(
            f"{predicate} -> {rows.classes[label]}: {count_of(int(hit.sum()), 'row')}"
            for predicate, label in rule.steps[:8]
            for hit in [sample.select(predicate.expression().alias("hit")).to_series()]
        ),
        todo="use the rule itself, or have people label the rows; a model cannot be better than this rule",
        column=rows.schema.label,
        numbers={"accuracy": share, "questions": float(len(rule.steps))},
    )


def _learned(rows: CheckedRows, places: Ints) -> DecisionList:
    """The best list for some rows; columns that give the label away by themselves are not asked."""
    frame, without = rows.frame[places], rows.leaking
    questions: list[Questions] = []
    texts = [name for name in rows.named(Kind.TEXT) if name not in without]
    if texts:
        words = WordQuestions(rows.joined(frame, texts), texts)
        questions += [words] if words.count else []
    for name in rows.named(Kind.NUMBER):
        if name not in without:
            questions.append(NumberQuestions(frame.get_column(name)))
    for name in rows.named(Kind.CATEGORY):
        if name not in without and frame.get_column(name).n_unique() <= _MOST_CATEGORIES:
            questions.append(CategoryQuestions(frame.get_column(name)))
    if not questions:
        return DecisionList(steps=(), last=0)
    return learn(frame, rows.labels[places], len(rows.classes), questions, 2 * len(rows.classes) + 4)


def _holds(labels: Ints, predicted: Ints, counts: Ints) -> bool:
    """Whether the rule gives nearly all labels, and nearly all that guessing the largest class does not."""
    wrong = int((predicted != labels).sum())
    missed = int((labels != int(np.argmax(counts))).sum())
    return wrong <= (1 - _NEARLY) * len(labels) and wrong <= (1 - _EXPLAINED) * missed


def _comes_again(rows: CheckedRows) -> bool:
    """Whether, in a small table, rules learned from two thirds of the rows give the labels of the last third.

    Classes that are merely easy to tell apart have a rule too, but each part of the rows has another one.
    """
    if len(rows) > _SMALL:
        return True
    folds = np.random.default_rng(0).permutation(len(rows)) % _FOLDS
    wrong = 0
    for fold in range(_FOLDS):
        rule = _learned(rows, np.flatnonzero(folds != fold))
        out = np.flatnonzero(folds == fold)
        wrong += int((rule.predict(rows.frame[out]) != rows.labels[out]).sum())
    missed = len(rows) - int(rows.counts.max())
    return wrong <= _AGAIN_WRONG * len(rows) and wrong <= missed / 2


def _named(rule: DecisionList) -> str:
    texts = any('"' in str(predicate) for predicate, _ in rule.steps)
    numbers = any('"' not in str(predicate) for predicate, _ in rule.steps)
    if texts and not numbers:
        return "a one-word rule"
    return "a rule of words and values" if texts else "a rule of single values"
