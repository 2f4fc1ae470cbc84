"""Encryption at rest, by reading every byte that a whole life leaves in a workspace."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import ratchet
from ratchet.errors import SettingsError, WorkspaceError
from ratchet.privacy.sealing import is_sealed
from ratchet.spec import Spec

CITY = "Ouagaquill"
MARK = "quillfeather"
"""A word of every text."""
PHRASE = f"the secret {MARK} of patient number"
LONG = f"{PHRASE} nine " * 2_000


def new_key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


def make(root: Path, encrypt: str = '["transcript"]') -> Path:
    root.mkdir()
    words = ["dull", "weak", "poor", "bright", "moving", "fine"]
    lines = [
        f'"{PHRASE} {at}, a {words[at % 6]} word",{at % 97},{CITY if at % 3 else "Ghent"},'
        f"{'bad' if at % 6 < 3 else 'good'}\n"
        for at in range(240)
    ]
    (root / "calls.csv").write_text("transcript,age,city,verdict\n" + "".join(lines))
    (root / "more.csv").write_text(
        f'transcript,age,city,verdict\n"{PHRASE} one hundred",{MARK},Ghent,good\n' + "".join(lines[:50])
    )
    (root / "ratchet.toml").write_text(
        'name = "calls"\nlabel = "verdict"\n[columns]\ntranscript = "text"\nage = "number"\ncity = "category"\n'
        '[ingest]\naccept = ["labelled_by_rule"]\n[[candidates]]\nfamily = "linear.v1"\n'
        f'[search]\ntrials = 1\nfolds = 2\nbudget = "20s"\n[privacy]\nencrypt = {encrypt}\n'
    )
    return root


def files(root: Path) -> Iterator[Path]:
    return (path for path in (root / ".ratchet").rglob("*") if path.is_file())


def telling(root: Path, word: str = MARK) -> list[str]:
    """The files of a workspace that hold a word."""
    return [str(path.relative_to(root)) for path in files(root) if word.encode() in path.read_bytes()]


def live(root: Path, **settings: Any) -> str:
    """Everything that rows go through; the id of an answer with a label, whose text is long."""
    with ratchet.open(root, engine="inline", **settings) as calls:
        calls.train(str(root / "calls.csv"), actor="ann")
        if calls.champion() is None:
            calls.promote("1", override=True, reason="the test needs one", actor="ann")
        calls.ingest(str(root / "more.csv"))
        calls.predict([{"transcript": f"{PHRASE} {at}", "age": at, "city": CITY} for at in range(20)], subject="ann")
        asked = calls.predict(
            [{"transcript": LONG, "age": 7, "city": "Ghent"}, {"transcript": PHRASE, "age": 8, "city": "Ghent"}],
            subject="bo",
        )
        assert telling(root) == []
        for each in asked:
            calls.feedback(each.id, "good")
        assert calls.ingest_feedback().added == 2
        assert telling(root) == []
        assert sum(place.forget("ann").rows for place in calls._log.places())
        return asked[0].id


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
        assert calls._log.read(subject="bo")[0].row["transcript"] == PHRASE
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
