"""Make the golden bundles of this release: once, when it is released, and never again.

    python tests/golden/make.py

Writes ``tests/golden/<release>/<name>/`` with ``bundle/``, ``rows.json`` (columns of rows to answer) and
``answers.json`` (what the bundle answered when it was made).  Refuses to overwrite: what a released bundle answers
does not change.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from ratchet.clock import rng
from ratchet.data.schema import Schema
from ratchet.features.encoder import Target
from ratchet.features.profile import Profile
from ratchet.kinds.kind import Kind
from ratchet.models import conformal
from ratchet.models.calibrated import Calibrated
from ratchet.models.calibration.beta import Beta
from ratchet.models.family import LabelledRows
from ratchet.models.learner import fit
from ratchet.models.recipe import Recipe
from ratchet.registry import bundle
from ratchet.spec import parse

HERE = Path(__file__).parent
CLASSES = ("bon", "mauvais", "moyen \N{LATIN SMALL LETTER A WITH GRAVE} bon")
FAMILIES = ("majority.v1", "one_feature.v1", "linear.v1", "boosted.v1")
LEARNED, ASKED = 200, 24


def main() -> None:
    release = HERE / version("ratchet-ml")
    if release.exists():
        sys.exit(f"{release} is there already; golden bundles are never made anew")
    for name in FAMILIES:
        make(release / name, name)


def make(folder: Path, name: str) -> None:
    """One family's bundle, with the rows it is asked and what it answers."""
    columns, kinds, labels = table()
    learned = {column: values[:LEARNED] for column, values in columns.items()}
    recipe = Recipe.plan(name, kinds, params=small(name))
    rows = LabelledRows(columns=columns_of(learned, kinds), kinds=kinds, target=Target(labels, len(CLASSES)))
    pipeline = fit(recipe, rows, seed=0, folder=folder / "files")
    if name == "linear.v1":
        pipeline = Calibrated(pipeline, Beta(np.array([[0.3, 0.2, 0.1], [0.2, 0.3, 0.0], [0.3, 0.3, -0.1]])))
    probabilities = pipeline.predict(rows.columns)
    bundle.write(
        folder / "bundle",
        spec=parse({"name": "golden", "label": "y", "columns": kinds, "candidates": [{"family": name}]}),
        schema=Schema(columns=kinds, label="y", classes=CLASSES, names={"bon": "Good"}),
        recipe=recipe,
        pipeline=pipeline,
        sets=conformal.fit(probabilities, labels, 0.9),
        profile=Profile.of(rows.columns, kinds, probabilities, labels),
        dataset_id="golden",
        split_id="golden",
        scorecard={"metrics": {}},
    )
    asked = {column: values[LEARNED:] for column, values in columns.items()}
    (folder / "rows.json").write_text(json.dumps(asked, ensure_ascii=False, indent=1), encoding="utf-8")
    (folder / "answers.json").write_text(json.dumps(answers(folder / "bundle", asked), indent=1), encoding="utf-8")


def answers(folder: Path, asked: dict[str, list[Any]]) -> dict[str, Any]:
    """What the bundle in a folder answers: probabilities and sets of each row."""
    opened = bundle.read(folder)
    assert opened.sets is not None
    p = opened.pipeline.predict(columns_of(asked, opened.schema.features))
    return {"probabilities": p.tolist(), "sets": opened.sets.sets(p)}


def columns_of(values: dict[str, list[Any]], kinds: dict[str, Kind]) -> dict[str, Any]:
    """Columns as encoders take them, from JSON values."""
    columns: dict[str, Any] = {name: values[name] for name in kinds}
    for name, kind in kinds.items():
        if kind is Kind.NUMBER:
            columns[name] = np.array(values[name], np.float64)
        if kind is Kind.DATE:
            columns[name] = np.array([each or "NaT" for each in values[name]], "datetime64[us]")
    return columns


def small(name: str) -> dict[str, Any]:
    """Few rounds of trees: a golden bundle stays in the repository for good."""
    return {"rounds": 12} if name == "boosted.v1" else {}


def table() -> tuple[dict[str, list[Any]], dict[str, Kind], Any]:
    """Columns of every kind with missing values, the last rows with values never learned from."""
    chance, count = rng("golden"), LEARNED + ASKED
    labels = chance.integers(0, len(CLASSES), count).astype(np.int32)
    words = ("tr\N{LATIN SMALL LETTER E WITH GRAVE}s bien", "affreux", "pas mal")
    said = np.where(chance.random(count) < 0.4, chance.integers(0, len(CLASSES), count), labels)
    texts: list[Any] = [f"{words[each]} no {at % 13}, merci" for at, each in enumerate(said)]
    numbers: list[Any] = np.round(chance.normal(3.0 * labels, 4.0), 3).tolist()
    plans: list[Any] = [f"plan {draw}" for draw in chance.integers(0, 5, count)]
    days: list[Any] = [f"2026-{1 + at % 12:02}-{1 + at % 28:02}T08:30:00" for at in range(count)]
    for column, every in ((texts, 11), (numbers, 7), (plans, 9), (days, 8)):
        column[::every] = [None] * len(column[::every])
    texts[-1], plans[-1], numbers[-1] = "\N{PILE OF POO} never seen \N{CJK UNIFIED IDEOGRAPH-4E2D}", "plan 99", 1e30
    kinds = {"text": Kind.TEXT, "amount": Kind.NUMBER, "plan": Kind.CATEGORY, "day": Kind.DATE}
    return {"text": texts, "amount": numbers, "plan": plans, "day": days}, kinds, labels[:LEARNED]


if __name__ == "__main__":
    main()
