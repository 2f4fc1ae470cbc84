"""ROC and precision-recall curves at fixed places, against scikit-learn's; the top tenth; bands."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import precision_recall_curve, roc_curve

from ratchet.arrays import Labels, Probabilities
from ratchet.evaluation.ranking import ranking


def _answers(rows: int = 3_000, classes: int = 2, seed: int = 0) -> tuple[Labels, Probabilities]:
    rng = np.random.default_rng(seed)
    labels = rng.choice(classes, rows, p=np.array([0.7, 0.3]) if classes == 2 else None).astype(np.int32)
    scores = rng.normal(size=(rows, classes))
    scores[np.arange(rows), labels] += 1.2
    exp = np.exp(scores)
    return labels, exp / exp.sum(axis=1, keepdims=True)


def test_the_curves_are_those_of_the_positive_class() -> None:
    labels, probabilities = _answers()
    (found,) = ranking(("no", "yes"), labels, probabilities, positive=1)
    assert found.name == "yes"
    false, true, _ = roc_curve(labels, probabilities[:, 1], drop_intermediate=False)
    for each in found.roc:
        assert each.value == pytest.approx(true[false <= each.at + 1e-9].max(), abs=1e-4)
        assert each.low <= each.value <= each.high
    right, part, _ = precision_recall_curve(labels, probabilities[:, 1])
    for each in found.precision_recall:
        assert each.value == pytest.approx(right[np.flatnonzero(part >= each.at - 1e-9)[-1]], abs=1e-4)
    assert found.precision_recall[-1].at == 1.0
    assert found.roc[-1].value == 1.0


def test_the_top_tenth_holds_more_than_a_tenth() -> None:
    labels, probabilities = _answers()
    (found,) = ranking(("no", "yes"), labels, probabilities, positive=1)
    top = np.argsort(-probabilities[:, 1], kind="stable")[:300]
    assert found.top_tenth.value == pytest.approx(labels[top].sum() / labels.sum())
    assert found.top_tenth.low > 0.2
    assert found.share == pytest.approx(labels.mean())


def test_bands_hold_the_true_curve_and_copies_of_rows_make_them_no_narrower() -> None:
    labels, probabilities = _answers(400)
    truth = ranking(("no", "yes"), *_answers(200_000, seed=9), positive=1)[0].roc
    found = ranking(("no", "yes"), labels, probabilities, positive=1)[0].roc
    held = [one.low <= other.value <= one.high for one, other in zip(found, truth, strict=True)]
    assert sum(held) >= 0.85 * len(held)
    copies = np.repeat(np.arange(400), 10)
    units = copies.astype(np.uint64)
    again = ranking(("no", "yes"), labels[copies], probabilities[copies], positive=1, units=units)[0].roc
    plain = ranking(("no", "yes"), labels[copies], probabilities[copies], positive=1)[0].roc
    assert again[8].high - again[8].low > 2 * (plain[8].high - plain[8].low)


def test_a_few_classes_have_a_curve_each_and_many_none() -> None:
    labels, probabilities = _answers(classes=3)
    assert [each.name for each in ranking(("a", "b", "c"), labels, probabilities)] == ["a", "b", "c"]
    none = np.where(labels == 2, 0, labels).astype(np.int32)
    assert [each.name for each in ranking(("a", "b", "c"), none, probabilities)] == ["a", "b"]
    labels, probabilities = _answers(classes=7)
    assert ranking(tuple("abcdefg"), labels, probabilities) == ()
