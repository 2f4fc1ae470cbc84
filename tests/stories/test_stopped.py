"""Ctrl-C and SIGTERM: what was kept is said, and is there; nothing that was begun goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import polars as pl
import psutil
import pytest

from ratchet.registry.runs import Runs
from ratchet.store.database import Database
from tests.stories.scenes import Shell, loans, quicken

SIGNALS = [(signal.SIGINT, 130, "Ctrl-C"), (signal.SIGTERM, 143, "SIGTERM")]


HEARING = "import signal; signal.signal(2, signal.default_int_handler); from ratchet.cli.main import main; main()"
"""The command line in a suite that runs behind a shell, where children inherit that Ctrl-C is turned off."""


@contextmanager
def begun(folder: Path, *words: str, until: str) -> Iterator[subprocess.Popen[str]]:
    """A command that has printed a line that begins with ``until``; the lines are kept in ``folder/said``."""
    said = folder / "said"
    with said.open("w") as err:
        process = subprocess.Popen(
            [sys.executable, "-c", HEARING, *words],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=err,
            text=True,
        )
    try:
        for _ in range(4_800):
            if any(line.startswith(until) for line in said.read_text().splitlines()):
                break
            assert process.poll() is None, said.read_text()
            time.sleep(0.05)
        else:
            raise AssertionError(said.read_text())
        yield process
    finally:
        process.kill()
        process.wait()


def _long(shell: Shell, table: Path) -> None:
    assert shell("init", table, "--label", "outcome").code == 0
    spec = shell.folder / "ratchet.toml"
    spec.write_text(spec.read_text().replace("trials = 20", "trials = 5000"))


def _press_twice(process: subprocess.Popen[str], folder: Path) -> None:
    """Ctrl-C, and once it was heard, again."""
    process.send_signal(signal.SIGINT)
    deadline = time.monotonic() + 60
    while "Ctrl-C again stops at once" not in (folder / "said").read_text() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)


@pytest.mark.parametrize(("number", "code", "by"), SIGNALS)
def test_training_stops_in_order_and_is_taken_up(shell: Shell, table: Path, number: int, code: int, by: str) -> None:
    _long(shell, table)
    with begun(shell.folder, "train", table.name, until="search") as process:
        time.sleep(1)
        children = psutil.Process(process.pid).children(recursive=True)
        if number == signal.SIGINT:
            _press_twice(process, shell.folder)
        else:
            process.send_signal(number)
        assert process.wait(60) == code
    said = (shell.folder / "said").read_text()
    assert f"ratchet: stopped by {by}: rows, checks and every step that had ended are kept" in said
    assert f"What to do: ratchet train {table.name}" in said
    assert "Traceback" not in said
    assert [each for each in children if each.is_running() and each.status() != psutil.STATUS_ZOMBIE] == []
    runs = Runs(Database.open(f"sqlite:///{shell.folder / '.ratchet' / 'ratchet.db'}"), "loans")
    (stopped,) = runs.list()
    assert (stopped.state, "collect" in stopped.steps) == ("stopped", True)
    assert not list((shell.folder / ".ratchet" / "cache").glob("training-*"))
    assert shell("ingest", table, "--json").document["added"] == 0, "the rows are kept, and no lock is"
    with begun(shell.folder, "train", table.name, until="search") as process:
        _press_twice(process, shell.folder)
        process.wait(60)
    assert [each.id for each in runs.list()] == [stopped.id], "the run was taken up"


def test_one_ctrl_c_ends_the_search_and_the_best_so_far_is_judged(shell: Shell, table: Path) -> None:
    _long(shell, table)
    with begun(shell.folder, "train", table.name, until="search") as process:
        time.sleep(2)
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) in {0, 1}
    said = (shell.folder / "said").read_text()
    assert "stopped by Ctrl-C: the best so far is fitted; Ctrl-C again stops at once" in said
    assert [each for each in children if each.is_running() and each.status() != psutil.STATUS_ZOMBIE] == []
    document = shell("show", "1", "--json").document
    assert document["decision"]["outcome"] in {"promote", "hold", "need_data"}
    assert any(each.startswith("Ctrl-C ended the search after ") for each in document["training_notes"]), document


@pytest.mark.parametrize(("number", "code", "by"), SIGNALS)
def test_ingesting_leaves_all_rows_or_none(shell: Shell, number: int, code: int, by: str) -> None:
    loans(60_000).write_csv(shell.folder / "many.csv")
    assert shell("init", "many.csv", "--label", "outcome").code == 0
    with begun(shell.folder, "ingest", "many.csv", until="collect    looking") as process:
        process.send_signal(number)
        assert process.wait(60) == code, (shell.folder / "said").read_text()
    assert f"stopped by {by}: the rows are there all or not at all" in (shell.folder / "said").read_text()
    assert not list((shell.folder / ".ratchet").rglob("*.part"))
    again = shell("ingest", "many.csv", "--json").document
    assert again["added"] in {0, again["rows"]}


def test_answers_that_are_stopped_are_not_written(shell: Shell, table: Path) -> None:
    assert shell("init", table, "--label", "outcome").code == 0
    quicken(shell.folder)
    assert shell("train", table).code in {0, 1}
    pl.concat([loans(100_000)] * 10).write_csv(shell.folder / "many.csv")
    words = ("predict", "many.csv", "-o", "answers.csv", "--version", "1")
    with begun(shell.folder, *words, until="predict") as process:
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
    said = (shell.folder / "said").read_text()
    assert "the file of answers is there whole or not at all" in said
    assert "What to do: ratchet predict many.csv -o answers.csv --version 1" in said
    assert [each.name for each in shell.folder.iterdir() if "answers" in each.name] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_without_a_champion_the_server_says_so_and_ends_in_order(shell: Shell, number: int) -> None:
    loans(60).write_csv(shell.folder / "few.csv")
    assert shell("init", "few.csv", "--label", "outcome").code == 0
    quicken(shell.folder)
    with begun(
        shell.folder, "up", "few.csv", "--label", "outcome", "--open", "--port", "0", until="Ratchet listens at"
    ) as process:
        said = (shell.folder / "said").read_text()
        assert "few cannot answer: no version is champion." in said
        assert "What to do: ratchet train MORE_ROWS; ratchet show 1 says what version 1 lacks" in said
        assert "Ratchet answers at" not in said
        address = said.partition("Ratchet listens at ")[2].split()[0]
        with urlopen(f"{address}/info", timeout=30) as answer:
            assert answer.status == 200
        process.send_signal(number)
        assert process.wait(60) == 0
    assert "Stopped in good order" in (shell.folder / "said").read_text()
    with begun(shell.folder, "serve", "--open", "--port", "0", until="Ratchet listens at") as process:
        assert "few cannot answer" in (shell.folder / "said").read_text()


def test_a_folder_where_nothing_was_trained_says_what_to_type(shell: Shell, table: Path) -> None:
    assert shell("init", table, "--label", "outcome").code == 0
    with begun(shell.folder, "serve", "--open", "--port", "0", until="Ratchet listens at") as process:
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert (
        "nothing was trained yet.\nWhat to do: ratchet train (after ratchet ingest DATA"
        in (shell.folder / "said").read_text()
    )


def test_a_check_that_is_stopped_changes_nothing(shell: Shell, table: Path) -> None:
    assert shell("init", table, "--label", "outcome").code == 0
    program = (
        "import os, signal, sys; from ratchet.cli import main, stopped; from ratchet.classifier import Classifier\n"
        "Classifier.check = lambda *_, **__: os.kill(os.getpid(), signal.SIGTERM)\n"
        "sys.argv = ['ratchet', 'check', '--json']; main.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=shell.folder, capture_output=True, text=True, check=False, env=os.environ
    )
    assert done.returncode == 143
    assert '"code": "interrupted"' in done.stdout
    assert "stopped by SIGTERM: nothing was changed\nWhat to do: ratchet check --json" in done.stderr
