from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mapie.classification import SplitConformalClassifier
from sklearn.base import BaseEstimator, ClassifierMixin

from ratchet.arrays import Hashes, Labels, Probabilities
from ratchet.errors import SpecError
from ratchet.models.conformal import Conformal, fit


def drawn(rows: int, classes: int, seed: int = 0, noise: float = 0.7) -> tuple[Probabilities, Labels]:
    """Answers of a model that is right about the order and wrong about the sizes."""
    rng = np.random.default_rng(seed)
    true = rng.dirichlet(np.full(classes, 0.5), rows)
    labels = np.minimum((rng.random(rows)[:, None] > true.cumsum(axis=1)).sum(axis=1), classes - 1)
    said = true ** rng.uniform(1, 1 + noise, (rows, 1)) + 1e-4
    return said / said.sum(axis=1, keepdims=True), labels.astype(np.int32)


@pytest.mark.parametrize("classes", [2, 5, 27])
def test_sets_hold_the_true_class_as_often_as_promised(classes: int) -> None:
    """Over many splits the mean coverage lies at the target; it may lie above where the top class is enough."""
    p, labels = drawn(12_000, classes)
    rng = np.random.default_rng(1)
    covered = []
    for _ in range(30):
        mixed = rng.permutation(len(labels))
        known, asked = mixed[:3_000], mixed[3_000:]
        covered.append(fit(p[known], labels[known], 0.9).measure(p[asked], labels[asked]).coverage)
    assert 0.895 <= float(np.mean(covered)) <= 0.91


class Given(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A model of scikit-learn's kind whose inputs are its answers, for MAPIE to wrap."""

    def fit(self, X: Any, y: Any) -> Given:
        self.classes_ = np.arange(X.shape[1])
        self.is_fitted_ = True
        return self

    def predict_proba(self, X: Any) -> Any:
        return np.asarray(X)

    def predict(self, X: Any) -> Any:
        return np.asarray(X).argmax(axis=1)


class Always(np.random.RandomState):
    """Chance that always draws one."""

    def uniform(self, low: Any = 0.0, high: Any = 1.0, size: Any = None) -> Any:
        return np.ones(size)


def mapie_sets(p: Probabilities, labels: Labels, asked: Probabilities) -> Any:
    """(rows, classes) the sets of MAPIE at coverage 0.9, drawing no chances."""
    conformal = SplitConformalClassifier(
        Given().fit(p, labels), confidence_level=0.9, conformity_score="lac", prefit=True, random_state=Always()
    )
    conformal.conformalize(p, labels)
    return conformal.predict_set(asked)[1][:, :, 0]


@pytest.mark.parametrize("classes", [2, 3, 4])
def test_sets_are_mapies(classes: int) -> None:
    p, labels = drawn(900, classes)
    asked, _ = drawn(700, classes, seed=1)
    theirs = mapie_sets(p, labels, asked)
    assert theirs.any(axis=1).all(), "none of MAPIE's sets is empty, where ours would have the top class"
    assert 1 < theirs.sum(axis=1).mean() < classes
    assert np.array_equal(fit(p, labels, 0.9).contains(asked), theirs)


def test_a_model_that_is_right_more_often_than_promised_answers_with_one_class() -> None:
    p, labels = drawn(2_000, 3, noise=20.0)
    sure = p.max(axis=1) > 0.9
    assert float((p[sure].argmax(axis=1) == labels[sure]).mean()) > 0.8
    assert all(len(each) == 1 for each in fit(p[sure], labels[sure], 0.8).sets(p[sure]))


@given(st.integers(1, 40), st.floats(0.05, 0.95), st.integers(2, 6), st.integers(0, 2**31))
def test_promises_of_every_set(rows: int, coverage: float, classes: int, seed: int) -> None:
    p, labels = drawn(rows, classes, seed)
    conformal = fit(p, labels, coverage)
    sets = conformal.sets(p)
    assert all(each and each[0] == row.argmax() for each, row in zip(sets, p, strict=True))
    for each, row in zip(sets, p, strict=True):
        assert list(each) == sorted(each, key=lambda at: (-row[at], at))
        assert conformal.sets(row[None]) == [each]
    assert Conformal.from_state(conformal.state()).sets(p) == sets
    quality = conformal.measure(p, labels)
    assert quality.covered == sum(label in each for label, each in zip(labels, sets, strict=True))
    assert quality.single == sum(len(each) == 1 for each in sets)
    assert quality.mean_size == pytest.approx(np.mean([len(each) for each in sets]))
    assert quality.covered >= min(rows, math.ceil((rows + 1) * coverage - 1e-9))


def test_too_few_rows_promise_by_answering_everything() -> None:
    p, labels = drawn(8, 4)
    assert fit(p, labels, 0.9).sets(p[:1])[0] == tuple(np.argsort(-p[0], kind="stable"))
    p, labels = drawn(9, 4)
    assert np.isfinite(fit(p, labels, 0.9).limits).all()
    assert fit(p[:0], labels[:0], 0.5).sets(p[:1]) == fit(p[:0], labels[:0], 0.99).sets(p[:1])


def test_abstention_is_everything_but_one_class() -> None:
    p, labels = drawn(2_000, 5)
    quality = fit(p[:1_000], labels[:1_000], 0.9).measure(p[1_000:], labels[1_000:])
    assert quality.abstained == pytest.approx(1 - quality.single / 1_000)
    assert quality.single_right <= quality.single
    assert quality.single_right / quality.single > float((p[1_000:].argmax(1) == labels[1_000:]).mean())
    assert math.isnan(fit(p, labels, 0.9).measure(p[:0], labels[:0]).coverage)


@pytest.mark.parametrize("coverage", [0.0, 1.0, -1.0, 95.0, float("nan")])
def test_a_coverage_that_cannot_be_promised_is_refused(coverage: float) -> None:
    p, labels = drawn(20, 3)
    with pytest.raises(SpecError, match="cannot be promised"):
        fit(p, labels, coverage)


def uneven(rows: int, seed: int) -> tuple[Probabilities, Labels]:
    """Answers about three classes that overlap, the last of which is rare: its rows are mostly taken for others."""
    rng = np.random.default_rng(seed)
    share = np.array([0.6, 0.36, 0.04])
    labels = rng.choice(3, rows, p=share).astype(np.int32)
    x = np.eye(3)[labels] * 1.8 + rng.normal(size=(rows, 3))
    weight = share * np.exp(1.8 * x)
    return weight / weight.sum(axis=1, keepdims=True), labels


def coverage_of(conformal: Conformal, p: Probabilities, labels: Labels, each: int) -> float:
    return conformal.measure(p[labels == each], labels[labels == each]).coverage


def test_classwise_sets_keep_the_promise_in_every_class_where_average_ones_do_not() -> None:
    asked, truth = uneven(60_000, 0)
    average, classwise = np.zeros((20, 3)), np.zeros((20, 3))
    for seed in range(20):
        p, labels = uneven(3_000, seed + 1)
        for found, by_class in ((average, False), (classwise, True)):
            conformal = fit(p, labels, 0.9, classwise=by_class)
            found[seed] = [coverage_of(conformal, asked, truth, each) for each in range(3)]
    assert average.mean(axis=0).min() < 0.5
    assert classwise.mean(axis=0)[1:] == pytest.approx([0.9, 0.9], abs=0.01)
    assert classwise.mean(axis=0)[0] > 0.9, "its rows are right more often than promised"


def test_a_class_of_few_rows_is_not_in_every_set() -> None:
    """A class of 5 rows, where a limit of its own takes 19: their largest score, or the pool's limit."""
    p, labels = uneven(2_000, 3)
    kept = np.sort(np.concatenate([np.flatnonzero(labels != 2), np.flatnonzero(labels == 2)[:5]]))
    p, labels = p[kept], labels[kept]
    conformal = fit(p, labels, 0.95, classwise=True)
    assert np.isfinite(conformal.limits).all()
    assert conformal.contains(p)[labels == 2, 2].all()
    assert min(map(len, conformal.sets(p))) == 1


def test_a_class_without_a_row_gets_the_limit_of_the_small_ones() -> None:
    p, labels = drawn(400, 4)
    p, labels = p[labels < 2], labels[labels < 2]
    conformal = fit(p, labels, 0.9, classwise=True)
    assert np.isfinite(conformal.limits).all()
    assert conformal.limits[2] == conformal.limits[3]


def test_too_few_rows_for_any_class_promise_nothing() -> None:
    p, labels = drawn(12, 3)
    assert np.isinf(fit(p, labels, 0.95, classwise=True).limits).all()


def in_units(units: int, size: int, seed: int) -> tuple[Probabilities, Labels, Hashes]:
    """Two classes; some units are hard, in all their rows."""
    rng = np.random.default_rng(seed)
    which = np.repeat(np.arange(units), size)
    labels = rng.integers(0, 2, len(which)).astype(np.int32)
    lean = rng.normal(0, 2, units)[which] + rng.normal(0, 0.3, len(which)) + np.where(labels == 1, 1.5, -1.5)
    p = 1 / (1 + np.exp(-lean))
    return np.column_stack([1 - p, p]), labels, which.astype(np.uint64)


def test_units_count_as_one_whatever_their_rows() -> None:
    p, labels, units = in_units(40, 1, 0)
    times = np.arange(40) % 4 + 1
    many = fit(p.repeat(times, axis=0), labels.repeat(times), 0.9, units=units.repeat(times))
    assert many.limits == pytest.approx(fit(p, labels, 0.9).limits)
    assert fit(p, labels, 0.9, units=units).limits == pytest.approx(fit(p, labels, 0.9).limits)


def test_few_units_of_many_rows_promise_no_more_than_few_rows() -> None:
    """20 units of 25 rows: as 500 rows of their own they would miss what 20 units keep."""
    asked, truth, _ = in_units(4_000, 1, 999)
    by_unit, by_row = [], []
    for seed in range(200):
        p, labels, units = in_units(20, 25, seed)
        by_unit.append(fit(p, labels, 0.9, units=units).measure(asked, truth).coverage)
        by_row.append(fit(p, labels, 0.9).measure(asked, truth).coverage)
    assert np.mean(by_unit) >= 0.9 - 2 * np.std(by_unit) / 200**0.5
    assert np.mean(by_row) < np.mean(by_unit) - 0.01


@given(st.integers(1, 60), st.floats(0.3, 0.95), st.integers(2, 6), st.integers(0, 2**31))
def test_promises_of_classwise_sets(rows: int, coverage: float, classes: int, seed: int) -> None:
    p, labels = drawn(rows, classes, seed)
    units = np.random.default_rng(seed).integers(0, max(1, rows // 2), rows).astype(np.uint64)
    conformal = fit(p, labels, coverage, classwise=True, units=units)
    assert all(each[0] == row.argmax() for each, row in zip(conformal.sets(p), p, strict=True))
    again = Conformal.from_state(conformal.state())
    assert again.sets(p) == conformal.sets(p)
    assert again.classwise
