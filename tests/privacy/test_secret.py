"""The secret of a workspace: made once, owner-only, never shown."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ratchet.errors import SettingsError, WorkspaceError
from ratchet.privacy.secret import derived
from ratchet.settings import Settings

_GIVEN = "a" * 20 + "0123456789abcdef"
_PRINT = """
import sys
from pathlib import Path
from ratchet.privacy.secret import derived
from ratchet.settings import Settings
sys.stdin.read(1)
print(derived(Settings(root=Path(sys.argv[1])), "pseudonym").hex())
"""


def test_the_key_for_a_purpose_is_its_own_and_stays_the_same(tmp_path: Path) -> None:
    settings = Settings(root=tmp_path)
    keys = {derived(settings, "pseudonym"), derived(settings, "hash"), derived(settings, "session")}
    assert len(keys) == 3
    assert derived(Settings(root=tmp_path), "hash") in keys


def test_processes_that_begin_at_the_same_time_make_one_secret(tmp_path: Path) -> None:
    begun = [
        subprocess.Popen(
            [sys.executable, "-c", _PRINT, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    said = {each.communicate("x")[0] for each in begun}
    assert len(said) == 1
    assert len(said.pop().strip()) == 64
    assert (tmp_path / ".ratchet" / "secret").stat().st_mode & 0o777 == 0o600
    assert not list((tmp_path / ".ratchet").glob(".secret*")), "no half secret is left"


def test_a_secret_moves_from_the_file_to_the_environment(tmp_path: Path) -> None:
    key = derived(Settings(root=tmp_path), "hash")
    kept = (tmp_path / ".ratchet" / "secret").read_text()
    assert derived(Settings(root=tmp_path / "other", secret=kept), "hash") == key
    assert not (tmp_path / "other").exists(), "a secret that is set is written nowhere"


def test_a_secret_is_shown_nowhere(tmp_path: Path) -> None:
    settings = Settings(root=tmp_path, secret=_GIVEN)
    for shown in (repr(settings), str(settings), settings.model_dump_json()):
        assert _GIVEN not in shown
    with pytest.raises(SettingsError) as error:
        Settings(root=tmp_path, secret="too short a secret")
    assert "too short a secret" not in str(error.value)
    assert "32 characters" in str(error.value)


def test_a_damaged_secret_is_refused_not_replaced(tmp_path: Path) -> None:
    folder = tmp_path / ".ratchet"
    folder.mkdir()
    (folder / "secret").write_text("cut")
    with pytest.raises(WorkspaceError, match="damaged"):
        derived(Settings(root=tmp_path), "hash")
    assert (folder / "secret").read_text() == "cut"
