"""Frames out and in: pandas with its index, Polars as it is."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, TypeVar

Frame = TypeVar("Frame")
MOST_ROWS = 20_000
"""Rows of one request."""
COLUMNS = ("label", "confidence", "set", "abstained", "id", "version", "error")


def is_frame(rows: object) -> bool:
    """Whether something is a frame of Polars or pandas."""
    return type(rows).__module__.partition(".")[0] in {"polars", "pandas"}


def parts(frame: Any) -> Iterator[bytes]:
    """A frame's rows as lines of JSON, so many at a time."""
    for start in range(0, len(frame), MOST_ROWS):
        if hasattr(frame, "iloc"):
            part = frame.iloc[start : start + MOST_ROWS]
            yield str(part.to_json(orient="records", lines=True, date_format="iso")).encode()
        else:
            written = io.BytesIO()
            frame.slice(start, MOST_ROWS).write_ndjson(written)
            yield written.getvalue()


def joined(frame: Frame, items: list[dict[str, Any]]) -> Frame:
    """The answers as a frame of the same kind: `COLUMNS`, where ``error`` says why a row has no answer."""
    columns = {name: [_cell(each, name) for each in items] for name in COLUMNS}
    if hasattr(frame, "iloc"):
        return type(frame)(columns, index=frame.index)  # type: ignore[call-arg, attr-defined]
    return type(frame)(columns)  # type: ignore[call-arg]


def _cell(item: dict[str, Any], name: str) -> Any:
    if name != "error":
        return item.get(name)
    told = [
        f"{each['column'] or 'the row'}: {each['reason']}, found {each['found']}" for each in item.get("errors", ())
    ]
    return "; ".join(told) or None
