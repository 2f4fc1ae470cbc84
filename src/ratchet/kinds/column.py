"""The seam of the kinds: what is known about a column of a kind, all of it in one object.

A kind is one file of this room with one class, and one line of `ratchet.kinds.kind.Kind`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

import numpy.typing as npt
import polars as pl

Column = npt.NDArray[Any] | Sequence[Any]
"""number: float64 array, NaN where missing.  date: datetime64[us] array, NaT where missing.
text, category: sequence of str or None.  image, audio: sequence of bytes or None."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A column as its kind is stored, null where there is no value; ``blanked`` counts NaN and infinities made null."""

    values: pl.Series
    blanked: int = 0


class ColumnType(ABC):
    """What a column of a kind holds, and how a table's column becomes that.

    Promises: `typed` never fails on a column of any type, keeps its length and name, and gives ``dtype``.
    """

    meaning: ClassVar[str]
    """What such a column is, in a few words for a reader."""
    dtype: ClassVar[pl.DataType] = pl.String()
    """How it is stored."""
    misfit: ClassVar[str] = ""
    """Why a row is set aside whose value is not what the kind holds."""

    @abstractmethod
    def typed(self, found: pl.Series) -> Typed:
        """A column of a table, whatever its type, as it is stored."""

    def misfits(self, found: pl.Series, values: pl.Series) -> pl.Series:
        """Which rows have a value that the kind does not hold (rows,); ``values`` is what `typed` made of ``found``.

        Raises `ratchet.errors.DataError` where no row of such a column could be good.
        """
        return pl.repeat(False, len(found), dtype=pl.Boolean, eager=True)

    def logged(self, value: Any, at: datetime) -> Any:
        """A cell of an answered row as a table would hold it: ``value`` is JSON, ``at`` the moment it was asked."""
        return value


class FeatureType(ColumnType):
    """A kind that a model may see.

    Promises: `parse` reads a value as `ColumnType.typed` does, so that an answer sees what training saw, and
    `sequence` of stored values gives what `parse` gives for the same values.
    """

    expected: ClassVar[str]
    """What a request's value must be, in words."""
    example: ClassVar[Any]
    """A value that fits."""
    json_schema: ClassVar[Mapping[str, Any]]
    """The JSON Schema of a value."""

    @abstractmethod
    def parse(self, values: list[Any]) -> tuple[Column, int]:
        """The values of a request as encoders take them, and how many are missing.

        Raises `ValueError`, `TypeError` or `OverflowError` where one is of the wrong type.
        """

    @abstractmethod
    def sequence(self, stored: pl.Series) -> Column:
        """A stored column as encoders take it."""

    def empty(self) -> Column:
        """A column without rows, as encoders take it."""
        return self.sequence(pl.Series([], dtype=self.dtype))
