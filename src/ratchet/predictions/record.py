"""One line of the log: everything known about one answer."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from ratchet import clock, documents
from ratchet.privacy.keeping import AS_IT_IS, Keeping
from ratchet.serving.prediction import Prediction, Score
from ratchet.serving.request import Request, Row
from ratchet.store.seals import Seals

Role = Literal["answer", "shadow"]
"""``answer``: what was sent back.  ``shadow``: what a version that only listens in would have said."""

ERASED = b"\x18"
"""What a forgotten record's line is overwritten with.  JSON escapes control characters, so no line that was written,
not even one torn anywhere, holds this byte."""


class Cell(msgspec.Struct, frozen=True):
    """Where a large cell of a row lies: among the blobs, by the hash of what it holds."""

    key: str
    bytes: int
    type: Literal["bytes", "text"]


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """A row of the ``predictions`` table: an answer, when it was given, and the row it answers.

    A column of the row is either in ``row`` or, where it is large, in ``cells``; so nothing that a row may hold can be
    mistaken for a reference.
    """

    id: str
    classifier: str
    subject: str | None
    """Ahead of all that tells of somebody, so that even a torn line says whose it is."""
    version: str
    at: datetime
    label: str
    confidence: float
    scores: tuple[Score, ...]
    set: tuple[str, ...]
    abstained: bool
    ms: float
    row: Mapping[str, Any]
    role: Role = "answer"
    caller: str = "local"
    arm: str | None = None
    tags: Mapping[str, str] = {}
    cells: Mapping[str, Cell] = {}


_encoder = msgspec.json.Encoder(enc_hook=lambda value: value.item() if hasattr(value, "item") else str(value))
_read = documents.reader(Record)


def records(
    requests: Sequence[Request],
    predictions: Sequence[Prediction],
    role: Role = "answer",
    *,
    logged: Callable[[Row, datetime], Row] = lambda row, at: row,
    keeping: Keeping = AS_IT_IS,
) -> list[Record]:
    """The records of a batch of answers, one per request, all of this moment.

    ``logged`` says which cells of a row are kept, ``keeping`` how they are, and whose row it is.
    """
    at = clock.now()
    return [
        Record(
            each.id, of.classifier, keeping.subject(of.subject, of.row), each.version, at, each.label, each.confidence,
            each.scores, each.set, each.abstained, each.ms, keeping.treatments.row(logged(of.row, at)), role, of.caller,
            of.arm, dict(of.tags) if of.tags else {},
        )
        for of, each in zip(requests, predictions, strict=True)
    ]  # fmt: skip


def sealed(record: Record, seals: Seals, but: Callable[[Any], bool] = lambda value: False) -> Record:
    """The record with the cells of sealed columns as nobody without a key can read them, ``but`` for some values."""
    if not seals.columns:
        return record
    hidden = {
        name: _as_json(value)
        for name, value in record.row.items()
        if name in seals.columns and value is not None and type(value) is not dict and not but(value)
    }
    if not hidden:
        return record
    return msgspec.structs.replace(
        record, row={**record.row, **seals.cells(owner(record.classifier, record.id), hidden)}
    )


def owner(classifier: str, id: str) -> str:
    """Whom the sealed cells of a record belong to."""
    return f"{classifier}\x1f{id}"


def write(record: Record) -> bytes:
    """A record as a line: eight hex digits of CRC-32, a space, JSON, a newline.

    A cell that no JSON can hold is written with a replacement character (half of a surrogate pair) or as nothing
    (objects nested deeper than JSON is read again): a record is never refused for what a caller put into it.
    """
    try:
        body = _encoder.encode(record)
    except Exception:
        row = {_clean(key): _clean(value) for key, value in record.row.items()}
        body = _encoder.encode(msgspec.structs.replace(record, row=row))
    return b"%08x %b\n" % (zlib.crc32(body), body)


def read(line: bytes) -> Record | None:
    """The record of a line (without its newline); None where the line is torn, was changed, erased or is unreadable."""
    if not sound(line):
        return None
    try:
        return _read(line[9:])
    except (ValueError, RecursionError, msgspec.MsgspecError):
        return None


def sound(line: bytes) -> bool:
    """Whether a line is as it was written, whatever it says."""
    try:
        return line[8:9] == b" " and int(line[:8], 16) == zlib.crc32(line[9:])
    except ValueError:
        return False


def erased(line: bytes) -> bool:
    """Whether a line held a record that was forgotten, or is being overwritten while it is read."""
    return ERASED in line


def _as_json(value: Any) -> bytes:
    """A cell as `write` writes it."""
    try:
        return _encoder.encode(value)
    except Exception:
        return _encoder.encode(_clean(value))


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    try:
        _encoder.encode(value)
    except Exception:
        return None
    return value
