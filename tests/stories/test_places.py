"""Ratchet runs wherever it finds itself, or says in words why it cannot.

``RATCHET_PLACES=all`` runs each place by itself too.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.stories import places
from tests.stories.places import ALONE, ODD_NAME, TOGETHER, Place

RUNS = {**TOGETHER, **({name: (name,) for name in ALONE} if os.environ.get("RATCHET_PLACES") == "all" else {})}


def _place(*names: str) -> Place:
    place = places.joined(names)
    if lacking := places.missing(place):
        pytest.skip(f"{lacking} is not allowed here")
    return place


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder whose name a shell, a URL and a pattern would each read otherwise."""
    made = tmp_path / ODD_NAME
    made.mkdir(parents=True)
    return made


@pytest.mark.parametrize("name", RUNS)
def test_the_demo_runs(folder: Path, name: str) -> None:
    done = places.run(_place(*RUNS[name]), folder, "demo", "--once", "--dataset", "iris", "--port", "0")
    assert done.code == 0, done.err
    assert "Traceback" not in done.err
    made = folder / ".demo" / "iris" / ".ratchet"
    assert {"ratchet.db", "mlflow.db", "blobs"} <= {each.name for each in made.iterdir()}
    assert [each for each in folder.parents[1].rglob("*") if each.is_file() and folder not in each.parents] == []


def test_every_place_is_among_those_that_go_together() -> None:
    seen = {name for names in TOGETHER.values() for name in names}
    assert set(ALONE) - seen == {"a workspace that is a link"}
