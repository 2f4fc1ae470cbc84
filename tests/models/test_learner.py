from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ratchet.features import catalogue as encoders
from ratchet.features.encoder import Column, Columns, Target
from ratchet.kinds.kind import Kind
from ratchet.models import catalogue
from ratchet.models.encoded import Encoded
from ratchet.models.family import LabelledRows
from ratchet.models.learner import fit, learner
from ratchet.models.recipe import Recipe
from ratchet.testing.examples import RawWords, TargetShares

RANDOM = np.random.default_rng(0)
KINDS = {"shop": Kind.CATEGORY, "age": Kind.NUMBER}
LABELS = RANDOM.integers(0, 2, 400).astype(np.int32)
COLUMNS: Columns = {"shop": [f"shop {at}" for at in RANDOM.integers(0, 200, 400)], "age": RANDOM.normal(size=400)}
PARAMS = {"C": 1.0, "class_weight": "none", "loss": "log", "scaling": "none"}


class Watched(TargetShares):
    """Remembers the rows and labels that it was fitted to."""

    seen: list[tuple[list[Any], list[int]]] = []  # noqa: RUF012

    def fit(self, column: Column, target: Target | None = None) -> TargetShares:  # type: ignore[override]
        assert target is not None
        self.seen.append((list(column), target.labels.tolist()))
        return super().fit(column, target)


@pytest.fixture(autouse=True)
def supervised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(encoders.ENCODERS, Watched.name, Watched)
    Watched.seen.clear()


def rows(labels: Any = LABELS) -> LabelledRows:
    return LabelledRows(columns=COLUMNS, kinds=KINDS, target=Target(labels, 2))


RECIPE = Recipe(family="linear.v1", params=PARAMS, encoders={"age": "standard.v1", "shop": "target_shares.v1"})
LEARNED, ASKED = np.arange(0, 400, 2), np.arange(1, 400, 2)


def test_a_supervised_encoder_is_fitted_to_the_rows_learned_from_and_to_their_labels() -> None:
    learner(RECIPE, rows()).answered(ASKED, LEARNED, PARAMS, seed=0)[0]
    ((column, labels),) = Watched.seen
    assert column == [COLUMNS["shop"][at] for at in LEARNED.tolist()]
    assert labels == LABELS[LEARNED].tolist()


def test_no_label_of_a_scored_row_reaches_its_score() -> None:
    """Labels drawn by chance, a column of many values: fitted to all rows at once its encoding would know them."""
    flipped = LABELS.copy()
    flipped[ASKED] = 1 - flipped[ASKED]
    one, other = (learner(RECIPE, rows(each)).answered(ASKED, LEARNED, PARAMS, seed=0)[0] for each in (LABELS, flipped))
    assert np.array_equal(one, other)
    assert abs(float((one.argmax(axis=1) == LABELS[ASKED]).mean()) - 0.5) < 0.1
    leaking = TargetShares().fit(COLUMNS["shop"], Target(LABELS, 2)).transform(COLUMNS["shop"]).dense.argmax(axis=1)
    assert float((leaking[ASKED] == LABELS[ASKED]).mean()) > 0.7, "so the check above could have failed"


def test_the_whole_pipeline_has_both_sorts_of_encoders(tmp_path: Path) -> None:
    made = fit(RECIPE, rows(), seed=0, folder=tmp_path)
    assert isinstance(made, Encoded)
    assert made.columns == {"age": Kind.NUMBER, "shop": Kind.CATEGORY}
    assert made.encoder.names()[-1] == "shop share of class 1"
    assert made.encoder.widths[0] == len(made.encoder.names())
    assert len(made.known["shop"]) == len(set(COLUMNS["shop"]))


def test_a_model_learns_from_rows_encoded_without_their_own_labels(tmp_path: Path) -> None:
    """Labels drawn by chance, 200 shops: a model that sees rows encoded by their own labels trusts the column."""
    sure = []
    for name in ("target_shares.v1", "target.v1"):
        recipe = Recipe(family="linear.v1", params={**PARAMS, "C": 100.0}, encoders={"shop": name})
        answers = fit(recipe, rows(), seed=0, folder=tmp_path / name).predict(COLUMNS)
        sure.append(float(np.abs(answers[:, 0] - 0.5).mean()))
    assert sure[0] > 0.2
    assert sure[1] < 0.1


@pytest.mark.parametrize("others", [{}, {"age": "standard.v1"}])
def test_copies_of_rows_are_not_encoded_by_their_own_labels_either(tmp_path: Path, others: dict[str, str]) -> None:
    params = {**PARAMS, "C": 100.0}
    for ways in ([], ["drop", "swap"]):
        asked = {**params, "augment": ways} if ways else params
        recipe = Recipe(family="linear.v1", params=asked, encoders={"shop": "target.v1", **others})
        answers = fit(recipe, rows(), seed=0, folder=tmp_path / str(len(ways))).predict(COLUMNS)
        assert float(np.abs(answers[:, 0] - 0.5).mean()) < 0.1, ways


def test_supervised_encoders_alone_do(tmp_path: Path) -> None:
    recipe = Recipe(family="linear.v1", params=PARAMS, encoders={"shop": "target_shares.v1"})
    made = learner(recipe, rows())
    assert (made.shape.dense, made.shape.sparse, made.shape.rows) == (0, 0, 400)
    inside = fit(recipe, rows(), seed=0, folder=tmp_path).predict(COLUMNS)
    assert float((inside.argmax(axis=1) == LABELS).mean()) > 0.7


def test_a_family_of_columns_is_given_those_it_reads(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(catalogue.FAMILIES, "raw_words.v1", RawWords())
    columns: Columns = {**COLUMNS, "note": [("good film", "bad film")[at] for at in LABELS]}
    told = LabelledRows(columns=columns, kinds={**KINDS, "note": Kind.TEXT}, target=Target(LABELS, 2))
    recipe = Recipe.plan("raw_words.v1", told.kinds)
    made = learner(recipe, told)
    assert (made.shape.rows, made.shape.dense) == (400, 0)
    answers = made.answered(ASKED, LEARNED, {"smoothing": 1.0}, seed=0)[0]
    assert np.array_equal(answers.argmax(axis=1), LABELS[ASKED])
    assert fit(recipe, told, seed=0, folder=tmp_path).columns == {"note": Kind.TEXT}
    assert {path.name for path in tmp_path.iterdir()} == {"tokenizer.json", "weights.safetensors"}
