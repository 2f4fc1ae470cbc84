"""Segments that are deleted or moved under their writer are written anew."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ratchet.errors import UnavailableError
from ratchet.predictions import spool as spools
from ratchet.predictions.record import Record
from ratchet.predictions.spool import Spool
from tests.predictions.test_spool import ids

Make = Callable[..., Record]


def _delete(folder: Path) -> None:
    for path in folder.glob("*.seg"):
        path.unlink()


def _delete_folder(folder: Path) -> None:
    shutil.rmtree(folder)


def _move(folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))


def _put_another_in_its_place(folder: Path) -> None:
    for path in folder.glob("*.seg"):
        copy = path.read_bytes()[:100]
        path.unlink()
        path.write_bytes(copy)


GONE = (_delete, _delete_folder, _move, _put_another_in_its_place)


@pytest.mark.parametrize("fsync", [False, True])
@pytest.mark.parametrize("lose", GONE)
@pytest.mark.parametrize("then", ["record", "retry", "close"])
def test_a_segment_that_is_deleted_or_moved_is_written_anew(
    tmp_path: Path,
    make_record: Make,
    lose: Callable[[Path], None],
    then: str,
    fsync: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(spools, "LOOK_SECONDS", 0.0 if lose is _move else math.inf)  # what is deleted is seen at once
    folder = tmp_path / "spool"
    spool = Spool(folder, fsync=fsync, segment_bytes=50_000)
    records = [make_record(row={"text": "x" * 300}) for _ in range(30)]
    for record in records:
        spool.record([record])
    assert spool.state().notice is None
    lose(folder)
    if then == "record":
        records += [make_record()]
        spool.record(records[-1:])
    elif then == "retry":
        spool.retry()
    else:
        spool.close()
    assert ids(folder) == sorted(each.id for each in records)
    state = spool.state()
    assert "was deleted or moved while this process ran" in str(state.notice)
    assert (state.logged, state.problem) == (len(records), None)


@pytest.mark.parametrize("lose", GONE)
def test_nothing_is_lost_by_rotating_out_of_a_segment_that_is_gone(
    tmp_path: Path, make_record: Make, lose: Callable[[Path], None]
) -> None:
    folder = tmp_path / "spool"
    spool = Spool(folder, segment_bytes=3_000)
    records = [make_record() for _ in range(3)]
    for record in records:
        spool.record([record])
    lose(folder)
    records += [make_record(row={"text": "x" * 2_900}), *(make_record() for _ in range(20))]
    for record in records[3:]:
        spool.record([record])
    spool.close()
    assert ids(folder) == sorted(each.id for each in records)


def test_while_nothing_can_be_made_anew_nothing_counts_as_logged_and_all_is_kept(
    tmp_path: Path, make_record: Make
) -> None:
    folder = tmp_path / "spool"
    spool = Spool(folder)
    first, second, third = make_record(), make_record(), make_record()
    spool.record([first])
    shutil.rmtree(folder)
    folder.write_bytes(b"in its place")
    with pytest.raises(UnavailableError, match="cannot be written"):
        spool.record([second])
    assert spool.state().logged == 1
    folder.unlink()
    spool.record([third])
    assert {first.id, third.id} <= set(ids(folder))
    assert spool.state().problem is None
