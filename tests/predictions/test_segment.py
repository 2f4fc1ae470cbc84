"""Lines of a segment are erased where they stand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ratchet.predictions.record import ERASED, Record, write
from ratchet.predictions.segment import erase, read_part


def test_a_line_that_was_only_marked_is_finished_the_next_time(
    tmp_path: Path, make_record: Callable[..., Record]
) -> None:
    records = [make_record(subject=name) for name in ("ann", "bob", "ann")]
    lines = [write(each) for each in records]
    path = tmp_path / "a.seg"
    path.write_bytes(ERASED + lines[0][1:] + lines[1] + lines[2] + b"\0" * 100)
    part = read_part(path, alive=False)
    assert (part.records, part.torn) == (records[1:], ()), "what is marked is no record, and no torn line"
    assert erase(path, lambda line: b'"ann"' in line) == 1
    blank = [ERASED * (len(line) - 1) + b"\n" for line in lines]
    assert path.read_bytes() == blank[0] + lines[1] + blank[2] + b"\0" * 100
    assert read_part(path, alive=True).records == [records[1]]


@pytest.mark.parametrize("end", ["-", "\x18", "x"])
def test_a_torn_line_is_erased_whatever_it_ends_with(
    tmp_path: Path, make_record: Callable[..., Record], end: str
) -> None:
    line = write(make_record(subject="ann", row={"text": f"secret{end}and more"}))
    path = tmp_path / "a.seg"
    path.write_bytes(line[: line.index(b"and more")] + b"\0" * 100)
    assert erase(path, lambda line: b'"ann"' in line) == 1
    assert b"secret" not in path.read_bytes()
    assert erase(path, lambda line: True) == 0, "what is erased is found no more"
