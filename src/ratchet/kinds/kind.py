"""The kinds of columns there are."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What a column holds, and so what is done with it."""

    TEXT = "text"
    NUMBER = "number"
    CATEGORY = "category"
    DATE = "date"
    IMAGE = "image"
    AUDIO = "audio"
    IGNORE = "ignore"
    GROUP = "group"
    TIME = "time"
    SPLIT = "split"

    @property
    def is_feature(self) -> bool:
        """Whether a model sees the column."""
        return self not in {Kind.IGNORE, Kind.GROUP, Kind.TIME, Kind.SPLIT}
