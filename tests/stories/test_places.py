"""Ratchet runs wherever it finds itself, or says in words why it cannot.

``RATCHET_PLACES=all`` runs each place by itself too.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import polars as pl
import pytest

from tests.stories import places
from tests.stories.places import ALONE, ODD_NAME, TOGETHER, Place
from tests.stories.scenes import Answer, Shell, loans, quicken

RUNS = {**TOGETHER, **({name: (name,) for name in ALONE} if os.environ.get("RATCHET_PLACES") == "all" else {})}


def _place(*names: str) -> Place:
    place = places.joined(names)
    if lacking := places.missing(place):
        pytest.skip(f"{lacking} is not allowed here")
    return place


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder whose name a shell, a URL and a pattern would each read otherwise."""
    made = tmp_path / ODD_NAME
    made.mkdir(parents=True)
    return made


@pytest.mark.parametrize("name", RUNS)
def test_the_demo_runs(folder: Path, name: str) -> None:
    done = places.run(_place(*RUNS[name]), folder, "demo", "--once", "--dataset", "iris", "--port", "0")
    assert done.code == 0, done.err
    assert "Traceback" not in done.err
    made = folder / ".demo" / "iris" / ".ratchet"
    assert {"ratchet.db", "mlflow.db", "blobs"} <= {each.name for each in made.iterdir()}
    assert [each for each in folder.parents[1].rglob("*") if each.is_file() and folder not in each.parents] == []


def test_every_place_is_among_those_that_go_together() -> None:
    seen = {name for names in TOGETHER.values() for name in names}
    assert set(ALONE) - seen == {"a workspace that is a link", "1970"}


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own."""
    made = tmp_path / "disk"
    made.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=48m", "none", made], capture_output=True, check=False
    ).returncode:
        pytest.skip("mounting is not allowed here")
    yield made
    subprocess.run(["umount", "--lazy", made], check=True)


def _leave(disk: Path, kilobytes: int) -> Path:
    """Fill a disk so far that only this much is free."""
    filler = disk / "filler"
    filler.unlink(missing_ok=True)
    filler.write_bytes(bytes(max(0, shutil.disk_usage(disk).free - (kilobytes << 10))))
    return filler


def _refused(said: Answer) -> None:
    """For want of room, in words."""
    assert said.code == 3, said.err
    assert "there is no room left on the disk" in said.err
    assert "Traceback" not in said.err


def test_a_full_disk_is_said_and_work_goes_on_once_there_is_room(disk: Path, tmp_path: Path) -> None:
    shell = Shell(disk)
    loans(1_500).write_csv(tmp_path / "loans.csv")
    assert shell("init", tmp_path / "loans.csv", "--label", "outcome").code == 0
    quicken(disk)
    for kilobytes in (0, 200, 400):  # not enough to open the database, to take the rows in, to train on them
        _leave(disk, kilobytes)
        said = shell("train", tmp_path / "loans.csv", "--json", RATCHET_TRACKING_URI="off")
        _refused(said)
        assert said.document["code"] == "full-disk"
    assert [
        path for path in disk.rglob("*") if ".part" in path.name or path.name.startswith(("staging-", ".staging"))
    ] == []
    _leave(disk, 4_000)
    assert shell("train", tmp_path / "loans.csv", RATCHET_TRACKING_URI="off").code == 0
    for kilobytes in (0, 40):
        _leave(disk, kilobytes)
        for name in ("out.csv", "out.parquet"):
            _refused(shell("predict", tmp_path / "loans.csv", "-o", name))
    assert sorted(path.name for path in disk.iterdir()) == [".ratchet", "filler", "ratchet.toml"]
    (disk / "filler").unlink()
    assert shell("predict", tmp_path / "loans.csv", "-o", "out.csv").code == 0


def test_a_folder_that_may_only_be_read_is_said(disk: Path, tmp_path: Path) -> None:
    loans(300).write_csv(tmp_path / "loans.csv")
    shell = Shell(disk)
    assert shell("init", tmp_path / "loans.csv", "--label", "outcome").code == 0
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    for words in (
        ("ingest", tmp_path / "loans.csv"),
        ("train",),
        ("serve",),
        ("init", tmp_path / "loans.csv", "-l", "age", "--force"),
    ):
        said = shell(*words)
        assert said.code == 2, said.err
        assert "read-only" in said.err.lower()


def test_a_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    gone = Place(shell="mkdir gone && cd gone && rmdir ../gone")
    for words in (("ingest", "rows.csv"), ("demo", "--once"), ("doctor",), ("init", "rows.csv", "-l", "y")):
        said = places.run(gone, tmp_path, *words)
        assert (said.code, "the folder this was started in is gone" in said.err) == (2, True), said.err


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS has no names that are not UTF-8")
def test_names_that_are_no_text_are_read_but_no_workspace_lies_below_one(tmp_path: Path) -> None:
    loans(300).write_csv(tmp_path / "loans.csv")
    table, folder = (Path(os.fsdecode(os.fsencode(tmp_path / "f") + b"\xfcr" + end)) for end in (b".csv", b""))
    (tmp_path / "loans.csv").rename(table)
    shell = Shell(tmp_path)
    assert shell("init", table, "--label", "outcome", "--name", "loans").code == 0
    assert shell("ingest", table).code == 0
    folder.mkdir()
    refused = Shell(folder)("demo", "--once")
    assert refused.code == 2
    assert "bytes that are not UTF-8" in refused.err


def test_a_life_of_a_table_full_of_odd_letters(folder: Path) -> None:
    place = _place(*TOGETHER["a container"], "a workspace that is a link")
    table, answers = folder / "Kredite ☃.csv", folder / "Antworten ☃.jsonl"
    letters = {"good": "gut ☃", "bad": "schlecht 😀"}
    names = {"housing": "Wohnung 🏠", "age": "Größe"}
    rows = loans(1_500).with_columns(pl.col("outcome").replace(letters)).rename(names)
    rows.write_csv(table)
    for words in (
        ("init", table.name, "--label", "outcome"),
        ("train", table.name),
        ("predict", table.name, "-o", answers.name),
    ):
        done = places.run(place, folder, *words, RATCHET_TRACKING_URI="off")
        assert done.code == 0, done.err
        if words[0] == "init":
            quicken(folder)
    assert set(pl.read_ndjson(answers.read_bytes())["label"]) == set(letters.values())
    with _serving(place, folder) as address:
        answer = httpx.post(f"{address}/predict", json=rows.drop("outcome").row(0, named=True), timeout=60)
        assert answer.json()["label"] in letters.values(), answer.text


@contextmanager
def _serving(place: Place, folder: Path) -> Iterator[str]:
    """A server there, until SIGTERM, which it ends well by."""
    told, environment = places.command(place, "serve", "--open", "--port", "0")
    server = subprocess.Popen(told, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True)
    assert server.stderr is not None
    said = server.stderr.readline()
    yield said.split()[3]
    server.terminate()
    rest = server.communicate(timeout=60)[1]
    assert (server.returncode, "Traceback" in rest) == (0, False), said + rest
