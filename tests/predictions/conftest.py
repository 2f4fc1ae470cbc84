"""Records, and the database they go to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ratchet.clock import new_id, now
from ratchet.predictions.record import Record
from ratchet.serving.prediction import Score
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database


@pytest.fixture(scope="session")
def make_record() -> Callable[..., Record]:
    def make(**changes: Any) -> Record:
        values: dict[str, Any] = {
            "id": new_id(), "classifier": "films", "subject": None, "version": "3", "at": now(), "label": "good",
            "confidence": 0.75,
            "scores": (Score("good", "Good", 0.75), Score("bad", "Bad", 0.25)), "set": ("good",), "abstained": False,
            "ms": 1.5, "row": {"text": "a \n line", "age": 3.5, "photo": None},
        }  # fmt: skip
        return Record(**(values | changes))

    return make


@pytest.fixture(autouse=True)
def _nothing_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is shipped goes at once; a test of what stays for a while sets this anew."""
    monkeypatch.setattr("ratchet.predictions.ship.KEEP_SECONDS", 0.0)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database.open(f"sqlite:///{tmp_path}/ratchet.db")
    yield database
    database.close()


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs.open(tmp_path / "blobs")
