"""Large cells: among the blobs once, and whole at every moment, whoever is killed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ratchet.errors import UnavailableError
from ratchet.predictions.cells import CELL_BYTES, Parked, read_cell
from ratchet.predictions.record import Record
from ratchet.predictions.ship import Shipper
from ratchet.predictions.spool import Spool
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database
from ratchet.store.tables import predictions

Make = Callable[..., Record]
PICTURE = os.urandom(CELL_BYTES + 1)
TEXT = "é" * CELL_BYTES + "!"

KILLED = """
import os, sys
from pathlib import Path
from ratchet.clock import new_id, now
from ratchet.predictions.record import Record
from ratchet.predictions.ship import Shipper
from ratchet.predictions.spool import Spool
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database

folder, url, store, last = sys.argv[1:]
steps = 0

def hook(event, args):
    # Every change of the outside that Python makes passes by here: the process ends at one of them.
    global steps
    if event in {"open", "os.rename", "os.remove", "sqlite3.connect", "os.mkdir", "fcntl.flock", "os.truncate"}:
        steps += 1
        if steps == int(last):
            os._exit(9)

database, blobs = Database.open(url), Blobs.open(store)
picture = bytes(range(256)) * 100
records = [Record(new_id(), "films", None, "1", now(), "good", 1.0, (), (), False, 0.1, {"photo": picture, "at": at})
           for at in range(3)]
sys.addaudithook(hook)
spool = Spool(Path(folder), segment_bytes=1_000)
for record in records:
    spool.record([record])
    os.write(1, record.id.encode() + b"\\n")
    Shipper(Path(folder), database, blobs, spool).ship()
spool.close()
Shipper(Path(folder), database, blobs).ship()
os.write(1, b"done\\n")
"""


def rows(database: Database) -> dict[str, Any]:
    with database.read() as connection:
        return {row.id: row for row in connection.execute(select(predictions))}


def test_large_cells_go_to_the_blobs_and_small_ones_stay(
    tmp_path: Path, database: Database, blobs: Blobs, make_record: Make
) -> None:
    spool = Spool(tmp_path / "spool")
    row = {"photo": PICTURE, "icon": b"tiny", "text": TEXT, "title": "x" * CELL_BYTES, "n": 1}
    record = make_record(row=row)
    spool.record([record])
    assert not blobs.list()
    Shipper(tmp_path / "spool", database, blobs, spool).ship()
    kept = rows(database)[record.id]
    assert set(kept.row) == {"icon", "title", "n"}
    assert {name: each["bytes"] for name, each in kept.cells.items()} == {
        "photo": len(PICTURE),
        "text": len(TEXT.encode()),
    }
    spool.close()
    (found,) = [each for each in [Shipper(tmp_path / "spool", database, blobs).ship()] if each.segments]
    assert found.records == 0
    assert list((tmp_path / "spool" / "cells").iterdir()) == []
    assert {name: blobs.get(each["key"]) for name, each in kept.cells.items()} == {
        "photo": PICTURE,
        "text": TEXT.encode(),
    }


def test_what_looks_like_a_reference_is_a_value(
    tmp_path: Path, database: Database, blobs: Blobs, make_record: Make
) -> None:
    row = {"photo": {"key": "cells/films/_/0", "bytes": 1, "type": "bytes"}, "cells": {"photo": "x"}}
    spool = Spool(tmp_path / "spool")
    record = make_record(row=row)
    spool.record([record])
    Shipper(tmp_path / "spool", database, blobs, spool).ship()
    kept = rows(database)[record.id]
    assert (kept.row, kept.cells) == (row, {})
    spool.close()


def test_a_cell_is_kept_once_a_subject(tmp_path: Path, database: Database, blobs: Blobs, make_record: Make) -> None:
    spool = Spool(tmp_path / "spool")
    subjects = ["ann", "ann", "bob", None, None]
    spool.record([make_record(row={"photo": PICTURE}, subject=each) for each in subjects])
    Shipper(tmp_path / "spool", database, blobs, spool).ship()
    spool.record([make_record(row={"photo": PICTURE}, subject="ann")])
    Shipper(tmp_path / "spool", database, blobs, spool).ship()
    assert len(blobs.list("cells")) == 3
    assert len({each.cells["photo"]["key"] for each in rows(database).values()}) == 3
    spool.close()


def test_blobs_that_are_away_keep_the_spool(
    tmp_path: Path, database: Database, blobs: Blobs, make_record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: object) -> None:
        raise UnavailableError("the store does not answer")

    spool = Spool(tmp_path / "spool")
    record = make_record(row={"photo": PICTURE})
    spool.record([record])
    shipper = Shipper(tmp_path / "spool", database, blobs, spool)
    with monkeypatch.context() as patched:
        patched.setattr(Blobs, "put_file", away)
        with pytest.raises(UnavailableError):
            shipper.ship()
        shipper.tend()
        assert shipper.problem == "the store does not answer"
    assert rows(database) == {}
    assert shipper.ship().records == 1
    cell = make_record(cells=rows(database)[record.id].cells).cells["photo"]
    assert blobs.get(cell["key"]) == PICTURE  # type: ignore[index]
    spool.close()


def test_a_disk_that_takes_no_cell_keeps_it_in_its_record(
    tmp_path: Path, database: Database, blobs: Blobs, make_record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    spool = Spool(tmp_path / "spool")
    record = make_record(row={"text": TEXT})
    with monkeypatch.context() as patched:
        patched.setattr(Parked, "_write", full)
        spool.record([record])
    Shipper(tmp_path / "spool", database, blobs, spool).ship()
    assert rows(database)[record.id].row == {"text": TEXT}
    spool.close()


def test_what_a_dead_writer_left_is_taken_on(
    tmp_path: Path, database: Database, blobs: Blobs, make_record: Make
) -> None:
    record = Parked(tmp_path / "spool").park(make_record(row={"photo": PICTURE}))
    half = tmp_path / "spool" / "cells" / ".half.part"
    half.write_bytes(b"x")
    shipper = Shipper(tmp_path / "spool", database, blobs)
    shipper.ship()
    assert blobs.list() == [], "its record may be on its way"
    for path in (tmp_path / "spool" / "cells").iterdir():
        os.utime(path, (0, 0))
    shipper.ship()
    assert list((tmp_path / "spool" / "cells").iterdir()) == []
    assert read_cell(record.cells["photo"], blobs) == PICTURE


def test_a_process_that_dies_at_any_step_leaves_every_cell_whole(tmp_path: Path) -> None:
    picture = bytes(range(256)) * 100
    for step in range(1, 1_000):
        folder, url, store = tmp_path / f"s{step}", f"sqlite:///{tmp_path}/{step}.db", tmp_path / f"b{step}"
        command = [sys.executable, "-c", KILLED, str(folder), url, str(store), str(step)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode in {0, 9}, done.stderr
        database, blobs = Database.open(url), Blobs.open(store)
        Shipper(folder, database, blobs).ship()
        kept = rows(database)
        acknowledged = {line for line in done.stdout.splitlines() if line != "done"}
        assert acknowledged <= set(kept), f"killed at step {step}"
        assert all(blobs.get(each.cells["photo"]["key"]) == picture for each in kept.values()), f"killed at step {step}"
        database.close()
        if done.returncode == 0:
            assert len(kept) == 3
            assert len(blobs.list("cells")) == 1
            return
    raise AssertionError("it never came to its end")
