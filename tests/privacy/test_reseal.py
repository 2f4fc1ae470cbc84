"""Rotation of keys over a workspace that has lived, killed in the middle too."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import ratchet
from ratchet.cli.main import app
from ratchet.errors import RefusedError, SettingsError
from ratchet.privacy.keyring import parsed
from ratchet.privacy.sealed_files import SealedFiles
from ratchet.privacy.sealing import is_sealed, key_of
from tests.privacy.lives import CITY, LONG, MARK, PHRASE, files, live, make, new_key, telling

Opened = Callable[..., ratchet.Classifier]


@pytest.fixture(scope="module")
def keys() -> tuple[str, str]:
    return new_key(), new_key()


@pytest.fixture
def lived(tmp_path: Path, keys: tuple[str, str]) -> tuple[Path, Opened, str]:
    """A workspace sealed with the first key, how it is opened, and the id of an answer with a large cell."""
    root = make(tmp_path / "calls")
    answered = live(root, encryption_key=keys[0], scratch=tmp_path, tracking="off")

    def opened(*given: str) -> ratchet.Classifier:
        key = ",".join(given) if given else None
        return ratchet.open(root, encryption_key=key, scratch=tmp_path, engine="inline", tracking="off")

    return root, opened, answered


def ids(*given: str) -> list[str]:
    return [parsed(each, "a test").ids[0] for each in given]


def reads(calls: ratchet.Classifier, answered: str) -> None:
    """All that was put in can be read."""
    assert {LONG, PHRASE} <= set(calls.frame()["transcript"])
    assert PHRASE in {each.row.get("transcript") for each in calls._log.read(subject="bo")}
    assert calls._records.blobs.get(calls._log.get(answered).cells["transcript"].key).decode() == LONG
    assert calls.predict({"transcript": "a word", "age": 1, "city": CITY}).label in {"good", "bad"}


def aside(root: Path) -> list[Path]:
    return list((root / ".ratchet" / "quarantine").glob("*.jsonl"))


def test_after_it_the_newest_key_alone_opens_all(lived: tuple[Path, Opened, str], keys: tuple[str, str]) -> None:
    root, opened, answered = lived
    old, new = keys
    before = {path: path.read_bytes() for path in files(root) if "data" in path.parts}
    with opened(new, old) as calls:
        done = calls.reseal()
        assert (done.key, done.rows, done.quarantined) == (*ids(new), 1, 1)  # the other row's text lies in a file
        assert done.files >= len(before)
        again = calls.reseal()
        assert (again.files, again.rows, again.quarantined) == (0, 0, 0)
        assert {*again.spare, *again.needed} == set(ids(old))
    for path, content in before.items():
        assert path.read_bytes()[200:] == content[200:]  # the rows were not sealed anew, their keys were
        assert key_of(path.read_bytes()) == ids(new)[0]
    with opened(new) as calls:
        reads(calls, answered)
    assert telling(root) == []
    with opened(old) as calls, pytest.raises(SettingsError, match=ids(new)[0]):
        calls.frame()


def test_killed_anywhere_it_is_finished_by_the_next(
    lived: tuple[Path, Opened, str], keys: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, opened, answered = lived
    old, new = keys
    one, done = SealedFiles.reseal, list[str]()

    def interrupted(self: SealedFiles, path: str) -> bool:
        if len(done) == 5:
            raise KeyboardInterrupt
        done.append(path)
        return one(self, path)

    with monkeypatch.context() as patch, opened(new, old) as calls:
        patch.setattr(SealedFiles, "reseal", interrupted)
        with pytest.raises(KeyboardInterrupt):
            calls.reseal()
        reads(calls, answered)
    with opened(new, old) as calls:
        calls.reseal()
    with opened(new) as calls:
        reads(calls, answered)


def test_what_was_kept_before_is_sealed_and_opened_for_good(tmp_path: Path) -> None:
    root, key = make(tmp_path / "calls", "[]"), new_key()
    spec = root / "ratchet.toml"
    plain, encrypted = spec.read_text(), spec.read_text().replace("encrypt = []", 'encrypt = ["transcript"]')
    settings: dict[str, Any] = {"engine": "inline", "tracking": "off", "scratch": tmp_path}
    with ratchet.open(root, **settings) as calls:
        calls.train(str(root / "calls.csv"), actor="ann")
        calls.ingest(str(root / "more.csv"))
        if calls.champion() is None:
            calls.promote("1", override=True, reason="the test needs one", actor="ann")
        asked = calls.predict([{"transcript": LONG, "age": 7}, {"transcript": PHRASE, "age": 8}], subject="bo")
        for each in asked:
            calls.feedback(each.id, "good")
        calls.ingest_feedback()
        with pytest.raises(RefusedError, match="encrypts no column"):
            calls.reseal()
    assert telling(root)
    spec.write_text(encrypted)
    settings["encryption_key"] = key
    with ratchet.open(root, **settings) as calls:
        reads(calls, asked[0].id)  # what was plain before is read as it is
        assert calls.reseal().rows == 1
        with pytest.raises(RefusedError, match="encrypts transcript"):
            calls.reseal(open=True)
    assert [each for each in telling(root) if "/spool/" not in each] == []  # a shipped segment stays for a minute
    spec.write_text(plain)
    with ratchet.open(root, **settings) as calls:
        reads(calls, asked[0].id)
        done = calls.reseal(open=True)
        assert done.key is None
        assert done.rows == 2
    del settings["encryption_key"]
    with ratchet.open(root, **settings) as calls:
        reads(calls, asked[0].id)
    assert not any(is_sealed(path.read_bytes()) for path in files(root))


def test_the_command_says_which_key_may_go(
    lived: tuple[Path, Opened, str], keys: tuple[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    root, _, _ = lived
    old, new = keys
    for name, value in (("KEY", f"{new},{old}"), ("TRACKING", "off")):
        monkeypatch.setenv(f"RATCHET_ENCRYPTION_{name}" if name == "KEY" else f"RATCHET_{name}", value)
    monkeypatch.setenv("RATCHET_SCRATCH", str(tmp_path))
    (set_aside,) = aside(root)
    assert MARK not in set_aside.read_text()
    told = CliRunner().invoke(app, ["-C", str(root), "unseal", str(set_aside)])
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout.splitlines()[0])["found"].count(MARK) == 1
    done = CliRunner().invoke(app, ["-C", str(root), "reseal"])
    assert done.exit_code == 0, done.output
    assert f"brought to the key {ids(new)[0]}" in done.output
    assert ids(old)[0] in done.output
    assert old not in done.output
    assert new not in done.output
