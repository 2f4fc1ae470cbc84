"""`ratchet audit`: what it prints, and that it exits with 1 where somebody changed an entry."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import ratchet
from ratchet.access.audit import Audit
from ratchet.cli.main import run
from ratchet.store.database import Database
from tests.stories.scenes import loans


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace whose audit has three entries."""
    loans(60).write_csv(tmp_path / "loans.csv")
    ratchet.init(str(tmp_path / "loans.csv"), "outcome", root=tmp_path)
    with ratchet.open(tmp_path):
        pass
    with closing(Database.open(tmp_path / ".ratchet" / "ratchet.db")) as database:
        audit = Audit.of(database, ratchet.Settings(root=tmp_path), "loans")
        audit.tell("keys.add", "rk_1", after={"name": "ann"})
        audit.tell("promote", "version 1", before={"champion": None}, after={"champion": "1"})
        audit.tell("rollback", "version 1", before={"champion": "2"}, after={"champion": "1"})
    return tmp_path


def test_it_lists_who_did_what(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-C", str(folder), "audit"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["entry", "3", "2", "1"]
    assert "champion 2 -> champion 1" in lines[1]
    assert run(["-C", str(folder), "audit", "--action", "keys", "--since", "1h", "--json"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)["entries"]
    assert (entry["action"], entry["target"], entry["after"]) == ("keys.add", "rk_1", {"name": "ann"})
    assert run(["-C", str(folder), "audit", "--since", "soon"]) == 2


def test_a_changed_entry_is_found_and_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-C", str(folder), "audit", "--verify", "--json"]) == 0
    head = json.loads(capsys.readouterr().out)["head"]
    assert run(["-C", str(folder), "audit", "--verify", "--head", head]) == 0
    assert "whole: 3 entries" in capsys.readouterr().err
    with closing(sqlite3.connect(folder / ".ratchet" / "ratchet.db")) as connection, connection:
        connection.execute("UPDATE audit SET actor = 'bob' WHERE seq = 2")
    assert run(["-C", str(folder), "audit", "--verify"]) == 1
    assert "entry 2 was changed" in capsys.readouterr().err
