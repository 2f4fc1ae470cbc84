"""Encryption at rest, by reading every byte that a whole life leaves in a workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import ratchet
from ratchet.errors import SettingsError, WorkspaceError
from ratchet.privacy.sealing import is_sealed
from ratchet.spec import Spec
from tests.privacy.lives import CITY, LONG, PHRASE, files, live, make, new_key, telling


def test_no_file_of_a_whole_life_tells_of_a_sealed_column(tmp_path: Path) -> None:
    root = make(tmp_path / "calls")
    key = new_key()
    answered = live(root, encryption_key=key, scratch=tmp_path)
    assert telling(root) == []
    blobs = [path for path in files(root) if "blobs" in path.parts]
    assert blobs
    assert [path for path in blobs if not is_sealed(path.read_bytes()) and path.stat().st_size] == []
    with ratchet.open(root, encryption_key=key, scratch=tmp_path) as calls:
        assert calls._log.get(answered).cells.keys() == {"transcript"}
        assert PHRASE in set(calls.frame()["transcript"])
        assert LONG in set(calls.frame()["transcript"])
        assert PHRASE in {each.row.get("transcript") for each in calls._log.read(subject="bo")}
        assert any(each["city"] == CITY for each in calls.frame().to_dicts())


def test_it_begins_with_its_key_only(tmp_path: Path) -> None:
    root = make(tmp_path / "calls")
    with pytest.raises(SettingsError, match="encrypts transcript, and no key is set") as refused:
        ratchet.open(root)
    assert "openssl rand -base64 32" in refused.value.todo
    key = new_key()
    with ratchet.open(root, encryption_key=key, scratch=tmp_path, tracking="off") as calls:
        calls.ingest(str(root / "calls.csv"))
    other = new_key()
    with (
        ratchet.open(root, encryption_key=other, scratch=tmp_path) as calls,
        pytest.raises(SettingsError, match=r"sealed with the key [0-9a-f]{8}, and the keys at hand are [0-9a-f]{8}"),
    ):
        calls.frame()
    with ratchet.open(root, encryption_key=f"{other},{key}", scratch=tmp_path) as calls:
        assert calls.frame().height == 240


def test_a_changed_part_is_refused(tmp_path: Path) -> None:
    root, key = make(tmp_path / "calls"), new_key()
    with ratchet.open(root, encryption_key=key, scratch=tmp_path, tracking="off") as calls:
        calls.ingest(str(root / "calls.csv"))
    (part, *_) = (root / ".ratchet" / "blobs" / "data").glob("*.parquet")
    content = bytearray(part.read_bytes())
    content[len(content) // 2] ^= 1
    part.write_bytes(content)
    with (
        ratchet.open(root, encryption_key=key, scratch=tmp_path) as calls,
        pytest.raises(WorkspaceError, match="does not open"),
    ):
        calls.frame()


def test_nothing_that_was_opened_stays(tmp_path: Path) -> None:
    root, scratch = make(tmp_path / "calls"), tmp_path / "scratch"
    scratch.mkdir()
    with ratchet.open(root, encryption_key=new_key(), scratch=scratch, tracking="off") as calls:
        calls.ingest(str(root / "calls.csv"))
        assert calls.frame().height == 240
        (opened,) = scratch.glob("*/opened/*")
        assert [oct(each.stat().st_mode)[-3:] for each in (opened.parent.parent, opened)] == ["700", "700"]
    assert [path for path in scratch.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("column", ["verdict", "age", "plan", "who", "none"])
def test_what_rows_are_told_apart_by_is_not_encrypted(column: str) -> None:
    said: dict[str, Any] = {
        "name": "calls",
        "label": "verdict",
        "columns": {"transcript": "text", "age": "number", "who": "group", "plan": "category"},
        "candidates": [{"family": "linear.v1"}],
        "gate": {"slices": ["age", "plan"]},
    }
    Spec.model_validate({**said, "privacy": {"encrypt": ["transcript"]}})
    with pytest.raises(ValueError, match=f"privacy.encrypt .*'{column}'"):
        Spec.model_validate({**said, "privacy": {"encrypt": ["transcript", column]}})
