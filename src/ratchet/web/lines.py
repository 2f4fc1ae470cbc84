"""Streams of answers as JSON, NDJSON or CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec

from ratchet.classifier import Answered, BadRow, Prediction
from ratchet.web.problems import MediaTypeError, clipped

JSON, NDJSON, CSV = "application/json", "application/x-ndjson", "text/csv"
COLUMNS = ("row", "id", "label", "name", "confidence", "set", "abstained", "version", "error")

Problem = dict[str, Any]
Parts = Iterable[Answered | Problem]
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, kw_only=True, slots=True)
class Lines:
    """A format of answers: its media type, and how it is written part by part."""

    kind: str
    write: Callable[[Parts], Iterator[bytes]]


def answer_kind(accept: str, sent: str) -> str:
    """The format to answer in: the first of ours that ``accept`` names, else what fits the format that was sent.

    Raises `MediaTypeError` where ``accept`` names others only.

    >>> answer_kind("text/html, text/csv;q=0.5", "application/json"), answer_kind("*/*", "text/csv")
    ('text/csv', 'text/csv')
    """
    for each in accept.split(","):
        wanted = each.split(";")[0].strip().lower()
        if wanted in _FORMATS:
            return wanted
        if wanted in {"*/*", "", "application/*"}:
            return sent if sent in _FORMATS else NDJSON
    raise MediaTypeError(f"answers of type {clipped(accept)}", todo=f"accept one of {', '.join(_FORMATS)}")


def lines(kind: str, classes: Sequence[str]) -> Lines:
    """The format of a media type that `answer_kind` gave; CSV has a column ``p_CLASS`` for each of ``classes``."""
    return Lines(kind=kind, write=partial(_csv, classes) if kind == CSV else _FORMATS[kind])


def _ndjson(parts: Parts) -> Iterator[bytes]:
    for part in parts:
        yield b"".join(item + b"\n" for item in _items(part))


def _json(parts: Parts) -> Iterator[bytes]:
    before = b"["
    for part in parts:
        items = b",\n".join(_items(part))
        if items:
            yield before + items
            before = b",\n"
    yield b"]" if before != b"[" else b"[]"


def _csv(classes: Sequence[str], parts: Parts) -> Iterator[bytes]:
    yield _table([(*COLUMNS, *(f"p_{name}" for name in classes))])
    nothing = [""] * len(classes)
    for part in parts:
        if isinstance(part, dict):
            yield _table([(*[""] * 8, part["detail"], *nothing)])
        else:
            found = _probabilities(part, classes)
            yield _table(
                (*_cells(row, each), *found.get(row, nothing)) for row, each in zip(*_in_order(part), strict=True)
            )


def _probabilities(part: Answered, classes: Sequence[str]) -> dict[int, list[Any]]:
    """Row -> how probable each class is; nothing of a class that the version does not know."""
    if part.probabilities is None:
        told = [{score.label: score.score for score in each.scores} for each in part.predictions]
    else:
        told = [dict(zip(part.classes, each, strict=True)) for each in part.probabilities.tolist()]
    return {row: [each.get(name, "") for name in classes] for row, each in zip(part.rows, told, strict=True)}


def _items(part: Answered | Problem) -> list[bytes]:
    """A part as JSON objects in the order of its rows."""
    if isinstance(part, dict):
        return [_encode({"problem": part})]
    return list(map(_item, *_in_order(part)))


def _item(row: int, answer: Prediction | list[BadRow]) -> bytes:
    if isinstance(answer, list):
        errors = [{"column": bad.column, "found": bad.found, "reason": bad.reason} for bad in answer]
        return _encode({"row": row, "errors": errors})
    return b'{"row":%d,%b' % (row, _encode(answer)[1:])


def _cells(row: int, answer: Prediction | list[BadRow]) -> tuple[Any, ...]:
    if isinstance(answer, list):
        return (
            row,
            *[""] * 7,
            "; ".join(f"{bad.column or 'the row'}: {bad.reason}, found {bad.found}" for bad in answer),
        )
    sets, abstained = "|".join(answer.set), "true" if answer.abstained else "false"
    return (row, answer.id, answer.label, answer.name, answer.confidence, sets, abstained, answer.version, "")


def _in_order(part: Answered) -> tuple[list[int], list[Prediction | list[BadRow]]]:
    """Row numbers and what there is to say of each, in the order of the rows."""
    if not part.bad:
        return part.rows, list(part.predictions)
    answers: dict[int, Prediction | list[BadRow]] = dict(zip(part.rows, part.predictions, strict=True))
    for bad in part.bad:
        found = answers.setdefault(bad.row, [])
        if isinstance(found, list):
            found.append(bad)
    rows = sorted(answers)
    return rows, [answers[row] for row in rows]


def _table(rows: Iterable[tuple[Any, ...]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


_FORMATS: dict[str, Callable[[Parts], Iterator[bytes]]] = {JSON: _json, NDJSON: _ndjson, CSV: partial(_csv, ())}
