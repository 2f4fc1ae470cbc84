"""One line of the log: everything known about one answer."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from ratchet import clock
from ratchet.serving.prediction import Prediction, Score


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """A row of the ``predictions`` table: an answer, when it was given, and the row it answers."""

    id: str
    classifier: str
    version: str
    at: datetime
    label: str
    confidence: float
    scores: tuple[Score, ...]
    set: tuple[str, ...]
    abstained: bool
    ms: float
    row: Mapping[str, Any]
    cells: Mapping[str, Any] = {}
    role: str = "answer"
    """``answer`` for what was sent, ``shadow`` for what a version that only listens in would have said."""
    arm: str | None = None
    caller: str = "local"
    subject: str | None = None
    tags: Mapping[str, str] = {}


_encoder = msgspec.json.Encoder(enc_hook=lambda value: value.item() if hasattr(value, "item") else str(value))
_decoder = msgspec.json.Decoder(Record)


def records(classifier: str, rows: Sequence[Mapping[str, Any]], predictions: Sequence[Prediction]) -> list[Record]:
    """The records of a batch of answers, one per row, all of this moment."""
    at = clock.now()
    return [
        Record(
            each.id, classifier, each.version, at, each.label, each.confidence, each.scores, each.set, each.abstained,
            each.ms, row,
        )
        for row, each in zip(rows, predictions, strict=True)
    ]  # fmt: skip


def write(record: Record) -> bytes:
    """A record as a line: eight hex digits of CRC-32, a space, JSON, a newline.

    A cell that no JSON can hold (half of a surrogate pair) is written with a replacement character.
    """
    try:
        body = _encoder.encode(record)
    except UnicodeEncodeError:
        row = {_clean(key): _clean(value) for key, value in record.row.items()}
        body = _encoder.encode(msgspec.structs.replace(record, row=row))
    return b"%08x %b\n" % (zlib.crc32(body), body)


def read(line: bytes) -> Record | None:
    """The record of a line (without its newline); None where the line is torn or was changed."""
    try:
        if line[8:9] == b" " and int(line[:8], 16) == zlib.crc32(line[9:]):
            return _decoder.decode(line[9:])
    except (ValueError, msgspec.MsgspecError):
        return None
    return None


def _clean(value: Any) -> Any:
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
