"""What pictures and recordings have in common: their files' bytes."""

from __future__ import annotations

import base64
from abc import ABC
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

import polars as pl

from ratchet.errors import DataError
from ratchet.kinds.cells import shown
from ratchet.kinds.column import Column, FeatureType, Typed
from ratchet.kinds.missing import unread


class Media(FeatureType, ABC):
    """The bytes of a file: Binary in a table, base64 in JSON."""

    dtype = pl.Binary()
    example = None
    json_schema: ClassVar[Mapping[str, Any]] = {"type": ["string", "null"], "contentEncoding": "base64"}
    content: ClassVar[str]
    """What the files hold, in the plural."""

    def typed(self, found: pl.Series) -> Typed:
        if found.dtype == pl.Binary:
            return Typed(found)
        return Typed(pl.Series(found.name, [None] * len(found), dtype=pl.Binary))

    def misfits(self, found: pl.Series, values: pl.Series) -> pl.Series:
        failed = unread(found, values)
        if found.dtype == pl.String and failed.any():
            raise DataError(
                f"the column '{found.name}' is meant to hold the bytes of {self.content}, and holds texts such as "
                f"{shown(found.filter(failed)[0])}",
                todo="where these are paths, read each file's bytes into the column and save the table as Parquet "
                "(Polars: pl.Series([Path(each).read_bytes() for each in paths])); or give the column the kind "
                "ignore, so that it is left out",
            )
        return failed

    def logged(self, value: Any, at: datetime) -> Any:
        """The bytes that the log, which is JSON, holds as base64; None where a row was sent with something else."""
        if not isinstance(value, str):
            return value
        try:
            return base64.b64decode(value, validate=True)
        except ValueError:
            return None

    def parse(self, values: list[Any]) -> tuple[Column, int]:
        read = [_bytes(value) for value in values]
        return read, read.count(None)

    def sequence(self, stored: pl.Series) -> Column:
        return stored.to_list()


def _bytes(value: Any) -> bytes | None:
    if value is None or isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return base64.b64decode(value, validate=True)
    raise TypeError
