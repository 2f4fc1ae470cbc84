"""Fixtures of the stories."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stories.scenes import Shell, loans


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("RATCHET_TRACKING_URI", "off")
    return Shell(tmp_path)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """1,500 loans as CSV."""
    path = tmp_path / "loans.csv"
    loans(1_500).write_csv(path)
    return path
