"""Whose turn it is to ship."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from ratchet.predictions.turn import FILE, STALE_SECONDS, Turn


def test_the_first_keeps_it_and_the_others_hear_what_it_says(tmp_path: Path) -> None:
    first, second = Turn(tmp_path), Turn(tmp_path)
    assert first.mine()
    first.say("the database is away")
    assert first.mine()
    assert not second.mine()
    assert second.problem == "the database is away"
    first.say(None)
    assert not second.mine()
    assert second.problem is None


def test_it_goes_on_when_the_first_closes_is_silent_or_dies(tmp_path: Path) -> None:
    first, second = Turn(tmp_path), Turn(tmp_path)
    first.say(None)
    first.close()
    assert second.mine()
    second.say(None)
    long_ago = (tmp_path / FILE).stat().st_mtime - STALE_SECONDS
    os.utime(tmp_path / FILE, (long_ago, long_ago))
    assert first.mine()
    code = (
        f"from pathlib import Path; from ratchet.predictions.turn import Turn; Turn(Path({str(tmp_path)!r})).say(None)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert first.mine()


def test_what_is_half_written_or_in_no_folder_keeps_nobody_from_shipping(tmp_path: Path) -> None:
    turn = Turn(tmp_path / "gone")
    assert turn.mine()
    turn.say("nothing")
    turn.close()
    (tmp_path / FILE).write_bytes(b"\xff")
    assert Turn(tmp_path).mine()
    (tmp_path / FILE).write_bytes(b"")
    assert Turn(tmp_path).mine()
