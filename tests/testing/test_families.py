"""The family kit finds each broken promise, and nothing wrong with a family that keeps them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np
import pytest

from ratchet.arrays import Labels, Probabilities
from ratchet.features.encoder import Matrix, State
from ratchet.kinds.kind import Kind
from ratchet.models.family import Choice, Range, Shape
from ratchet.testing.families import check_family, made_up

_counter = itertools.count()


class Nearest:
    """The class whose mean is nearest, softly."""

    family: ClassVar[str] = "nearest.v1"

    def __init__(self, means: Any) -> None:
        self.means = np.asarray(means, dtype=np.float64)

    def predict(self, rows: Matrix) -> Probabilities:
        distances = ((rows.dense[:, None, :] - self.means[None]) ** 2).sum(axis=2)
        scores = np.exp(-np.clip(distances - distances.min(axis=1, initial=np.inf)[:, None], 0, 700))
        chances: Probabilities = scores / scores.sum(axis=1, keepdims=True)
        return chances

    def state(self) -> State:
        return State(arrays={"means": self.means})

    @classmethod
    def from_state(cls, state: State) -> Self:
        return cls(state.arrays["means"])


class NearestMean:
    name: ClassVar[str] = "nearest.v1"
    encoders: ClassVar[Mapping[Kind, str]] = {Kind.NUMBER: "standard.v1", Kind.CATEGORY: "onehot.v1"}
    model: ClassVar[type[Nearest]] = Nearest

    def space(self, shape: Shape) -> Mapping[str, Choice | Range]:
        return {"shrink": Range(0.0, 1.0), "centre": Choice(("mean", "median"))}

    def defaults(self, shape: Shape) -> Mapping[str, Any]:
        return {"shrink": 0.1, "centre": "mean"}

    def fit(
        self, rows: Matrix, labels: Labels, classes: int, params: Mapping[str, Any], *, seed: int, threads: int = 1,
        names: Sequence[str] = (),
    ) -> Nearest:  # fmt: skip
        centre: Any = np.mean if params["centre"] == "mean" else np.median
        whole = centre(rows.dense, axis=0)
        means = [centre(rows.dense[labels == k], axis=0) if (labels == k).any() else whole + 9 for k in range(classes)]
        return self.model(np.array(means) * (1 - params["shrink"]) + whole * params["shrink"])


def test_nothing_is_wrong_with_a_good_family() -> None:
    check_family(NearestMean())


class Guess(NearestMean):
    def fit(self, *args: Any, **kwargs: Any) -> Nearest:
        made = super().fit(*args, **kwargs)
        return self.model(made.means * 0)


def test_a_family_that_learns_nothing_is_found_unless_it_says_so() -> None:
    with pytest.raises(AssertionError, match="largest class"):
        check_family(Guess())
    check_family(Guess(), learns=False)


class DefaultOutside(NearestMean):
    def defaults(self, shape: Shape) -> Mapping[str, Any]:
        return {"shrink": 2.0, "centre": "mean"}


class OtherOptionsInSmallTables(NearestMean):
    def space(self, shape: Shape) -> Mapping[str, Choice | Range]:
        return {**super().space(shape), "centre": Choice(("mean",) if shape.rows < 50 else ("mean", "median"))}


class MoreOfManyClasses(NearestMean):
    def defaults(self, shape: Shape) -> Mapping[str, Any]:
        return {**super().defaults(shape), **({"steps": 3} if shape.classes > 100 else {})}


class NoDefault(NearestMean):
    def defaults(self, shape: Shape) -> Mapping[str, Any]:
        return {"shrink": 0.5}


class Restless(NearestMean):
    def fit(self, *args: Any, **kwargs: Any) -> Nearest:
        made = super().fit(*args, **kwargs)
        return self.model(made.means + next(_counter) * 1e-3)


class NeedsEveryClass(NearestMean):
    def fit(self, rows: Matrix, labels: Labels, classes: int, params: Mapping[str, Any], **kwargs: Any) -> Nearest:
        assert len(np.unique(labels)) == classes, "needs every class"
        return super().fit(rows, labels, classes, params, **kwargs)


class EndOfRangeFails(NearestMean):
    def fit(self, rows: Matrix, labels: Labels, classes: int, params: Mapping[str, Any], **kwargs: Any) -> Nearest:
        assert params["shrink"] < 1, "the end of the range fails"
        return super().fit(rows, labels, classes, params, **kwargs)


class ChangesItsRows(NearestMean):
    def fit(self, rows: Matrix, *args: Any, **kwargs: Any) -> Nearest:
        rows.dense[0] += 1
        return super().fit(rows, *args, **kwargs)


class _Batch(Nearest):
    def predict(self, rows: Matrix) -> Probabilities:
        return super().predict(Matrix(rows.dense - rows.dense.mean(axis=0) if len(rows) else rows.dense))


class _Unnormed(Nearest):
    def predict(self, rows: Matrix) -> Probabilities:
        return super().predict(rows) * 0.9


class _NotANumber(Nearest):
    def predict(self, rows: Matrix) -> Probabilities:
        return super().predict(rows) * np.nan


class _Forgets(Nearest):
    def state(self) -> State:
        return State(arrays={"means": self.means.round(1)})


def _with(kind: type[Nearest]) -> type[NearestMean]:
    return type(f"With{kind.__name__}", (NearestMean,), {"model": kind})


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (DefaultOutside, "shrink = 2.0 lies in"),
        (NoDefault, "centre has none"),
        (OtherOptionsInSmallTables, "centre = 'median' may be fixed in Shape"),
        (MoreOfManyClasses, "has the parameters that Shape"),
        (Restless, "one seed"),
        (NeedsEveryClass, "needs every class"),
        (EndOfRangeFails, "end of the range"),
        (ChangesItsRows, "leave the rows"),
        (_with(_Batch), "alone"),
        (_with(_Unnormed), "sums to one"),
        (_with(_NotANumber), "finite"),
        (_with(_Forgets), "saved and read"),
    ],
)
def test_each_broken_promise_is_found(broken: type[NearestMean], words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        check_family(broken())


def test_made_up_rows_hold_every_class() -> None:
    rows = made_up(NearestMean(), count=40, classes=5)
    assert sorted(set(rows.labels.tolist())) == [0, 1, 2, 3, 4]
    assert rows.shape == Shape(rows=40, classes=5, dense=rows.matrix.dense.shape[1], sparse=0)
