"""Each verb as a request to be sent and a way to read its answer; how it is sent, the two clients know."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import msgspec

from ratchet.client.errors import typed
from ratchet.client.values import Answer, Health, Info, Kept, NotKept, Version

T = TypeVar("T")
Row = Mapping[str, Any]
MOST_ROWS, MOST_LABELS = 5_000, 500
"""Rows, and labels, of one request: more go in several."""
NDJSON = "application/x-ndjson"
_Read = Callable[[bytes], T]


@dataclass(frozen=True, kw_only=True, slots=True)
class Call(Generic[T]):
    """A request, and how its answer is read."""

    method: str
    path: str
    read: _Read[T]
    content: bytes | None = None
    kind: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    idempotent: bool = True
    """Whether it may be sent again where nobody knows if the server did it."""
    codes: frozenset[int] = frozenset((200, 201))
    """Those of answers that can be read."""


def row_call(row: Row, headers: Mapping[str, str]) -> Call[Answer]:
    """``POST predict``."""
    return Call(
        method="POST", path="predict", content=encoded(row), headers=headers, read=_as(Answer), idempotent=False
    )


def rows_calls(rows: Sequence[Row], headers: Mapping[str, str]) -> Iterator[Call[list[Answer]]]:
    """``POST predict/batch`` for a list of rows, refused whole where one is wrong."""
    for start in range(0, len(rows), MOST_ROWS):
        yield Call(
            method="POST",
            path="predict/batch",
            content=encoded(rows[start : start + MOST_ROWS]),
            headers=headers,
            read=_rows,
            idempotent=False,
        )


def lines_call(content: bytes, headers: Mapping[str, str]) -> Call[list[dict[str, Any]]]:
    """``POST predict/batch`` for rows as lines; each answer is in its row's place, or says what is wrong with it."""
    return Call(
        method="POST",
        path="predict/batch",
        content=content,
        kind=NDJSON,
        headers=headers,
        read=_items,
        idempotent=False,
    )


def label_call(prediction_id: str, label: str, source: str) -> Call[Kept]:
    """``POST feedback``; said again, it is not kept twice."""
    body = {"id": prediction_id, "label": label, "source": source}
    return Call(method="POST", path="feedback", content=encoded(body), read=_as(Kept))


def labels_calls(labels: Mapping[str, str], source: str) -> Iterator[Call[list[Kept | NotKept]]]:
    """``POST feedback`` for many."""
    said = [{"id": id, "label": label, "source": source} for id, label in labels.items()]
    for start in range(0, len(said), MOST_LABELS):
        part = encoded(said[start : start + MOST_LABELS])
        yield Call(method="POST", path="feedback", content=part, read=_kept)


def info_call() -> Call[Info]:
    """``GET info``."""
    return Call(method="GET", path="info", read=_as(Info))


def versions_call() -> Call[list[Version]]:
    """``GET versions``."""
    return Call(method="GET", path="versions", read=_as(list[Version]))


def health_call() -> Call[Health]:
    """``GET health``: 503 says that it is not ready, which is an answer too."""
    return Call(method="GET", path="health", read=_as(Health), codes=frozenset((200, 503)))


def about(subject: str | None, tags: Mapping[str, str] | None) -> dict[str, str]:
    """The headers that say whose rows they are and what the answers are found by.

    >>> about("ann", {"shop": "north", "trial": "b"})
    {'Ratchet-Subject': 'ann', 'Ratchet-Tags': 'shop=north, trial=b'}
    """
    said = {} if subject is None else {"Ratchet-Subject": subject}
    return said | ({"Ratchet-Tags": ", ".join(f"{key}={value}" for key, value in tags.items())} if tags else {})


def encoded(value: object) -> bytes:
    """A body."""
    return msgspec.json.encode(value)


def _as(kind: type[T]) -> _Read[T]:
    decoder = msgspec.json.Decoder(kind)
    return decoder.decode


def _rows(body: bytes) -> list[Answer]:
    return [msgspec.convert(each, Answer) for each in _whole(msgspec.json.decode(body))]


def _items(body: bytes) -> list[dict[str, Any]]:
    return _whole([msgspec.json.decode(line) for line in body.splitlines() if line])


def _whole(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The items of a stream; raises the problem that it broke off with."""
    if items and "problem" in items[-1]:
        raise typed(items[-1]["problem"])
    return items


def _kept(body: bytes) -> list[Kept | NotKept]:
    items = msgspec.json.decode(body)
    return [msgspec.convert(each, NotKept) if "problem" in each else msgspec.convert(each, Kept) for each in items]
