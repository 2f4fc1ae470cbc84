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
import os, shutil, sys
from pathlib import Path
from ratchet.clock import new_id, now
from ratchet.predictions.record import Record
from ratchet.predictions.ship import Shipper
from ratchet.predictions.spool import Spool
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database

OUTSIDE = {"open", "os.rename", "os.remove", "sqlite3.connect", "os.mkdir", "fcntl.flock", "os.truncate"}
steps, last = 0, 0

def hook(event, args):
    # Every change of the outside that Python makes passes by here, and the process ends at one of them.
    global steps
    steps += event in OUTSIDE
    if steps == last:
        os._exit(9)

def answer(folder):
    database, blobs = Database.open(f"sqlite:///{folder}/ratchet.db"), Blobs.open(folder / "blobs")
    said = os.open(folder / "said", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    picture = bytes(range(256)) * 100
    sys.addaudithook(hook)
    spool = Spool(folder / "spool", segment_bytes=1_000)
    for at in range(3):
        row = {"photo": picture, "at": at}
        record = Record(new_id(), "films", None, "1", now(), "good", 1.0, (), (), False, 0.1, row)
        spool.record([record])
        os.write(said, record.id.encode() + b"\\n")
        Shipper(folder / "spool", database, blobs, spool).ship()
    spool.close()
    Shipper(folder / "spool", database, blobs).ship()
    os._exit(0)

made = Path(sys.argv[1], "0")
Database.open(f"sqlite:///{made}/ratchet.db").close()
while True:
    last += 1
    folder = Path(shutil.copytree(made, made.with_name(str(last))))
    if not (child := os.fork()):
        answer(folder)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0:
        break
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


def test_a_cell_of_a_subject_is_its_records_alone_and_nobodys_is_kept_once(
    tmp_path: Path, database: Database, blobs: Blobs, make_record: Make
) -> None:
    spool = Spool(tmp_path / "spool")
    subjects = ["ann", "ann", "bob", None, None]
    spool.record([make_record(row={"photo": PICTURE}, subject=each) for each in subjects])
    Shipper(tmp_path / "spool", database, blobs, spool).ship()
    spool.record([make_record(row={"photo": PICTURE}, subject="ann")])
    Shipper(tmp_path / "spool", database, blobs, spool).ship()
    keys = [(each.subject, each.cells["photo"]["key"]) for each in rows(database).values()]
    assert (len(keys), len(set(keys))) == (6, 5)
    assert set(blobs.list("cells")) == {key for _, key in keys}
    assert len({key for subject, key in keys if subject is None}) == 1
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
    strange = tmp_path / "spool" / "cells" / "notes.txt"
    strange.write_bytes(b"not ours")
    shipper = Shipper(tmp_path / "spool", database, blobs)
    shipper.ship()
    assert blobs.list() == [], "its record may be on its way"
    for path in (tmp_path / "spool" / "cells").iterdir():
        os.utime(path, (0, 0))
    shipper.ship()
    assert list((tmp_path / "spool" / "cells").iterdir()) == [strange]
    assert read_cell(record.cells["photo"], blobs) == PICTURE


def test_a_process_that_dies_at_any_step_leaves_every_cell_whole(tmp_path: Path) -> None:
    picture = bytes(range(256)) * 100
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=True, timeout=300)
    folders = sorted(tmp_path.iterdir(), key=lambda path: int(path.name))[1:]
    assert len(folders) > 30, "it was killed at many steps before it came to its end"
    for folder in folders:
        database, blobs = Database.open(f"sqlite:///{folder}/ratchet.db"), Blobs.open(folder / "blobs")
        Shipper(folder / "spool", database, blobs).ship()
        kept = rows(database)
        assert set((folder / "said").read_text().split()) <= set(kept), f"killed at step {folder.name}"
        assert all(blobs.get(each.cells["photo"]["key"]) == picture for each in kept.values()), folder.name
        database.close()
    assert (len(kept), len(blobs.list("cells"))) == (3, 1)
