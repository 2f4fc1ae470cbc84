"""What of the candidates a search begins with."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest

from ratchet.features import catalogue
from ratchet.features.words import Words
from tests.training.test_train import rows_of, run, spec_of


class Slow(Words):
    """Says that it reads a thousand characters in a second."""

    name: ClassVar[str] = "slow.v1"
    pace: ClassVar[float] = 1_000.0


@pytest.fixture(autouse=True)
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(catalogue.ENCODERS, "slow.v1", Slow)
    monkeypatch.setattr("ratchet.training.opening.cores", lambda: 1)


@pytest.mark.parametrize(("share", "tried"), [(0.49, True), (0.51, False)])
def test_rows_that_take_half_of_the_budget_to_encode_are_said_and_not_tried(
    share: float, tried: bool, tmp_path: Path
) -> None:
    rows = rows_of()
    seconds = sum(len(str(text or "")) for text in rows.columns["note"]) / Slow.pace
    slow = {"family": "linear.v1", "encoders": {"note": "slow.v1"}}
    made = run(spec_of("linear.v1", slow, trials=2, budget=seconds / share), rows, tmp_path)
    said = f"encoding the rows for linear.v1 would take about {seconds:,.0f} s of the budget: it was not tried"
    assert (said not in made.findings) == tried
    assert any("slow.v1" in each.encoders.values() for each in made.trials) == tried


def test_the_only_candidate_is_tried_however_long_it_takes(tmp_path: Path) -> None:
    slow = {"family": "linear.v1", "encoders": {"note": "slow.v1"}}
    made = run(spec_of(slow, trials=1, budget=2.0), rows_of(), tmp_path)
    assert made.best.recipe.encoders["note"] == "slow.v1"
