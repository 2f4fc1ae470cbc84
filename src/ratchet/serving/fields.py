"""Rows that come as the fields of a form, in which every value is a text or a file, or as one file by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from ratchet.kinds.kind import MEDIA, Kind

Kinds = Mapping[str, Kind]
"""Column -> its kind."""
Field = str | bytes
"""What a form holds of a column: a text, or the bytes of a file."""


def row_of_fields(fields: Mapping[str, Field], columns: Kinds) -> dict[str, Any]:
    """A row of fields, its numbers read as ingest reads those of a CSV file; what is none stays as it is.

    A text that is empty is no value, also where a file is expected.

    >>> row_of_fields({"text": "4", "age": " 0 ", "plan": ""}, {"text": Kind.TEXT, "age": Kind.NUMBER})
    {'text': '4', 'age': 0.0, 'plan': None}
    """
    return {name: _value(value, columns.get(name)) for name, value in fields.items()}


def _value(value: Field, kind: Kind | None) -> Any:
    if not value:
        return None
    return _number(value) if kind is Kind.NUMBER and isinstance(value, str) else value


def _number(text: str) -> float | str | None:
    found = pl.Series([text])
    typed = Kind.NUMBER.feature.typed(found).values
    if Kind.NUMBER.feature.misfits(found, typed).any():
        return text
    value: float | None = typed[0]
    return value


def lone_files(columns: Kinds) -> dict[str, str]:
    """The kinds of files that mean one column only, with that column: such a file is a row by itself.

    >>> lone_files({"voice": Kind.AUDIO, "front": Kind.IMAGE, "back": Kind.IMAGE})
    {'audio': 'voice'}
    """
    found = {str(kind): [name for name, each in columns.items() if each is kind] for kind in MEDIA}
    return {kind: names[0] for kind, names in found.items() if len(names) == 1}
