"""The encoder kit finds each broken promise, and nothing wrong with an encoder that keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
import pytest

from ratchet.features.encoder import Column, Matrix, Sparse, State, Target
from ratchet.kinds.kind import Kind
from ratchet.testing.encoders import check_encoder
from ratchet.testing.examples import TargetShares

NUMBERS = np.array([1.0, 5.0, np.nan, -2.0, 5.0, 8.0])
WORDS = ["a", "b", None, "a", "c"]


class Centred:
    """A number less the mean of the training rows."""

    name: ClassVar[str] = "centred.v1"
    reads: ClassVar[frozenset[Kind]] = frozenset({Kind.NUMBER})
    supervised: ClassVar[bool] = False
    known: frozenset[str] | None = None
    widths: tuple[int, int] = (1, 0)

    def __init__(self, mean: float = 0.0) -> None:
        self.mean = mean

    def fit(self, column: Column, target: Target | None = None) -> Self:
        seen = np.asarray(column)[np.isfinite(column)]
        return type(self)(float(seen.mean()) if len(seen) else 0.0)

    def transform(self, column: Column) -> Matrix:
        return Matrix(np.clip(np.asarray(column) - self.mean, -1e30, 1e30).astype(np.float32)[:, None])

    def names(self) -> Sequence[str]:
        return ["less the mean"]

    def state(self) -> State:
        return State(meta={"mean": self.mean})

    @classmethod
    def from_state(cls, state: State) -> Self:
        return cls(state.meta["mean"])


class OneOf:
    """A category as one sparse cell."""

    name: ClassVar[str] = "one_of.v1"
    reads: ClassVar[frozenset[Kind]] = frozenset({Kind.CATEGORY})
    supervised: ClassVar[bool] = False

    def __init__(self, known: Sequence[str] = ()) -> None:
        self._places = {value: place for place, value in enumerate(known, 1)}

    def fit(self, column: Column, target: Target | None = None) -> Self:
        return type(self)(sorted({value for value in column if value is not None}))

    def transform(self, column: Column) -> Matrix:
        places = np.array([self._places.get(value, 0) for value in column], dtype=np.int32)
        cells = Sparse(np.arange(len(places) + 1), places, np.ones(len(places), np.float32), len(self._places) + 1)
        return Matrix(np.zeros((len(places), 0), np.float32), cells)

    @property
    def widths(self) -> tuple[int, int]:
        return 0, len(self._places) + 1

    @property
    def known(self) -> frozenset[str] | None:
        return frozenset(self._places)

    def names(self) -> Sequence[str]:
        return ["other", *(f"= {value}" for value in self._places)]

    def state(self) -> State:
        return State(meta={"known": list(self._places)})

    @classmethod
    def from_state(cls, state: State) -> Self:
        return cls(state.meta["known"])


def test_nothing_is_wrong_with_good_encoders() -> None:
    check_encoder(Centred, NUMBERS)
    check_encoder(OneOf, WORDS)
    check_encoder(TargetShares, WORDS)


class Unversioned(Centred):
    name = "centred"


class FitsItself(Centred):
    def fit(self, column: Column, target: Target | None = None) -> Self:
        self.mean = super().fit(column).mean
        return self


class SortsItsInput(Centred):
    def fit(self, column: Column, target: Target | None = None) -> Self:
        np.asarray(column).sort()
        return super().fit(column)


class Doubles(Centred):
    def transform(self, column: Column) -> Matrix:
        return Matrix(super().transform(column).dense.astype(np.float64))


class Infinite(Centred):
    def transform(self, column: Column) -> Matrix:
        return Matrix(
            np.where(np.asarray(column) > 1e38, np.inf, super().transform(column).dense[:, 0])[:, None].astype(
                np.float32
            )
        )


class LooksAtTheBatch(Centred):
    def transform(self, column: Column) -> Matrix:
        dense = super().transform(column).dense
        return Matrix(dense - np.nanmin(dense, initial=0))


class TooFewNames(Centred):
    def names(self) -> Sequence[str]:
        return []


class ForgetsOnDisk(Centred):
    def state(self) -> State:
        return State()

    @classmethod
    def from_state(cls, state: State) -> Self:
        return cls()


class SavesObjects(Centred):
    def state(self) -> State:
        return State(arrays={"mean": np.array([self.mean, None])}, meta={"mean": self.mean})


class FailsWhenAllIsMissing(Centred):
    def fit(self, column: Column, target: Target | None = None) -> Self:
        if np.isnan(column).all():
            raise ValueError("nothing there")
        return super().fit(column)


class NoRowsFail(Centred):
    def transform(self, column: Column) -> Matrix:
        assert len(column), "no rows fail"
        return super().transform(column)


class FailsOnUnseen(OneOf):
    def transform(self, column: Column) -> Matrix:
        for value in column:
            assert value is None or value in self._places, f"unseen {value}"
        return super().transform(column)


class SameNames(OneOf):
    def names(self) -> Sequence[str]:
        return ["category"] * (len(self._places) + 1)


class TooWide(OneOf):
    def transform(self, column: Column) -> Matrix:
        sparse = super().transform(column).sparse
        assert sparse is not None
        return Matrix(np.zeros((len(column), 0), np.float32), Sparse(sparse.indptr, sparse.indices, sparse.values, 1))


class SaysItIsWider(OneOf):
    @property
    def widths(self) -> tuple[int, int]:
        return 1, len(self._places)


class LooksAtLabels(Centred):
    def fit(self, column: Column, target: Target | None = None) -> Self:
        made = super().fit(column)
        return type(self)(made.mean + (0 if target is None else int(target.labels[1])))


class LooksAtNoLabels(TargetShares):
    def fit(self, column: Column, target: Target | None = None) -> Self:
        return super().fit(column, Target(np.zeros(len(column), np.int32), 3))


class KnowsItsOwnLabel(TargetShares):
    def cross_fitted(self, column: Column, target: Target, seed: int) -> Matrix:
        return self.fit(column, target).transform(column)


class CrossFitsNarrower(TargetShares):
    def cross_fitted(self, column: Column, target: Target, seed: int) -> Matrix:
        return Matrix(np.zeros((len(column), 1), np.float32))


@pytest.mark.parametrize(
    ("broken", "column", "words"),
    [
        (Unversioned, NUMBERS, "like 'standard.v1'"),
        (FitsItself, NUMBERS, "returns a new encoder"),
        (SortsItsInput, NUMBERS, "leaves the column"),
        (Doubles, NUMBERS, "float32"),
        (Infinite, NUMBERS, "infinite"),
        (LooksAtTheBatch, NUMBERS, "alone"),
        (TooFewNames, NUMBERS, "one name per output"),
        (ForgetsOnDisk, NUMBERS, "saved and read"),
        (SavesObjects, NUMBERS, "plain numbers"),
        (FailsWhenAllIsMissing, NUMBERS, "nothing there"),
        (NoRowsFail, NUMBERS, "no rows fail"),
        (FailsOnUnseen, WORDS, "unseen"),
        (SameNames, WORDS, "two alike"),
        (TooWide, WORDS, "below the width"),
        (SaysItIsWider, WORDS, "widths are those"),
        (LooksAtLabels, NUMBERS, "with other labels"),
        (LooksAtNoLabels, WORDS, "learns from the labels"),
        (KnowsItsOwnLabel, WORDS, "another label of its own"),
        (CrossFitsNarrower, WORDS, "as many outputs as transform"),
    ],
)
def test_each_broken_promise_is_found(broken: type[Any], column: Column, words: str) -> None:
    kept = np.array(column) if isinstance(column, np.ndarray) else list(column)
    with pytest.raises((AssertionError, ValueError), match=words):
        check_encoder(broken, kept)
