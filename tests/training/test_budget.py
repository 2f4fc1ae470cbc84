from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from ratchet.errors import JobError
from ratchet.training.budget import budget


def stopped(folder: Path, spent: float) -> None:
    """A training that is stopped after so many seconds."""
    with budget(100.0, folder, "one") as first:
        first.started -= spent
        first.keep()
        raise KeyboardInterrupt


def test_what_a_killed_process_has_spent_counts(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        stopped(tmp_path, 40.0)
    with budget(100.0, tmp_path, "two") as other:
        assert other.spent == 0.0, "that of another training does not"
    with suppress(JobError), budget(100.0, tmp_path, "one") as again:
        assert again.spent == pytest.approx(40.0, abs=1.0)
        assert again.left == pytest.approx(60.0, abs=1.0)
        raise JobError("no trial gave a model")
    with budget(100.0, tmp_path, "one") as anew:
        assert anew.spent == 0.0, "one that ended has nothing to go on with"
    assert list(tmp_path.iterdir()) == []


def test_a_tenth_is_left_to_fit_what_was_found(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        stopped(tmp_path, 300.0)
    with budget(100.0, tmp_path, "one") as again:
        assert again.left == pytest.approx(10.0, abs=1.0)
        assert again.end - again.deadline == pytest.approx(3.0)


def test_a_damaged_note_is_no_note(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        stopped(tmp_path, 0.0)
    (note,) = tmp_path.iterdir()
    note.write_bytes(b"no number")
    with budget(100.0, tmp_path, "one") as again:
        assert again.spent == 0.0
