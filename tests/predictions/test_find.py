"""An answer is found in the spool by its id, and an id that nobody was given is soon known to be none."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ratchet import clock
from ratchet.errors import NotFoundError
from ratchet.predictions import find as finding
from ratchet.predictions.feedback import Feedback
from ratchet.predictions.find import find
from ratchet.predictions.hours import read as hours
from ratchet.predictions.log import PredictionLog
from ratchet.predictions.record import Record, write
from ratchet.predictions.spool import Spool
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database
from tests.predictions.test_log import CLASSES, answer, ask
from tests.predictions.test_ship import stored

Make = Callable[..., Record]


def test_each_record_of_every_segment_is_found(tmp_path: Path, make_record: Make) -> None:
    spool = Spool(tmp_path, segment_bytes=2_000)
    records = [make_record() for _ in range(40)]
    for each in records:
        spool.record([each])
    (tmp_path / "000.seg").mkdir()
    (tmp_path / "zzz.seg").touch()
    for each in records:
        assert find(tmp_path, each.id) == each
    assert find(tmp_path, clock.new_id()) is None
    spool.close()
    assert find(tmp_path / "nowhere", records[0].id) is None


def test_a_row_that_mentions_an_id_is_not_its_record(tmp_path: Path, make_record: Make) -> None:
    wanted = make_record()
    lines = [make_record(row={"text": wanted.id}), wanted, make_record(row={"text": wanted.id})]
    (tmp_path / "a.seg").write_bytes(b"".join(map(write, lines[:2])) + b"0badc0de " + wanted.id.encode())
    assert find(tmp_path, wanted.id) == wanted
    (tmp_path / "a.seg").write_bytes(write(lines[0]) + write(lines[2]))
    assert find(tmp_path, wanted.id) is None


def test_segments_from_before_the_id_was_made_are_not_looked_at(
    tmp_path: Path, make_record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "old.seg").write_bytes(write(make_record()))
    os.utime(tmp_path / "old.seg", (time.time() - 3_600,) * 2)
    monkeypatch.setattr(finding, "_in", lambda *_: pytest.fail("it cannot be there"))
    assert find(tmp_path, clock.new_id()) is None


def test_an_unknown_id_ships_nothing(
    database: Database, blobs: Blobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = PredictionLog(database, blobs, "films", tmp_path / "spool")
    answers = [answer() for _ in range(50)]
    log.record([ask() for _ in answers], answers)
    with monkeypatch.context() as patched:
        patched.setattr(log, "ship", lambda: pytest.fail("the spool is shipped"))
        for unknown in (clock.new_id(), "0" * 26, "f" * 26):
            with pytest.raises(NotFoundError, match=unknown):
                log.get(unknown)
        assert stored(database) == set()
        Feedback(database, "films", log).record(answers[7].id, "good", classes=CLASSES, actor="ann")
        assert stored(database) == {answers[7].id}
    log.close()
    assert stored(database) == {each.id for each in answers}
    assert sum(each.count for each in hours(database, "films")) == len(answers), "each is counted once"
