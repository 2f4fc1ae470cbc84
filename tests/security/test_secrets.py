"""No password is shown, whatever fails: addresses, errors, settings, the lock, the doctor."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

import ratchet
from ratchet.cli.main import run
from ratchet.errors import RatchetError, SettingsError
from ratchet.settings import Settings
from ratchet.store import workspace
from ratchet.words import redacted
from tests.stories.scenes import loans

SECRET = "hunter2-the-password"


def _closed() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def test_a_database_that_is_away(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    ratchet.init(loans(100), "outcome", root=tmp_path)
    url = f"postgresql://ada:{SECRET}@127.0.0.1:{_closed()}/base"
    with pytest.raises(RatchetError) as caught:
        ratchet.open(tmp_path, database_url=url, tracking_uri="off")
    assert "ada:***@" in str(caught.value)
    assert SECRET not in str(caught.value) + repr(caught.value) + caplog.text


@pytest.mark.parametrize(
    "settings",
    [
        {"database_url": f"mysql://ada:{SECRET}@h/b"},
        {"database_url": f"postgresql://ada:{SECRET}@@h/b"},
        {"blobs_url": f"nosuch://KEY:{SECRET}@bucket/x"},
        {"tracking_uri": f"http://ada:{SECRET}@127.0.0.1:1", "tracking": "nobody"},
    ],
)
def test_settings_that_cannot_be_used(tmp_path: Path, settings: dict[str, str]) -> None:
    ratchet.init(loans(100), "outcome", root=tmp_path)
    with pytest.raises(RatchetError) as caught:
        ratchet.open(tmp_path, **settings)
    assert SECRET not in str(caught.value)


def test_settings_that_are_wrong_show_none() -> None:
    for given in (
        {"databse_url": f"postgresql://a:{SECRET}@h/b"},
        {"secret_key_": SECRET},
        {"webhook_secrets": SECRET},
    ):
        with pytest.raises(SettingsError) as caught:
            Settings(**given)
        assert SECRET not in str(caught.value)


def test_no_words_of_the_command_line_that_hold_one_are_shown(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source = f"postgresql://ada:{SECRET}@127.0.0.1:{_closed()}/base?table=rows"
    ratchet.init(loans(100), "outcome", root=tmp_path)
    for words in (["ingest", source], ["train", source], ["check", source], ["predict", source, "-o", "x.csv"]):
        assert run(["-C", str(tmp_path), *words]) != 0
        assert SECRET not in "".join(capfd.readouterr())


def test_the_lock_of_a_workspace_shows_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "sys.argv", ["ratchet", "ingest", f"postgresql://ada:{SECRET}@h/b?table=rows", f"--token={SECRET}"]
    )
    with workspace.lock(tmp_path / ".ratchet", "testing"):
        text = (tmp_path / ".ratchet" / "lock").read_text()
    assert json.loads(text)["what"] == "testing"
    assert SECRET not in text


def test_keys_of_ours_are_hidden_wherever_they_stand() -> None:
    key = "rk_0123abcd_" + 43 * "x"
    for text in (f"Authorization: Bearer {key}", f"X-API-Key: {key}", f"the key {key}, which was refused", f"'{key}'"):
        assert 20 * "x" not in redacted(text)
        assert "rk_0123abcd_***" in redacted(text)
    assert redacted("rk_0123abcd is a prefix, Bearer is a word") == "rk_0123abcd is a prefix, Bearer is a word"
    assert "eyJhbGciOi" not in redacted("Bearer eyJhbGciOi.eyJzdWIi.c2ln")
