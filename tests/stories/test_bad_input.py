"""Bad input: each gets a clear answer, and leaves the workspace as it was."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import polars as pl
import pytest

import ratchet
from tests.stories.scenes import Shell, loans


def _tree(folder: Path) -> dict[str, bytes]:
    """Every file that a user would miss, by name; the database by what it says, not by its pages.

    That something was tried stands in the audit, and is no part of this.
    """
    found = {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
        and path.name not in {"lock", "audit.head"}
        and "ratchet.db" not in path.name
        and "quarantine" not in path.parts
    }
    database = folder / "ratchet.db"
    if database.exists():
        with closing(sqlite3.connect(database)) as connection:
            said = [line for line in connection.iterdump() if not line.startswith('INSERT INTO "audit"')]
            found["ratchet.db"] = "\n".join(said).encode()
    return found


def _started(shell: Shell, table: Path) -> None:
    ratchet.init(str(table), "outcome", root=shell.folder)
    taken = shell("ingest", table)
    assert taken.code == 0, taken.err


def _refused_at_init(shell: Shell, frame: pl.DataFrame, label: str = "outcome") -> str:
    path = shell.folder / "bad.csv"
    frame.write_csv(path)
    answer = shell("init", path, "--label", label)
    assert answer.code == 2, answer.out + answer.err
    assert not (shell.folder / "ratchet.toml").exists()
    assert not (shell.folder / ".ratchet").exists()
    assert "What to do:" in answer.err
    assert "Traceback" not in answer.err
    return answer.err


def test_label_column_absent(shell: Shell) -> None:
    message = _refused_at_init(shell, loans(100), label="outcom")
    assert "outcom" in message
    assert "income" in message  # what is there
    assert "outcome" in message  # what was meant


def test_one_class_only(shell: Shell) -> None:
    message = _refused_at_init(shell, loans(100).with_columns(outcome=pl.lit("good")))
    assert "good" in message
    assert "class" in message


def test_ten_rows(shell: Shell) -> None:
    message = _refused_at_init(shell, loans(10))
    assert "10" in message
    assert "rows" in message


def test_two_thousand_classes(shell: Shell) -> None:
    frame = loans(4000).with_columns(outcome=pl.concat_str(pl.lit("c"), pl.int_range(4000) % 2000))
    message = _refused_at_init(shell, frame)
    assert "2,000" in message or "2000" in message
    assert "max_classes" in message


def test_duplicate_column_names(shell: Shell) -> None:
    path = shell.folder / "bad.csv"
    path.write_text("a,a,outcome\n" + "1,2,good\n3,4,bad\n" * 30)
    answer = shell("init", path, "--label", "outcome")
    assert answer.code == 2
    assert "more than once: a" in answer.err
    assert not (shell.folder / "ratchet.toml").exists()


def test_an_all_empty_column_is_left_out_and_said(shell: Shell, table: Path) -> None:
    path = shell.folder / "empty.csv"
    loans(200).with_columns(nothing=pl.lit(None, dtype=pl.String)).write_csv(path)
    drafted = shell("init", path, "--label", "outcome", "--json")
    assert drafted.code == 0, drafted.err
    assert drafted.document["spec"]["columns"]["nothing"] == "ignore"
    assert "nothing" in (shell.folder / "ratchet.toml").read_text()


def test_a_column_that_repeats_the_label_is_left_out_and_said(shell: Shell) -> None:
    path = shell.folder / "leak.csv"
    loans(200).with_columns(copy=pl.col("outcome")).write_csv(path)
    drafted = shell("init", path, "--label", "outcome", "--json")
    assert drafted.code == 0, drafted.err
    assert drafted.document["spec"]["columns"]["copy"] == "ignore"


def test_a_column_that_repeats_the_label_is_found_when_the_spec_insists(shell: Shell) -> None:
    path = shell.folder / "leak.csv"
    loans(200).with_columns(copy=pl.col("outcome")).write_csv(path)
    assert shell("init", path, "--label", "outcome").code == 0
    spec = shell.folder / "ratchet.toml"
    text = "\n".join('copy = "category"' if line.startswith("copy") else line for line in spec.read_text().splitlines())
    spec.write_text(text)
    assert shell("ingest", path).code == 0
    checked = shell("check")
    assert checked.code == 1
    assert "copy" in checked.out.splitlines()[0]


def test_nan_and_inf_become_missing_and_are_answered(shell: Shell, table: Path) -> None:
    frame = loans(300).with_columns(
        income=pl.when(pl.int_range(300) % 50 == 0).then(float("nan")).when(pl.int_range(300) % 50 == 1)
        .then(float("inf")).otherwise(pl.col("income"))
    )  # fmt: skip
    path = shell.folder / "odd.csv"
    frame.write_csv(path)
    assert shell("init", path, "--label", "outcome").code == 0
    taken = shell("ingest", path, "--json")
    assert taken.code == 0, taken.err
    assert taken.document["rows"] == 300


def test_mixed_types_in_a_column_are_set_aside_row_by_row(shell: Shell, table: Path) -> None:
    _started(shell, table)
    lines = loans(200, seed=5).write_csv().splitlines()
    lines[7] = lines[7].replace(lines[7].split(",")[0], "a lot", 1)
    path = shell.folder / "mixed.csv"
    path.write_text("\n".join(lines) + "\n")
    taken = shell("ingest", path, "--json")
    assert taken.code == 0, taken.err
    assert (taken.document["added"], taken.document["bad"]) == (199, 1)
    reason = (shell.folder / taken.document["quarantine"]).read_text()
    for words in ("mixed.csv", '"row":7', "income", "a lot"):
        assert words in reason


def test_too_many_bad_rows_refuse_the_ingest(shell: Shell, table: Path) -> None:
    _started(shell, table)
    before = _tree(shell.folder / ".ratchet")
    path = shell.folder / "awful.csv"
    path.write_text("income,age,housing,purpose,outcome\n" + "lots,old,own,car,good\n" * 50)
    taken = shell("ingest", path)
    assert taken.code == 2
    assert "max_bad" in taken.err
    assert _tree(shell.folder / ".ratchet") == before


def test_a_huge_cell_is_set_aside(shell: Shell, table: Path) -> None:
    _started(shell, table)
    path = shell.folder / "huge.csv"
    with path.open("w") as file:
        file.write(loans(100, seed=3).write_csv())
        file.write(f'100,30,"{"x" * 50_000_000}",car,good\n')
    taken = shell("ingest", path, "--json")
    assert taken.code == 0, taken.err
    assert (taken.document["added"], taken.document["bad"]) == (100, 1)
    assert (shell.folder / taken.document["quarantine"]).stat().st_size < 100_000


def test_a_truncated_parquet(shell: Shell, table: Path) -> None:
    _started(shell, table)
    before = _tree(shell.folder / ".ratchet")
    whole, part = shell.folder / "whole.parquet", shell.folder / "part.parquet"
    loans(2000).write_parquet(whole)
    part.write_bytes(whole.read_bytes()[:-500])
    taken = shell("ingest", part)
    assert taken.code == 2
    assert "part.parquet" in taken.err
    assert "What to do:" in taken.err
    assert _tree(shell.folder / ".ratchet") == before


def test_a_workspace_in_whose_place_a_file_stands(shell: Shell, table: Path) -> None:
    ratchet.init(str(table), "outcome", root=shell.folder)
    (shell.folder / ".ratchet").write_text("mine")
    taken = shell("ingest", table)
    assert taken.code == 2
    assert "a file is in its place" in taken.err
    assert (shell.folder / ".ratchet").read_text() == "mine"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can step down to a user who may not write")
def test_a_workspace_that_may_not_be_written(shell: Shell, table: Path) -> None:
    ratchet.init(str(table), "outcome", root=shell.folder)
    for path in (shell.folder, *shell.folder.parents):
        if path.stat().st_mode & 0o005 != 0o005:
            path.chmod(path.stat().st_mode | 0o055)
    shell.folder.chmod(0o755)
    warm = shell.folder / "warm"  # what is imported late must be in before the user who may not read it takes over
    ratchet.init(str(table), "outcome", root=warm)
    script = (
        f"import os, ratchet\nratchet.open({str(warm)!r}).close()\nos.setuid(65534)\n"
        f"ratchet.open({str(shell.folder)!r}).ingest({str(table)!r})"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert "cannot be written" in done.stderr
    assert not (shell.folder / ".ratchet").exists()


def test_a_second_process_in_the_same_workspace(shell: Shell, table: Path) -> None:
    _started(shell, table)
    before = _tree(shell.folder / ".ratchet")
    hold = (
        "import pathlib, sys\nfrom ratchet.store.workspace import lock\n"
        "with lock(pathlib.Path('.ratchet'), 'training'):\n    print('held', flush=True)\n    sys.stdin.read()"
    )
    other = subprocess.Popen([sys.executable, "-c", hold], cwd=shell.folder, stdin=-1, stdout=-1, text=True)
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        taken = shell("train")
        assert taken.code == 3
        assert f"process {other.pid}" in taken.err
        assert "training" in taken.err
        assert _tree(shell.folder / ".ratchet") == before
        assert shell("check").code == 0  # reading goes on
    finally:
        other.kill()
        other.communicate()
    assert shell("ingest", table).code == 0


def test_a_workspace_from_a_newer_version(shell: Shell, table: Path) -> None:
    _started(shell, table)
    path = shell.folder / ".ratchet" / "ratchet.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("update alembic_version set version_num = 'from_the_future'")
    before = _tree(shell.folder / ".ratchet")
    taken = shell("train")
    assert taken.code == 2
    assert "pip install -U ratchet-ml" in taken.err
    assert _tree(shell.folder / ".ratchet") == before


@pytest.mark.parametrize(
    ("was", "put", "why"),
    [
        ('family = "linear.v1"', 'family = "linar.v1"', "candidates.0.family: found 'linar.v1'"),
        ("[gate]", '[gate]\npositive = "Good"', "did you mean 'good'?"),
    ],
)
def test_a_wrong_name_in_the_spec_is_told_before_anything_is_looked_at(
    shell: Shell, table: Path, was: str, put: str, why: str
) -> None:
    _started(shell, table)
    path, before = shell.folder / "ratchet.toml", _tree(shell.folder / ".ratchet")
    path.write_text(path.read_text().replace(was, put, 1))
    for verb in ("check", "train"):
        answer = shell(verb)
        assert answer.code == 2, answer.err
        assert why in answer.err
    if "candidates" in why:
        assert why in shell("ingest", table).err
        assert why in shell("train", "absent.csv").err
        assert _tree(shell.folder / ".ratchet") == before
