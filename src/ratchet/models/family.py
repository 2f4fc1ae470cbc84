"""Ways of learning: a `Family` learns a `Model` from vectors, a `ColumnFamily` a whole pipeline from the columns, and a
`Composite` answers with what others have learned.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol, Self, runtime_checkable

from ratchet.arrays import Ints, Labels, Probabilities
from ratchet.features.encoder import Columns, Matrix, State, Target, pick
from ratchet.kinds.kind import Kind
from ratchet.models.pipeline import Pipeline


@dataclass(frozen=True, slots=True)
class Choice:
    """A parameter that takes one of a few values."""

    options: Sequence[Any]
    """What a search tries."""
    beside: Sequence[Any] = ()
    """What a spec may fix, though no search tries it."""

    def taken(self, value: Any) -> Any:
        """A value that a spec fixes, as the family gets it; raises `ValueError` that says what is accepted.

        >>> Choice(("none", "balanced")).taken("heavy")
        Traceback (most recent call last):
        ValueError: one of none, balanced
        """
        legal = (*self.options, *self.beside)
        for each in legal:
            if each == value and isinstance(each, bool) == isinstance(value, bool):
                return each
        raise ValueError(f"one of {', '.join(map(str, legal))}")


@dataclass(frozen=True, slots=True)
class Range:
    """A parameter that takes a number, which a search looks for from ``low`` to ``high``.

    A spec may fix one outside of these: any finite one, above 0 where the scale is ``log``, from ``least`` to ``most``
    where the family can use no other.  Where ``low`` is ``high`` there is nothing to look for, only to fix.
    """

    low: float
    high: float
    scale: Literal["linear", "log"] = "linear"
    whole: bool = False
    points: int = 4
    """How many a grid tries."""
    least: float | None = None
    most: float | None = None

    def taken(self, value: Any) -> float:
        """A value that a spec fixes, as the family gets it; raises `ValueError` that says what is accepted.

        >>> Range(0.01, 10.0, scale="log").taken(100)
        100.0
        >>> Range(0.01, 10.0, scale="log").taken(-1)
        Traceback (most recent call last):
        ValueError: a number above 0
        """
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not abs(value) <= sys.float_info.max or not self._holds(value):
            raise ValueError(self._accepted())
        return int(value) if self.whole else float(value)

    def _holds(self, value: float) -> bool:
        above = value > 0 or self.scale == "linear" or self.least is not None
        least, most = self.least is None or value >= self.least, self.most is None or value <= self.most
        return above and least and most and (not self.whole or value == int(value))

    def _accepted(self) -> str:
        low = "above 0" if self.scale == "log" else ""
        low = low if self.least is None else f"of at least {self.least:,.15g}"
        high = "" if self.most is None else f"of at most {self.most:,.15g}"
        return f"a {'whole ' if self.whole else ''}number {' and '.join(filter(None, (low, high)))}".rstrip()


@dataclass(frozen=True, slots=True)
class Shape:
    """What a family may look at to size its search space.

    ``dense`` and ``sparse`` count the outputs of the encoders that look at no label; a family that reads columns itself
    has none of either.
    """

    rows: int
    classes: int
    dense: int = 0
    sparse: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelledRows:
    """Rows to learn from, as columns, and what they are to be told apart by."""

    columns: Columns
    kinds: Mapping[str, Kind]
    target: Target
    groups: Ints | None = None
    """(rows,) the number of each row's group, which families that keep rows out to see when to stop never part; None
    where every row is its own."""
    names: tuple[str, ...] = ()
    """(classes,) what each class is called; empty where nobody said."""

    def __len__(self) -> int:
        return len(self.target)

    def pick(self, rows: Ints) -> LabelledRows:
        """Some of the rows, by index, in that order."""
        target = Target(self.target.labels[rows], self.target.classes)
        groups = None if self.groups is None else self.groups[rows]
        return replace(self, columns=pick(self.columns, rows), target=target, groups=groups)


@dataclass(frozen=True, kw_only=True, slots=True)
class Hints:
    """What a family may know of the rows it learns from, besides their cells and labels.

    A family with an attribute ``takes_hints`` that is True is given them as the keyword ``hints`` of its ``fit``.
    """

    codes: tuple[int, ...] = ()
    """The dense outputs that are codes of categories: whole numbers without an order."""
    groups: Ints | None = None
    """(rows,) the number of each row's group: rows of one group are never parted."""


NO_HINTS = Hints()


class Model(Protocol):
    """What a family learned.

    Promises: `predict` gives one row of probabilities per row, finite and summing to one; a row's answer does not
    depend on the rows beside it; ``from_state(state())`` gives bit-equal answers; nothing in the state can run code.
    """

    family: ClassVar[str]

    def predict(self, rows: Matrix) -> Probabilities: ...

    def state(self) -> State: ...

    @classmethod
    def from_state(cls, state: State) -> Self: ...


class Family(Protocol):
    """A way of learning.

    Promises: `fit` is deterministic for a seed, uses at most ``threads`` threads, and needs every class index below
    ``classes`` to be legal, not present; ``defaults`` names every parameter, lies in `space`, and gives a usable model
    quickly; which parameters there are, and what a spec may fix them to, does not depend on the shape, nor on what is
    installed.

    One that needs more than the rows, such as a network's weights or a library of an extra, has a method
    ``content(params)``, which gives a name of what it reads, "" where that is nothing, and raises `SpecError` or
    `MissingExtraError` where something is not there: then others are tried without it.
    """

    name: ClassVar[str]
    """Versioned and never reused, such as ``linear.v1``."""
    encoders: ClassVar[Mapping[Kind, str]]
    """The encoder it wants for each kind of column; kinds left out are not seen."""

    def space(self, shape: Shape) -> Mapping[str, Choice | Range]: ...

    def defaults(self, shape: Shape) -> Mapping[str, Any]: ...

    def fit(
        self,
        rows: Matrix,
        labels: Labels,
        classes: int,
        params: Mapping[str, Any],
        *,
        seed: int,
        threads: int = 1,
        names: Sequence[str] = (),
    ) -> Model: ...


@runtime_checkable
class ColumnFamily(Protocol):
    """A way of learning that reads the columns itself: such as a transformer with its own tokenizer.

    Promises what `Family` promises; the columns it is given are all of kinds it reads.  Files that its pipeline needs
    (weights, a tokenizer) it writes to ``folder``, which is empty and outlives the pipeline.
    """

    name: ClassVar[str]
    reads: ClassVar[frozenset[Kind]]
    """The kinds of columns it can read; others are not seen."""

    def space(self, shape: Shape) -> Mapping[str, Choice | Range]: ...

    def defaults(self, shape: Shape) -> Mapping[str, Any]: ...

    def fit(
        self, rows: LabelledRows, params: Mapping[str, Any], *, seed: int, folder: Path, threads: int = 1
    ) -> Pipeline: ...


@runtime_checkable
class Composite(Protocol):
    """A way of answering with what several other recipes make, which ``params["members"]`` of its recipe name.

    It learns nothing but through them: `ratchet.models.learner` learns every member, and `combine` joins them.
    Promises: ``combine(members, params)`` answers what `pool` makes of the members' answers.
    """

    name: ClassVar[str]
    reads: ClassVar[frozenset[Kind]]
    """The kinds of columns that its members may read."""

    def space(self, shape: Shape) -> Mapping[str, Choice | Range]: ...

    def defaults(self, shape: Shape) -> Mapping[str, Any]: ...

    def pool(self, answers: Sequence[Probabilities], params: Mapping[str, Any]) -> Probabilities: ...

    def combine(self, members: Sequence[Pipeline], params: Mapping[str, Any]) -> Pipeline: ...


Way = Family | ColumnFamily | Composite


def reads(way: Way) -> frozenset[Kind]:
    """The kinds of columns that a family sees, unless a spec names encoders of others."""
    return way.reads if isinstance(way, ColumnFamily | Composite) else frozenset(way.encoders)
