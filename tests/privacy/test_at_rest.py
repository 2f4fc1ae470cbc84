"""Encryption at rest, by reading every byte that a whole life leaves in a workspace."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import fsspec
import pytest
import sqlalchemy as sa

import ratchet
from ratchet import clock
from ratchet.errors import SettingsError, WorkspaceError
from ratchet.predictions.retention import Retention
from ratchet.privacy.sealing import is_sealed
from ratchet.spec import Spec
from tests.privacy.lives import CITY, LONG, MARK, PHRASE, files, live, make, new_key, telling


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


def _stored(url: str, blobs: str) -> bytes:
    """Every cell of a database as text, and every byte of a store."""
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.connect() as connection:
        tables = [f"SELECT t::text FROM {name} t" for name in sa.inspect(engine).get_table_names()]
        rows = [text for each in tables for text in connection.scalars(sa.text(each))]
    engine.dispose()
    filesystem, root = fsspec.core.url_to_fs(blobs)
    return "".join(rows).encode() + b"".join(map(filesystem.cat_file, filesystem.find(root)))


def test_nothing_is_told_or_kept_too_long_on_a_server_either(
    tmp_path: Path, postgres: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, name = make(tmp_path / "calls"), f"test_{clock.new_id()}"
    with (root / "ratchet.toml").open("a") as spec:
        spec.write("keep_days = 30\n")
    postgres.psql(f"CREATE DATABASE {name};")
    where = {"database_url": postgres.get_uri(database=name), "blobs_url": f"memory://{name}"}
    also = {"encryption_key": new_key(), "scratch": tmp_path, "tracking": "off"}
    answered = live(root, **where, **also)
    assert b"Ghent" in _stored(*where.values()), "what is not encrypted is there to be read"
    assert MARK.encode() not in _stored(*where.values())
    with ratchet.open(root, engine="inline", **where, **also) as calls:
        assert calls._log.get(answered).cells.keys() == {"transcript"}
        assert PHRASE in {each.row.get("transcript") for each in calls._log.read(subject="bo")}
        assert calls._records.blobs.list("cells")
        monkeypatch.setattr(clock, "now", lambda now=clock.now: now() + timedelta(days=31))
        later = Retention(calls._database, calls._records.blobs, "calls", root / ".ratchet" / "spool", days=30)
        assert later.round() == (2, False), "what is left of a life in which one of two was forgotten"
        assert (calls._log.count(), calls._records.blobs.list("cells")) == (0, [])
        assert PHRASE in set(calls.frame()["transcript"]), "rows to learn from stay"


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
