"""What the registry's tests share: both databases, and versions to promote."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from ratchet import clock
from ratchet.data.schema import Schema
from ratchet.evaluation.scorecard import Scorecard
from ratchet.features.encoder import Target
from ratchet.features.profile import Profile
from ratchet.gate.decision import Check, Decision, Outcome
from ratchet.kinds.kind import Kind
from ratchet.models import conformal
from ratchet.models.calibrated import Calibrated
from ratchet.models.calibration.temperature import Temperature
from ratchet.models.family import LabelledRows
from ratchet.models.learner import fit
from ratchet.models.recipe import Recipe
from ratchet.spec import parse
from ratchet.statistics.measured import Measured
from ratchet.store.database import Database
from ratchet.store.tables import versions


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open, empty database of either kind."""
    opened = Database.open(database_url)
    yield opened
    opened.close()


AddVersions = Callable[..., None]


@pytest.fixture
def add_versions() -> AddVersions:
    """Puts bare versions 1 to n into a database, for tests that promote and never open them."""

    def add(database: Database, count: int, classifier: str = "reviews") -> None:
        rows = [
            {
                "classifier": classifier, "number": number, "created_at": clock.now(), "family": "linear.v1",
                "dataset_id": "d", "learning_hash": "s", "bundle_key": "b", "scorecard": {}, "decision": {},
                "run_id": f"r{number}",
            }
            for number in range(1, count + 1)
        ]  # fmt: skip
        with database.begin() as connection:
            connection.execute(sa.insert(versions), rows)

    return add


def decision(outcome: Outcome = "promote", sentence: str = "it is better by 0.021", **numbers: float) -> Decision:
    """A decision of the gate with one check."""
    check = Check(rule="better", passed=outcome == "promote", sentence=sentence, plain=sentence, numbers=numbers)
    return Decision(outcome=outcome, checks=(check,), sentence=sentence)


def scorecard(**metrics: float) -> Scorecard:
    """A scorecard with these metrics, and next to nothing else."""
    measured = {name: Measured(value=each, low=each, high=each, n=2, method="none") for name, each in metrics.items()}
    return Scorecard(classes=("a", "b"), metrics=measured, per_class={}, confusion=((1, 0), (0, 1)), baselines={})


@pytest.fixture(scope="session")
def table() -> dict[str, Any]:
    """A small mixed table: columns, their kinds, labels, classes."""
    rng = np.random.default_rng(7)
    labels = rng.integers(0, 3, 240).astype(np.int32)
    words = ["plain", "lovely", "awful"]
    return {
        "columns": {
            "text": [f"it was {words[label]} number {index % 17}" for index, label in enumerate(labels)],
            "age": np.where(rng.random(240) < 0.1, np.nan, rng.normal(40 + 5 * labels, 10)),
            "plan": [None if draw == 3 else f"plan {draw}" for draw in rng.integers(0, 4, 240)],
        },
        "kinds": {"text": Kind.TEXT, "age": Kind.NUMBER, "plan": Kind.CATEGORY},
        "labels": labels,
        "classes": ("bon", "mauvais", "moyen à bon"),
    }


@pytest.fixture(scope="session")
def parts(table: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What `bundle.write` is given: a calibrated linear model of that table, with prediction sets."""
    recipe = Recipe.plan("linear.v1", table["kinds"], params={"C": 5.0})
    rows = LabelledRows(columns=table["columns"], kinds=table["kinds"], target=Target(table["labels"], 3))
    inner = fit(recipe, rows, seed=0, folder=tmp_path_factory.mktemp("files"))
    pipeline = Calibrated(inner, Temperature(1.5))
    probabilities = pipeline.predict(table["columns"])
    columns = {name: str(kind) for name, kind in table["kinds"].items()}
    return {
        "spec": parse({"name": "reviews", "label": "y", "columns": columns, "candidates": [{"family": "linear.v1"}]}),
        "schema": Schema(columns=table["kinds"], label="y", classes=table["classes"]),
        "recipe": recipe,
        "pipeline": pipeline,
        "sets": conformal.fit(probabilities, table["labels"], 0.9),
        "profile": Profile.of(table["columns"], table["kinds"], probabilities, table["labels"]),
        "dataset_id": "d1",
        "split_id": "s1",
    }
