"""The spool survives what processes and disks do."""

from __future__ import annotations

import logging
import resource
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ratchet.errors import UnavailableError
from ratchet.predictions import spool as spools
from ratchet.predictions.record import Record, write
from ratchet.predictions.segment import PART_BYTES, Claim, SegmentWriter, read_part
from ratchet.predictions.spool import Spool

Make = Callable[..., Record]

WRITER = """
import sys
from pathlib import Path
from ratchet.clock import new_id, now
from ratchet.predictions.record import Record
from ratchet.predictions.spool import Spool

spool = Spool(Path(sys.argv[1]), segment_bytes=20_000)
while True:
    records = [
        Record(new_id(), "films", None, "1", now(), "good", 1.0, (), (), False, 0.1, {"at": at}) for at in range(3)
    ]
    spool.record(records)
    sys.stdout.write("".join(record.id + "\\n" for record in records))
    sys.stdout.flush()
"""


def everything(folder: Path) -> list[Record]:
    """What a shipper would find once every writer is gone."""
    return [record for path in sorted(folder.glob("*.seg")) for record in whole(path)]


def whole(path: Path, *, alive: bool = False, most: int = PART_BYTES) -> list[Record]:
    part = read_part(path, alive=alive, most=most)
    found = part.records
    while part.more:
        part = read_part(path, part.end, alive=alive, most=most)
        found += part.records
    return found


def ids(folder: Path) -> list[str]:
    return sorted(record.id for record in everything(folder))


def test_what_is_recorded_is_on_the_disk_at_once(tmp_path: Path, make_record: Make) -> None:
    spool = Spool(tmp_path)
    records = [make_record() for _ in range(5)]
    spool.record(records[:2])
    spool.record(records[2:])
    (first,) = [path for path in sorted(tmp_path.glob("*.seg")) if read_part(path, alive=True).records]
    part = read_part(first, alive=True)
    assert part.records == records
    assert read_part(first, part.end, alive=True).records == []
    assert spool.state().logged == 5


def test_segments_are_rotated_and_given_back(tmp_path: Path, make_record: Make) -> None:
    size = len(write(make_record()))
    spool = Spool(tmp_path, segment_bytes=size * 3 + 10)
    records = [make_record() for _ in range(10)]
    for record in records:
        spool.record([record])
    spool.record([make_record() for _ in range(7)])  # a batch that is longer than a segment
    spool.close()
    assert len(everything(tmp_path)) == 17
    assert {each.id for each in records} < {each.id for each in everything(tmp_path)}
    for path in tmp_path.glob("*.seg"):
        with Claim(path) as free:
            assert free
        assert not path.read_bytes().endswith(b"\0")


def test_a_segment_in_use_cannot_be_claimed(tmp_path: Path) -> None:
    segment = SegmentWriter.create(tmp_path, 1000)
    with Claim(segment.path) as free:
        assert not free
    segment.write(b"x", fsync=True)
    segment.close()
    with Claim(segment.path) as free:
        assert free


def test_a_torn_tail_is_skipped_and_counted(tmp_path: Path, make_record: Make) -> None:
    records = [make_record() for _ in range(3)]
    lines = [write(record) for record in records]
    path = tmp_path / "a.seg"
    path.write_bytes(lines[0] + lines[1][:50] + b"\n" + lines[2] + lines[1][:20] + b"\0" * 100)
    part = read_part(path, alive=False)
    assert part.records == [records[0], records[2]]
    assert part.torn == (lines[1][:50], lines[1][:20])
    # while its writer lives, the last line may still become whole
    living = read_part(path, alive=True)
    assert (living.records, living.torn) == (part.records, part.torn[:1])
    assert living.end == len(lines[0]) + 51 + len(lines[2])


@pytest.mark.parametrize("most", [64, 1_000, 100_000])
def test_a_segment_is_read_in_parts_of_any_size(tmp_path: Path, make_record: Make, most: int) -> None:
    segment = SegmentWriter.create(tmp_path, 50_000)
    records = [make_record(row={"text": "x" * (at * 37 % 900)}) for at in range(60)]
    for record in records:
        segment.write(write(record), fsync=False)
    assert whole(segment.path, alive=True, most=most) == records
    assert whole(segment.path, most=most) == records  # with the zeros behind them
    segment.close()
    assert whole(segment.path, most=most) == records


def test_reading_while_another_writes_misses_and_mistakes_nothing(tmp_path: Path, make_record: Make) -> None:
    segment = SegmentWriter.create(tmp_path, 4_000_000)
    records = [make_record(row={"text": "x" * (at * 37 % 900)}) for at in range(3_000)]
    found: list[Record] = []
    torn: list[bytes] = []

    def follow() -> None:
        end = 0
        while len(found) + len(torn) < len(records):
            part = read_part(segment.path, end, alive=True, most=5_000)
            end = part.end
            found.extend(part.records)
            torn.extend(part.torn)

    reader = threading.Thread(target=follow)
    reader.start()
    for at in range(0, len(records), 20):
        segment.write(b"".join(map(write, records[at : at + 20])), fsync=False)
    reader.join()
    assert found == records
    assert torn == []
    segment.close()


def test_many_threads_share_one_spool(tmp_path: Path, make_record: Make) -> None:
    spool = Spool(tmp_path, segment_bytes=30_000)
    records = [make_record(row={"at": at}) for at in range(400)]

    def write_all(part: list[Record]) -> None:
        for each in part:
            spool.record([each])

    threads = [
        threading.Thread(target=write_all, args=(part,))
        for part in (records[:100], records[100:200], records[200:300], records[300:])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spool.close()
    assert ids(tmp_path) == sorted(each.id for each in records)


def test_kill_9_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    for patience in (1, 40, 300):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            acknowledged = [writer.stdout.readline() for _ in range(patience)]
            writer.kill()
            acknowledged += writer.stdout.readlines()
        ids = {line.strip() for line in acknowledged if line.endswith("\n")}
        assert len(ids) >= patience
        assert ids <= {record.id for record in everything(tmp_path)}
        for path in tmp_path.glob("*.seg"):
            with Claim(path) as free:
                assert free, "the lock of a dead process must be free"


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[bool], None]]:
    """No file of this process may grow past some bytes, which the kernel enforces, as it does a disk's size."""
    monkeypatch.setattr(spools, "RETRY_SECONDS", 0.0)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(full: bool) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_500 if full else soft, hard))

    yield fill
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_stops_no_answers_and_loses_none(
    tmp_path: Path, make_record: Make, full_disk: Callable[[bool], None], caplog: pytest.LogCaptureFixture
) -> None:
    spool = Spool(tmp_path / "spool", unlogged="hold", segment_bytes=1_000)
    records = [make_record(row={"text": "x" * 100}) for _ in range(30)]
    spool.record(records[:1])
    full_disk(True)
    with caplog.at_level(logging.ERROR):
        for record in records[1:20]:
            spool.record([record, make_record(row={"text": "x" * 2_000})])
    held = spool.state()
    assert held.held > 0
    assert held.failures > 0
    assert held.problem is not None
    assert "File too large" in held.problem
    assert "cannot be written" in caplog.text
    full_disk(False)
    for record in records[20:]:
        spool.record([record])
    spool.close()
    state = spool.state()
    assert (state.held, state.problem, state.logged) == (0, None, 30 + 19)
    assert {each.id for each in records} <= {each.id for each in everything(tmp_path / "spool")}


def test_space_claimed_beforehand_takes_records_on_a_full_disk(
    tmp_path: Path, make_record: Make, full_disk: Callable[[bool], None]
) -> None:
    spool = Spool(tmp_path, segment_bytes=1_400)
    spool.record([make_record()])
    full_disk(True)
    monitored = [make_record() for _ in range(4)]
    for record in monitored:
        spool.record([record])
    assert spool.state().held == 0


def test_when_nothing_more_can_be_kept_answers_are_refused_and_none_is_half_logged(
    tmp_path: Path, make_record: Make, full_disk: Callable[[bool], None]
) -> None:
    spool = Spool(tmp_path, unlogged="hold", segment_bytes=2_000, hold_bytes=3_000)
    full_disk(True)
    accepted: list[str] = []

    def go_on() -> None:
        for _ in range(100):
            record = make_record(row={"text": "x" * 200})
            spool.record([record])
            accepted.append(record.id)

    with pytest.raises(UnavailableError, match="wait in memory"):
        go_on()
    assert 0 < len(accepted) < 20
    full_disk(False)
    spool.retry()
    spool.close()
    assert ids(tmp_path) == sorted(accepted)


def test_a_small_disk_that_is_really_full(tmp_path: Path, make_record: Make) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=96k", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting a small disk needs root")
    try:
        (disk / "filler").write_bytes(b"x" * 8_192)
        spool = Spool(disk / "spool", unlogged="hold", segment_bytes=32_768)
        records = [make_record(id=f"{at:03}", row={"text": "x" * 1_000}) for at in range(120)]
        for record in records:
            spool.record([record])
        assert spool.state().held > 0
        assert "No space left" in str(spool.state().problem)
        assert ids(disk / "spool") == [each.id for each in records[: spool.state().logged]]
        subprocess.run(["mount", "-o", "remount,size=1m", str(disk)], check=True)
        spool.retry()
        assert spool.state().held == 0
        assert ids(disk / "spool") == [each.id for each in records]
        spool.close()
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_the_spool_is_its_owners(tmp_path: Path, make_record: Make) -> None:
    folder = tmp_path / "spool"
    Spool(folder).record([make_record(row={"text": "x" * 20_000})])
    assert {stat.S_IMODE(path.stat().st_mode) for path in (folder, folder / "cells")} == {0o700}
