"""With ``fsync``, an answer that was acknowledged survives the loss of power.

The power cut is simulated: a process runs with its ``fsync`` and ``fdatasync`` watched (``power_cut.c``), is killed,
and its files are set back to what was synced of them, under the names that were synced.  Deleting is taken to last at
once, which is the worst for us.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from ratchet.predictions.ship import Shipper
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database
from tests.predictions.test_ship import stored

WRITER = """
import sys
from pathlib import Path
from ratchet.clock import new_id, now
from ratchet.predictions import ship
from ratchet.predictions.record import Record
from ratchet.predictions.ship import Shipper
from ratchet.predictions.spool import Spool
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database

ship.KEEP_SECONDS = 0.0  # the database must keep by itself what it has taken
root = Path(sys.argv[1])
spool = Spool(root / "spool", fsync=sys.argv[2] == "fsync", segment_bytes=4_000)
shipper = Shipper(root / "spool", Database.open(f"sqlite:///{root}/ratchet.db"), Blobs.open(root / "blobs"), spool)
while True:
    for _ in range(5):
        row = {"text": "a picture " * 2_000}
        records = [Record(new_id(), "films", None, "1", now(), "good", 1.0, (), (), False, 0.1, row) for _ in range(3)]
        spool.record(records)
        sys.stdout.write("".join(record.id + "\\n" for record in records))
        sys.stdout.flush()
    shipper.ship()
"""


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that watches what a process syncs."""
    compiler = shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("the power cut is simulated on Linux, with a C compiler")
    library = tmp_path_factory.mktemp("power") / "power_cut.so"
    source = Path(__file__).with_name("power_cut.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return library


def cut(folder: Path, shadow: Path) -> None:
    """Set a folder back to what was synced of it."""
    listed = shadow / str(folder.stat().st_ino)
    names = dict(line.split(" ", 1)[::-1] for line in listed.read_text().splitlines()) if listed.exists() else {}
    for path in [*folder.iterdir()]:
        inode = str(path.stat().st_ino)
        if names.get(path.name) != inode:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        elif path.is_dir():
            cut(path, shadow)
        else:
            kept = shadow / inode
            path.write_bytes(kept.read_bytes() if kept.exists() else b"")


def prepared(root: Path, shadow: Path) -> None:
    """A database and folders that were synced long ago."""
    root.mkdir()
    shadow.mkdir()
    database = Database.open(f"sqlite:///{root}/ratchet.db")
    database.close()
    (root / "blobs").mkdir()
    for path in root.iterdir():
        if path.is_file():
            shutil.copy(path, shadow / str(path.stat().st_ino))
    names = "".join(f"{path.stat().st_ino} {path.name}\n" for path in root.iterdir())
    (shadow / str(root.stat().st_ino)).write_text(names)


def after_a_cut(root: Path, shadow: Path, library: Path, fsync: str) -> tuple[set[str], set[str]]:
    """The ids that a process acknowledged until its power was cut, and those that are in the database afterwards."""
    prepared(root, shadow)
    command = [sys.executable, "-c", WRITER, str(root), fsync]
    environment = {**os.environ, "LD_PRELOAD": str(library), "POWER_CUT": str(shadow)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        seen = [writer.stdout.readline().strip() for _ in range(150)]
        writer.send_signal(signal.SIGKILL)
        answered = {*seen, *writer.stdout.read().split("\n")[:-1]}  # what follows the last newline was cut off
    cut(root, shadow)
    with closing(sqlite3.connect(root / "ratchet.db")) as found:
        assert found.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    with closing(Database.open(f"sqlite:///{root}/ratchet.db")) as database:
        Shipper(root / "spool", database, Blobs.open(root / "blobs")).ship()
        return answered, stored(database)


def test_what_was_acknowledged_survives_a_power_cut(watched: Path, tmp_path: Path) -> None:
    for turn in range(3):
        answered, kept = after_a_cut(tmp_path / f"run{turn}", tmp_path / f"synced{turn}", watched, "fsync")
        assert len(answered) >= 150
        assert answered <= kept


def test_without_fsync_the_cut_takes_what_it_may(watched: Path, tmp_path: Path) -> None:
    answered, kept = after_a_cut(tmp_path / "run", tmp_path / "synced", watched, "no")
    assert answered - kept, "else the cut is none"
