"""One line of the log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ratchet.predictions.record import Record, read, write

VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False)
)


@given(row=st.dictionaries(st.text(), VALUES, max_size=5), label=st.text())
def test_a_record_is_read_as_it_was_written(
    make_record: Callable[..., Record], row: dict[str, Any], label: str
) -> None:
    record = make_record(row=row, label=label)
    line = write(record)
    assert line.count(b"\n") == 1
    assert read(line[:-1]) == record


@given(place=st.integers(0, 2**31), bit=st.integers(0, 7))
def test_a_changed_bit_is_noticed(make_record: Callable[..., Record], place: int, bit: int) -> None:
    line = bytearray(write(make_record())[:-1])
    line[place % len(line)] ^= 1 << bit
    changed = read(bytes(line))
    # the eight hex digits may change case and still say the same
    assert changed is None or bytes(line).lower() == write(changed)[:-1].lower()


@given(cut=st.integers(0, 2**31))
def test_a_torn_line_is_noticed(make_record: Callable[..., Record], cut: int) -> None:
    line = write(make_record())[:-1]
    assert read(line[: cut % len(line)]) is None


def test_cells_that_no_json_holds_are_written_as_well_as_can_be(make_record: Callable[..., Record]) -> None:
    row = {
        "text": "half a pair \ud800",
        "age": np.float32(1.5),
        "since": np.datetime64("2024-05-31"),
        "n": float("nan"),
    }
    record = read(write(make_record(row=row))[:-1])
    assert record is not None
    assert record.row == {"text": "half a pair ?", "age": 1.5, "since": "2024-05-31", "n": None}
