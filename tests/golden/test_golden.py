"""Bundles of every release load for ever, and answer as they did when they were made."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ratchet.registry import bundle
from tests.golden.make import columns_of

KEPT = sorted(path.parent for path in Path(__file__).parent.glob("*/*/bundle"))


def test_there_are_golden_bundles() -> None:
    assert KEPT


@pytest.mark.parametrize("folder", KEPT, ids=lambda folder: f"{folder.parent.name} {folder.name}")
def test_a_golden_bundle_answers_as_when_it_was_made(folder: Path) -> None:
    """Sets are the same, probabilities to 12 digits: the last ones are the processor's."""
    asked, wanted = (json.loads((folder / name).read_text("utf-8")) for name in ("rows.json", "answers.json"))
    opened = bundle.read(folder / "bundle")
    p = opened.pipeline.predict(columns_of(asked, opened.schema.features))
    assert p == pytest.approx(np.array(wanted["probabilities"]), rel=0, abs=1e-12)
    assert opened.sets is not None
    assert [list(each) for each in opened.sets.sets(np.array(wanted["probabilities"]))] == wanted["sets"]


@pytest.mark.parametrize("folder", KEPT, ids=lambda folder: f"{folder.parent.name} {folder.name}")
def test_a_golden_bundle_is_small(folder: Path) -> None:
    assert bundle.look(folder / "bundle")[1].bytes < 50_000
