"""A database file that is deleted or replaced under the shipper loses nothing that was answered within a minute."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from ratchet.predictions.record import Record
from ratchet.predictions.ship import KEEP_SECONDS, Shipper
from ratchet.predictions.spool import Spool
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database
from tests.predictions.test_ship import stored

Make = Callable[..., Record]


@pytest.fixture(autouse=True)
def _stays(monkeypatch: pytest.MonkeyPatch, _nothing_stays: None) -> None:
    monkeypatch.setattr("ratchet.predictions.ship.KEEP_SECONDS", KEEP_SECONDS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "spool"


def copy_of(path: Path) -> Path:
    """A whole copy of a database, made while others write to it."""
    copy = path.with_name("copy.db")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return copy


def tend(shipper: Shipper) -> None:
    shipper._backoff.succeeded()
    shipper.tend()


def test_a_database_that_is_replaced_is_given_all_again(
    database: Database, blobs: Blobs, folder: Path, make_record: Make, tmp_path: Path
) -> None:
    spool = Spool(folder, segment_bytes=2_000)
    shipper = Shipper(folder, database, blobs, spool)
    copy = copy_of(tmp_path / "ratchet.db")
    ids = set[str]()
    for turn in range(30):
        records = [make_record() for _ in range(3)]
        spool.record(records)
        ids.update(each.id for each in records)
        tend(shipper)
        if turn == 20:
            copy.replace(tmp_path / "ratchet.db")
    tend(shipper)
    assert stored(database) == ids
    assert any("was replaced while this process ran" in text for text in shipper.problems())
    spool.close()


def test_a_database_that_is_deleted_keeps_the_spool_and_is_said_to_be_gone(
    database: Database, blobs: Blobs, folder: Path, make_record: Make, tmp_path: Path
) -> None:
    spool = Spool(folder, segment_bytes=2_000)
    shipper = Shipper(folder, database, blobs, spool)
    records = [make_record() for _ in range(40)]
    for each in records[:20]:
        spool.record([each])
    tend(shipper)
    copy = copy_of(tmp_path / "ratchet.db")
    for suffix in ("", "-wal", "-shm"):
        (tmp_path / f"ratchet.db{suffix}").unlink()
    for each in records[20:]:
        spool.record([each])
        tend(shipper)
    assert shipper.problems() == (f"the database file {tmp_path / 'ratchet.db'} is gone",)
    assert not (tmp_path / "ratchet.db").exists()
    copy.rename(tmp_path / "ratchet.db")
    tend(shipper)
    assert stored(database) == {each.id for each in records}
    spool.close()


def test_a_segment_stays_for_a_minute_after_its_last_record(
    database: Database, blobs: Blobs, folder: Path, make_record: Make
) -> None:
    spool = Spool(folder)
    spool.record([make_record() for _ in range(3)])
    spool.close()
    shipper = Shipper(folder, database, blobs)
    assert [shipper.ship().records, shipper.ship().records] == [3, 0]
    (segment,) = folder.glob("*.seg")
    os.utime(segment, (time.time() - KEEP_SECONDS - 1,) * 2)
    assert shipper.ship().segments == 1
    assert list(folder.iterdir()) == []


def test_a_database_that_is_replaced_between_commit_and_delete_keeps_the_segment(
    database: Database, blobs: Blobs, folder: Path, make_record: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ratchet.predictions.ship.KEEP_SECONDS", 0.0)
    spool, copy = Spool(folder), copy_of(tmp_path / "ratchet.db")
    records = [make_record() for _ in range(3)]
    spool.record(records)
    spool.close()
    shipper = Shipper(folder, database, blobs)
    setting_aside = shipper._set_aside

    def replaced(*given: object) -> object:
        if copy.exists():
            copy.replace(tmp_path / "ratchet.db")
        return setting_aside(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(shipper, "_set_aside", replaced)
    assert shipper.ship().segments == 0
    assert stored(database) == set()
    assert shipper.ship().segments == 1
    assert stored(database) == {each.id for each in records}


def test_the_disk_gets_its_room_back_at_once_where_it_is_full(
    database: Database, blobs: Blobs, folder: Path, make_record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = Spool(folder, segment_bytes=2_000)
    shipper = Shipper(folder, database, blobs, spool)
    for _ in range(40):
        spool.record([make_record()])
    shipper.ship()
    before = len(list(folder.glob("*.seg")))
    assert before > 5
    monkeypatch.setattr(spool, "state", lambda: type("Full", (), {"problem": "no space", "held": 0}))
    shipper.ship()
    assert len(list(folder.glob("*.seg"))) == 2, "those in use"
