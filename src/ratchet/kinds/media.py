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
    """The bytes of a file: Binary in a table, or base64 in its texts; base64 in JSON."""

    dtype = pl.Binary()
    example = None
    json_schema: ClassVar[Mapping[str, Any]] = {"type": ["string", "null"], "contentEncoding": "base64"}
    one: ClassVar[str]
    content: ClassVar[str]
    """What a file holds, and what files hold."""
    signatures: ClassVar[tuple[tuple[str, int, bytes], ...]]
    """Formats, each with the bytes that files of it have, and the place they have them at."""
    suffixes: ClassVar[tuple[str, ...]]
    """What the names of such files end in."""

    @classmethod
    def format_of(cls, start: bytes) -> str | None:
        """The format of a file that begins so, or None where it is no file of this kind.

        >>> from ratchet.kinds.image import Image
        >>> Image.format_of(b"GIF89a"), Image.format_of(b"a,b,c")
        ('GIF', None)
        """
        return next((name for name, at, mark in cls.signatures if start[at : at + len(mark)] == mark), None)

    @classmethod
    def paths_in(cls, texts: pl.Series) -> pl.Series:
        """Which texts (rows,) end as the name of such a file does; addresses may have a query after it.

        >>> from ratchet.kinds.image import Image
        >>> Image.paths_in(pl.Series(["a/B.JPG", "http://x.org/1.png?w=9", "a photo.", None])).to_list()
        [True, True, False, None]
        """
        return texts.str.contains(rf"(?i)\.(?:{'|'.join(cls.suffixes)})(?:\?\S*)?\s*$")

    @classmethod
    def format_in(cls, text: str) -> str | None:
        """The format of a file of this kind whose bytes a text spells in base64, or None; only its start is looked at.

        >>> from ratchet.kinds.image import Image
        >>> Image.format_in("iVBORw0KGgoAAAANSUhEUg=="), Image.format_in("a cat")
        ('PNG', None)
        """
        try:
            return cls.format_of(base64.b64decode(text[:64], validate=True))
        except ValueError:
            return None

    def typed(self, found: pl.Series) -> Typed:
        if found.dtype == pl.Binary:
            return Typed(found)
        texts = found.to_list() if found.dtype == pl.String else [None] * len(found)
        return Typed(pl.Series(found.name, [self._spelled(each) for each in texts], dtype=pl.Binary))

    def _spelled(self, text: str | None) -> bytes | None:
        """The bytes that a text of a table spells; None where it is not base64 of such a file."""
        if text is None or self.format_in(text) is None:
            return None
        try:
            return base64.b64decode(text, validate=True)
        except ValueError:
            return None

    def misfits(self, found: pl.Series, values: pl.Series) -> pl.Series:
        failed = unread(found, values)
        if found.dtype == pl.String and failed.any() and values.null_count() == len(values):
            raise DataError(
                f"the column '{found.name}' is meant to hold {self.content}, as the bytes of their files or as base64, "
                f"and holds texts such as {shown(found.filter(failed)[0])}",
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
