"""The kinds of columns there are."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from ratchet.kinds.audio import Audio
from ratchet.kinds.category import Category
from ratchet.kinds.column import ColumnType, FeatureType
from ratchet.kinds.date import Date
from ratchet.kinds.group import Group
from ratchet.kinds.ignore import Ignore
from ratchet.kinds.image import Image
from ratchet.kinds.number import Number
from ratchet.kinds.split import Side
from ratchet.kinds.text import Text
from ratchet.kinds.time import Time


class Kind(StrEnum):
    """What a column holds, and so what is done with it: a word of the spec, and everything known about it.

    >>> Kind("number").column.dtype, Kind.GROUP.is_feature
    (Float64, False)
    """

    TEXT = "text", Text()
    NUMBER = "number", Number()
    CATEGORY = "category", Category()
    DATE = "date", Date()
    IMAGE = "image", Image()
    AUDIO = "audio", Audio()
    IGNORE = "ignore", Ignore()
    GROUP = "group", Group()
    TIME = "time", Time()
    SPLIT = "split", Side()

    column: ColumnType
    """What is known about columns of this kind."""

    def __new__(cls, value: str, *column: ColumnType) -> Self:  # starred, so that Kind("text") passes the type checker
        kind = str.__new__(cls, value)
        kind._value_ = value
        (kind.column,) = column
        return kind

    @property
    def is_feature(self) -> bool:
        """Whether a model sees the column."""
        return isinstance(self.column, FeatureType)

    @property
    def feature(self) -> FeatureType:
        """What is known about columns of this kind as features; raises `TypeError` where no model sees them."""
        if not isinstance(self.column, FeatureType):
            raise TypeError(f"no model sees a column of kind {self}")
        return self.column


FEATURES = tuple(kind for kind in Kind if kind.is_feature)
"""The kinds that a model may see."""
