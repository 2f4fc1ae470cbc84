"""Columns of texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import polars as pl

from ratchet.kinds.cells import WHOLE, name_of, text_of
from ratchet.kinds.column import Column, FeatureType, Typed


def texts_of(found: pl.Series) -> pl.Series:
    """A column as String, null where empty; each value as `ratchet.kinds.cells.text_of` writes it."""
    if found.dtype == pl.String:
        return found.replace("", None) if (found == "").any() else found
    if found.dtype.is_integer() or found.dtype in (pl.Boolean, pl.Null):
        return found.cast(pl.String)
    if isinstance(found.dtype, pl.Categorical | pl.Enum):
        return texts_of(found.cast(pl.String))
    if isinstance(found.dtype, pl.Decimal):
        return texts_of(found.cast(pl.Float64))
    return pl.Series(found.name, [text_of(value) for value in found.to_list()], dtype=pl.String)


def names_of(found: pl.Series) -> pl.Series:
    """A column of values that are told apart by their names: `texts_of`, each as `ratchet.kinds.cells.name_of` has it.

    >>> names_of(pl.Series(["1.0", "1", "one", None])).to_list(), names_of(pl.Series([1.0, 0.5])).to_list()
    (['1', '1', 'one', None], ['1', '0.5'])
    """
    texts = texts_of(found)
    whole = texts.str.contains(f"^{WHOLE.pattern}$").fill_null(False)
    if not whole.any():
        return texts
    return texts.scatter(whole.arg_true(), [name_of(each) for each in texts.filter(whole).to_list()])


class Text(FeatureType):
    """Words, in any language."""

    meaning = "words and sentences, in any language"
    expected = "a text"
    example = "an example"
    json_schema: ClassVar[Mapping[str, Any]] = {"type": ["string", "null"]}

    def typed(self, found: pl.Series) -> Typed:
        return Typed(texts_of(found))

    def parse(self, values: list[Any]) -> tuple[Column, int]:
        if set(map(type, values)) <= {str} and "" not in values:
            return values, 0
        if any(not isinstance(value, str) for value in values if value is not None):
            raise TypeError
        read = [value or None for value in values]
        return read, read.count(None)

    def sequence(self, stored: pl.Series) -> Column:
        return stored.cast(pl.String).to_list()
