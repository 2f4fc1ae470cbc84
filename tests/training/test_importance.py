"""What a model rests on, found on rows that it has not learned from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ratchet.engine.inline import InlineEngine
from ratchet.errors import LimitError
from ratchet.evaluation.explained import Explained
from ratchet.spec import Spec
from ratchet.training import importance as importances
from ratchet.training import session
from ratchet.training.explain import explain
from ratchet.training.task import TrainingRows
from ratchet.training.train import train
from tests.training.test_train import rows_of, spec_of


def _explained(folder: Path, rows: TrainingRows, spec: Spec) -> Explained:
    with session.opened(folder / "cache") as own:
        made = train(spec, rows, engine=InlineEngine(), session=own)
        trials = [each.document() for each in made.trials]
        return explain(spec, rows, made.best, trials, engine=InlineEngine(), session=own)


def test_columns_of_noise_lose_nothing_and_the_one_that_tells_loses_most(tmp_path: Path) -> None:
    rows, rng = rows_of(), np.random.default_rng(1)
    noise = {"note": ["the film"] * 240, "colour": rng.choice(["red", "blue"], 240).tolist()}
    found = _explained(tmp_path, replace(rows, columns={**rows.columns, **noise}), spec_of()).importance
    assert found is not None
    first, *others = found.columns
    assert first.column == "age"
    assert first.loss.low > 0.05
    assert all(each.loss.low <= 0 for each in others)
    assert found.learned < 240, "the rows it is asked about were left out"


def test_rows_of_a_unit_are_one_piece_of_evidence(tmp_path: Path) -> None:
    rows = rows_of()
    few = replace(rows, units=np.arange(240, dtype=np.uint64) // 40)
    found = [_explained(tmp_path / name, each, spec_of()).importance for name, each in (("a", rows), ("b", few))]
    wide = [each.columns[0].loss.high - each.columns[0].loss.low for each in found if each is not None]
    assert wide[1] != wide[0]
    assert found[1] is not None
    assert found[1].columns[0].loss.method.endswith("by units")
    assert found[1].columns[0].loss.approximate


def test_a_linear_model_tells_its_words_and_another_tells_none(tmp_path: Path) -> None:
    linear = _explained(tmp_path / "linear", rows_of(classes=3), spec_of()).weights
    assert linear is not None
    words = {each.name for each in linear["b"].speaks_for}
    assert {"note has 'bright'", "note has 'quick'"} <= words
    assert not any("of group" in name for name in words)
    assert all(each.weight < 0 for each in linear["b"].speaks_against)
    boosted = _explained(tmp_path / "boosted", rows_of(), spec_of("boosted.v1", trials=1))
    assert boosted.weights is None
    assert boosted.importance is not None


def test_what_speaks_for_one_of_two_classes_speaks_against_the_other(tmp_path: Path) -> None:
    found = _explained(tmp_path, rows_of(), spec_of()).weights
    assert found is not None
    assert [each.name for each in found["a"].speaks_for] == [each.name for each in found["b"].speaks_against]


def test_what_takes_too_long_is_left_out_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def too_long(*given: object, **more: object) -> None:
        raise LimitError("it took longer than 0.5 s")

    monkeypatch.setattr(importances, "importance", too_long)
    found = _explained(tmp_path, rows_of(), spec_of())
    assert found.importance is None
    assert found.notes == ("How much each column matters was not measured: it took longer than 0.5 s",)
    assert found.weights is not None
