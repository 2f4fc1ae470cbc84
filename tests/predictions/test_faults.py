"""What is wrong with one record, or with one segment, stops no other, and is told."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ratchet.kinds.kind import Kind
from ratchet.predictions import insert
from ratchet.predictions.forget import REJECTED
from ratchet.predictions.insert import Shipped
from ratchet.predictions.log import PredictionLog
from ratchet.predictions.record import Record, read, write
from ratchet.predictions.segment import read_part
from ratchet.predictions.ship import Shipper
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database
from tests.predictions.test_log import answer, ask
from tests.predictions.test_ship import stored

Make = Callable[..., Record]


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def line_of(record: Record, depth: int) -> bytes:
    """A record's line with a cell that is nested so deep, as an older Ratchet wrote it."""
    body = msgspec.json.encode(msgspec.structs.replace(record, row={"z": "DEEP"}))
    body = body.replace(b'"DEEP"', b"[" * depth + b"]" * depth)
    return b"%08x %b\n" % (zlib.crc32(body), body)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "spool"
    folder.mkdir()
    return folder


def test_only_columns_are_logged(database: Database, blobs: Blobs, folder: Path) -> None:
    columns = {"text": Kind.TEXT, "team": Kind.GROUP, "note": Kind.IGNORE}
    log = PredictionLog(database, blobs, "films", folder, columns=columns)
    answers = [answer(), answer()]
    row = {"text": "a", "team": {"deep": nested(500)}, "note": nested(990), "z": nested(990)}
    log.record([ask(row), ask({"text": "b", "team": 7})], answers)
    log.ship()
    assert [log.get(each.id).row for each in answers] == [{"text": "a"}, {"text": "b", "team": 7}]
    assert log.problems() == ()
    log.close()


def test_a_cell_that_no_json_holds_is_left_out_of_its_line(make_record: Make) -> None:
    found = read(write(make_record(row={"text": "a", "z": nested(5_000), "half": "\ud800"}))[:-1])
    assert found is not None
    assert found.row == {"text": "a", "z": None, "half": "?"}


@pytest.mark.parametrize("depth", [400, 980, 5_000])
def test_a_record_that_is_nested_too_deep_holds_up_no_other(
    database: Database, blobs: Blobs, folder: Path, make_record: Make, depth: int
) -> None:
    good = [make_record(row={"at": at}) for at in range(6)]
    lines = [write(each) for each in good]
    deep = make_record()
    (folder / "old.seg").write_bytes(b"".join([*lines[:3], line_of(deep, depth), *lines[3:]]))
    shipper = Shipper(folder, database, blobs)
    shipped = shipper.tend()
    assert {each.id for each in good} <= stored(database)
    assert shipped.records + shipped.rejected == 7
    assert not list(folder.glob("*.seg"))
    (folder / "again.seg").write_bytes(line_of(deep, depth))
    Shipper(folder, database, blobs).tend()
    if shipped.rejected:
        assert (folder / REJECTED).read_bytes().count(b"\n") == 1, "it is kept once"
        assert deep.id.encode() in (folder / REJECTED).read_bytes()
        assert [text for text in shipper.problems() if "1 prediction cannot be kept in the database" in text]
    else:
        assert deep.id in stored(database)


def test_whatever_is_wrong_with_a_record_it_alone_is_set_aside(
    database: Database, blobs: Blobs, folder: Path, make_record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [make_record(label="poison" if at == 4 else "good") for at in range(9)]
    (folder / "left.seg").write_bytes(b"".join(map(write, records)))

    def odd(record: Record) -> dict[str, object]:
        if record.label == "poison":
            raise RecursionError("maximum recursion depth exceeded")
        return row(record)

    row = insert._row
    monkeypatch.setattr(insert, "_row", odd)
    shipper = Shipper(folder, database, blobs)
    assert shipper.tend() == Shipped(records=8, segments=1, rejected=1)
    assert records[4].id in shipper.problems()[0]
    assert str(folder / REJECTED) in shipper.problems()[0]


def a_folder(path: Path) -> None:
    path.mkdir()


def a_loop(path: Path) -> None:
    path.symlink_to(path)


def garbage(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 100)


@pytest.mark.parametrize("make", [a_folder, a_loop, garbage])
@pytest.mark.parametrize("name", ["000.seg", "zzz.seg", "000.new"])
def test_what_lies_in_the_spool_and_is_no_segment_holds_up_no_other(
    database: Database, blobs: Blobs, folder: Path, make_record: Make, make: Callable[[Path], None], name: str
) -> None:
    make(folder / name)
    records = [make_record() for _ in range(5)]
    (folder / "left.seg").write_bytes(b"".join(map(write, records)))
    shipper = Shipper(folder, database, blobs)
    assert shipper.ship().records == 5
    assert shipper.tend().records == 0
    assert stored(database) == {each.id for each in records}
    assert not (folder / "left.seg").exists()
    named = [text for text in shipper.problems() if name in text and "it is kept" in text]
    assert bool(named) == (name.endswith(".seg") and make is not garbage)
    if make is a_folder and name.endswith(".seg"):
        (folder / name).rmdir()
        shipper.tend()
        assert shipper.problems() == (), "what was mended is not told of any more"


def test_a_segment_that_fails_to_be_read_is_kept_and_named_and_tried_again(
    database: Database, blobs: Blobs, folder: Path, make_record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abcdefg":
        (folder / f"{name}.seg").write_bytes(write(make_record()))

    def broken(path: Path, *args: Any, **named: Any) -> Any:
        if path.name != "d.seg":
            raise OSError(5, "Input/output error")
        return read_part(path, *args, **named)

    shipper = Shipper(folder, database, blobs)
    with monkeypatch.context() as patched:
        patched.setattr("ratchet.predictions.ship.read_part", broken)
        assert shipper.tend() == Shipped(records=1, segments=1)
        told = shipper.problems()
    assert [Path(text.split()[2]).name for text in told[:3]] == ["a.seg", "b.seg", "c.seg"]
    assert "Input/output error" in told[0]
    assert told[3:] == ("3 more segments cannot be shipped",)
    assert shipper.tend() == Shipped(records=6, segments=6)
    assert shipper.problems() == ()


def test_tending_never_raises(
    database: Database, blobs: Blobs, folder: Path, make_record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "left.seg").write_bytes(write(make_record()))
    shipper = Shipper(folder, database, blobs)
    with monkeypatch.context() as patched:
        patched.setattr(shipper, "_ship_alone", lambda *_: next(iter(())))
        assert shipper.tend() == Shipped()
        assert shipper.problems() == ("StopIteration",)
    shipper._backoff.succeeded()
    assert shipper.tend().records == 1
    assert shipper.problems() == ()


def test_after_half_a_minute_without_success_health_says_so(
    database: Database, blobs: Blobs, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = 1_000.0
    monkeypatch.setattr("ratchet.clock.monotonic", lambda: moment)
    shipper, told = Shipper(folder, database, blobs), list[tuple[str, ...]]()

    def hangs(*_: Any) -> Shipped:
        nonlocal moment
        for seconds in (29, 31):
            moment = 1_000.0 + seconds
            told.append(shipper.problems())
        return Shipped()

    monkeypatch.setattr(shipper, "_ship_alone", hangs)
    shipper.tend()
    assert told[0] == ()
    assert "nothing could be brought to the database for 31 s" in told[1][0]
    assert shipper.problems() == ()


def test_what_is_no_segment_keeps_nobody_from_being_forgotten(database: Database, blobs: Blobs, folder: Path) -> None:
    log = PredictionLog(database, blobs, "films", folder)
    log.record([ask(subject="ann")], [answer()])
    (folder / "000.seg").mkdir()
    places = log.places()
    for place in places:
        place.forget("ann")
    assert [place.count("ann") for place in places] == [0, 0, 0]
    log.close()
    assert stored(database) == set()
