"""What every test may ask for."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def real_data() -> Callable[[str], Path]:
    """The path of a real data set by file name; skips the test, by name, where the data are not at hand."""
    folder = Path(os.environ.get("RATCHET_DATA", Path(__file__).parents[2] / "shared" / "data"))

    def find(name: str) -> Path:
        path = folder / name
        if not path.exists():
            pytest.skip(f"real data: {name} is not in {folder} (set RATCHET_DATA)")
        return path

    return find
