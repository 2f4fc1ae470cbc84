"""The shapes that ``POST predict`` takes a row in: JSON, the fields of a form, or one file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from ratchet.classifier import Kinds, lone_files, row_of_fields
from ratchet.web import multipart
from ratchet.web.bodies import decode_row, too_large
from ratchet.web.lines import JSON
from ratchet.web.problems import BodyError, clipped

FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
MOST_FORM = 1 << 20
"""Bytes of a form whose values are texts: reading its escapes takes many times that for a while."""
MOST_FIELDS = 20_000
"""As many as a table has columns."""


class Shapes:
    """What a classifier takes a row in; ``columns`` are those of its spec."""

    def __init__(self, columns: Kinds) -> None:
        self._columns = columns
        self._lone = lone_files(columns)

    @property
    def taken(self) -> frozenset[str]:
        """The media types, ``audio/*`` for all that begin so."""
        return frozenset((JSON, FORM, MULTIPART, *(f"{each}/*" for each in self._lone)))

    def row(self, body: bytes, kind: str, content_type: bytes) -> Mapping[str, Any]:
        """The row in a body of one of the types taken; raises `BodyError` or `TooLargeError`."""
        if kind == JSON:
            return decode_row(body)
        if kind == FORM:
            return row_of_fields(_each_once(_form(body)), self._columns)
        if kind == MULTIPART:
            return row_of_fields(_each_once(multipart.parts(body, content_type)), self._columns)
        if not body:
            raise BodyError("an empty body", todo=f"send the bytes of a file of type {clipped(kind)}")
        return {self._lone[kind.partition("/")[0]]: body}


def _form(body: bytes) -> list[tuple[str, str]]:
    if len(body) > MOST_FORM:
        raise too_large(MOST_FORM)
    try:
        return parse_qsl(body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise BodyError(
            "a form that cannot be read", todo="send column=value pairs in UTF-8, parted by & and percent-encoded"
        ) from None


def _each_once(fields: Iterable[tuple[str, str | bytes]]) -> dict[str, str | bytes]:
    found: dict[str, str | bytes] = {}
    for name, value in fields:
        if name in found:
            raise BodyError(f"a form that has the field {clipped(name)!r} twice", todo="send each column once")
        found[name] = value
    return found
