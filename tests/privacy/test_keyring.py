"""Where keys come from, and what is said where they do not."""

from __future__ import annotations

import base64
import hashlib
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from ratchet.errors import SettingsError
from ratchet.privacy.keyring import keyring
from ratchet.settings import Settings

ONE, TWO = (base64.b64encode(bytes([at]) * 32).decode() for at in (1, 2))
FIRST = hashlib.sha256(b"\x01" * 32).hexdigest()[:8]


def test_keys_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RATCHET_ENCRYPTION_KEY", f"{ONE}, {TWO}")
    settings = Settings()
    found = keyring(settings)
    assert found.newest is not None
    assert found.newest.id == FIRST
    assert len(found.ids) == 2
    assert ONE not in repr(settings) + str(settings.model_dump())


def test_keys_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text(f"# the newest first\n{ONE}\n\n{TWO}\n")
    assert keyring(Settings(encryption_key_file=tmp_path / "keys")).ids[0] == FIRST


def test_keys_come_from_a_command_that_no_shell_runs(tmp_path: Path) -> None:
    command = shlex.join([sys.executable, "-c", f"print('{ONE}')", f"; touch {tmp_path}/shell"])
    assert keyring(Settings(encryption_command=command)).ids == (FIRST,)
    assert not (tmp_path / "shell").exists()


def test_without_a_word_there_are_none() -> None:
    assert keyring(Settings()).ids == ()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"encryption_key": "c2hvcnQ="}, "holds what is no key"),
        ({"encryption_key": "not base64"}, "holds what is no key"),
        ({"encryption_key": " , "}, "gives no key"),
        ({"encryption_key": ONE, "encryption_key_file": "keys"}, "given twice"),
        ({"encryption_key_file": "/no/such/file"}, "cannot be read: No such file"),
        ({"encryption_command": "/no/such/program"}, "cannot be run: No such file"),
        ({"encryption_command": ""}, "cannot be run"),
        ({"encryption_command": "false"}, "ended with 1"),
        ({"encryption_command": "true"}, "gives no key"),
    ],
)
def test_what_is_wrong_with_a_key_is_said_without_it(given: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError, match=words) as refused:
        keyring(Settings(**given))
    assert "c2hvcnQ" not in str(refused.value) + refused.value.todo
