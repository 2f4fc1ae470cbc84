"""Columns of one value out of a few: a city, a plan, yes or no."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import polars as pl

from ratchet.kinds.cells import name_of, text_of_one
from ratchet.kinds.column import Column, FeatureType, Typed
from ratchet.kinds.text import names_of


class Category(FeatureType):
    """One of a few values, told apart by how they are written: ``1``, ``1.0`` and ``"1"`` are one."""

    meaning = "one of a few values: a city, a plan, true or false"
    expected = "a text, a number, or true or false"
    example = "an example"
    json_schema: ClassVar[Mapping[str, Any]] = {"type": ["string", "number", "boolean", "null"]}

    def typed(self, found: pl.Series) -> Typed:
        return Typed(names_of(found))

    def parse(self, values: list[Any]) -> tuple[Column, int]:
        if set(map(type, values)) <= {str} and "" not in values:
            return list(map(name_of, values)), 0
        if any(isinstance(value, Mapping | list | tuple | bytes) for value in values):
            raise TypeError
        read = [text_of_one(value.item() if isinstance(value, np.generic) else value) for value in values]
        return [each and name_of(each) for each in read], read.count(None)

    def sequence(self, stored: pl.Series) -> Column:
        return stored.cast(pl.String).to_list()
