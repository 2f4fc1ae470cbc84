"""`ratchet export --to onnx`: one graph that comes near the pipeline, to the last digits."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from ratchet.data.schema import Schema
from ratchet.errors import MissingExtraError, RefusedError
from ratchet.export import ways
from ratchet.export.exported import Exporting
from ratchet.export.onnx import write
from ratchet.export.onnx.models import MODELS
from ratchet.export.python import package
from ratchet.features.columns import from_frame
from ratchet.features.encoder import Target
from ratchet.kinds.kind import Kind
from ratchet.models.calibrated import CALIBRATIONS, Calibrated
from ratchet.models.decision import ClassFactors
from ratchet.models.ensemble import Ensemble, Pooling
from ratchet.models.family import LabelledRows
from ratchet.models.learner import fit
from ratchet.models.pipeline import Pipeline
from ratchet.models.recipe import Recipe
from ratchet.registry import bundle
from ratchet.spec import parse
from tests.export.exporting import GOLDEN, exporting, golden
from tests.golden.make import CLASSES, columns_of, table

onnxruntime = pytest.importorskip("onnxruntime", reason="the extra onnx is not installed")
pytest.importorskip("onnx", reason="the extra onnx is not installed")


def _learned(
    family: str,
    folder: Path,
    *,
    two: bool = False,
    many: bool = False,
    encoders: dict[str, str] | None = None,
    params: dict[str, Any] | None = None,
) -> tuple[Pipeline, LabelledRows]:
    columns, kinds, labels = table()
    kinds = {name: kind for name, kind in kinds.items() if kind is not Kind.TEXT}
    if many:  # so many categories that they make sparse rows
        columns["plan"] = [f"plan {at % 90}" if at % 9 else None for at in range(len(columns["plan"]))]
    learned = columns_of({name: columns[name][: len(labels)] for name in kinds}, kinds)
    target = Target(np.minimum(labels, 1) if two else labels, 2 if two else len(CLASSES))
    rows = LabelledRows(columns=learned, kinds=kinds, target=target)
    return fit(Recipe.plan(family, kinds, encoders=encoders, params=params), rows, seed=0, folder=folder), rows


def _written(
    pipeline: Pipeline,
    folder: Path,
    family: str = "linear.v1",
    *,
    two: bool = False,
    of: tuple[dict[str, list[Any]], dict[str, Kind]] | None = None,
    factors: ClassFactors | None = None,
) -> Exporting:
    columns, kinds = of or table()[:2]
    kinds = {name: kind for name, kind in kinds.items() if of or kind is not Kind.TEXT}
    bundle.write(
        folder / "bundle",
        spec=parse({"name": "made", "label": "y", "columns": kinds, "candidates": [{"family": family}]}),
        schema=Schema(columns=kinds, label="y", classes=CLASSES[: 2 if two else None]),
        recipe=Recipe.plan(family, kinds),
        pipeline=pipeline,
        factors=factors,
        dataset_id="made",
        split_id="made",
    )
    return exporting(folder / "bundle", columns)


def _furthest(made: Exporting, folder: Path) -> float:
    """How far the graph lies from the pipeline, by its own report."""
    checked = ways.export(made, "onnx", folder).checked
    rows = made.sample().height
    assert f"{rows:,} of {rows:,} labels are the same" in checked
    return float(checked.partition("further than ")[2].partition(" ")[0])


_XGBOOST = pytest.param(
    "xgboost.v1",
    marks=pytest.mark.skipif(importlib.util.find_spec("xgboost") is None, reason="needs the extra xgboost"),
)


@pytest.mark.parametrize("family", ["linear.v1", "boosted.v1", "forest.v1", "network.v1", "svm.v1", _XGBOOST])
@pytest.mark.parametrize("two", [False, True], ids=["three classes", "two"])
@pytest.mark.parametrize("many", [False, True], ids=["dense", "sparse"])
def test_a_graph_comes_near_the_pipeline(family: str, two: bool, many: bool, tmp_path: Path) -> None:
    pipeline, _ = _learned(family, tmp_path, two=two, many=many)
    assert _furthest(_written(pipeline, tmp_path, family, two=two), tmp_path / "graph") < 1e-6


def test_forests_answer_bit_for_bit(tmp_path: Path) -> None:
    for kind in ("random", "extra"):
        pipeline, _ = _learned("forest.v1", tmp_path / kind, params={"kind": kind, "trees": 30, "min_leaf": 1})
        assert _furthest(_written(pipeline, tmp_path / kind, "forest.v1"), tmp_path / kind / "graph") == 0


@pytest.mark.parametrize("kernel", ["rbf", "linear"])
@pytest.mark.parametrize("many", [False, True], ids=["dense", "sparse"])
def test_both_kernels_come_near(kernel: str, many: bool, tmp_path: Path) -> None:
    pipeline, _ = _learned("svm.v1", tmp_path, many=many, params={"kernel": kernel, "landmarks": 60})
    assert _furthest(_written(pipeline, tmp_path, "svm.v1"), tmp_path / "graph") < 1e-12


@pytest.mark.parametrize("family", ["linear.v1", "forest.v1"])
@pytest.mark.parametrize(("amount", "plan"), [("robust.v1", "target.v1"), ("bins.v1", "codes.v1")])
def test_other_encoders_come_near(family: str, amount: str, plan: str, tmp_path: Path) -> None:
    pipeline, _ = _learned(family, tmp_path, encoders={"amount": amount, "plan": plan})
    assert _furthest(_written(pipeline, tmp_path, family), tmp_path / "graph") < 1e-12


@pytest.mark.parametrize("family", ["linear.v1", "forest.v1"])
@pytest.mark.parametrize("name", sorted(CALIBRATIONS))
@pytest.mark.parametrize("two", [False, True], ids=["three classes", "two"])
def test_calibrations_come_near(family: str, name: str, two: bool, tmp_path: Path) -> None:
    pipeline, rows = _learned(family, tmp_path, two=two)
    noisy = pipeline.predict(rows.columns) * 0.7 + 0.3 / rows.target.classes
    made = Calibrated(pipeline, CALIBRATIONS[name].fit(noisy, rows.target.labels))
    assert _furthest(_written(made, tmp_path, family, two=two), tmp_path / "graph") < 1e-6


@pytest.mark.parametrize("pooling", ["mean", "log"])
@pytest.mark.parametrize("two", [False, True], ids=["three classes", "two"])
def test_an_ensemble_comes_near(pooling: Pooling, two: bool, tmp_path: Path) -> None:
    members = [_learned(family, tmp_path / family, two=two)[0] for family in ("linear.v1", "boosted.v1", "forest.v1")]
    made = _written(Ensemble(members, np.array([0.6, 0.9, 0.7]), pooling=pooling), tmp_path, two=two)
    assert _furthest(made, tmp_path / "graph") < 1e-6
    told = json.loads((tmp_path / "graph" / "schema.json").read_text("utf-8"))
    assert list(told["inputs"]) == ["amount", "plan", "day"]
    readme = (tmp_path / "graph" / "README.md").read_text("utf-8")
    assert f"to tell apart {2 if two else 3} classes of `y`" in readme
    assert "Every column has to be given; `schema.json` says how a missing value is written" in readme
    assert "A column that is absent" not in readme
    assert told["classes"] == list(CLASSES[: 2 if two else None])


def test_the_label_is_the_class_of_the_largest_probability_times_factor(tmp_path: Path) -> None:
    pipeline, rows = _learned("forest.v1", tmp_path)
    calibrated = Calibrated(pipeline, CALIBRATIONS["beta.v1"].fit(pipeline.predict(rows.columns), rows.target.labels))
    made = _written(calibrated, tmp_path, "forest.v1", factors=ClassFactors((0.5, 0.4, 5.0)))
    assert _furthest(made, tmp_path / "graph") < 1e-6
    session = onnxruntime.InferenceSession(str(tmp_path / "graph" / "model.onnx"))
    sent = write.inputs(from_frame(made.sample(), made.bundle.schema.features), dict(pipeline.columns))
    label, probabilities = session.run(None, sent)
    classes = np.array(CLASSES)
    assert (label == classes[(probabilities * [0.5, 0.4, 5.0]).argmax(axis=1)]).all()
    assert (label != classes[probabilities.argmax(axis=1)]).any()
    told = json.loads((tmp_path / "graph" / "schema.json").read_text("utf-8"))
    assert told["outputs"]["label"] == "string (rows,): the class of the largest probability times its factor"
    assert told["factors"] == {CLASSES[0]: 0.5, CLASSES[1]: 0.4, CLASSES[2]: 5.0}


def _bank(rows: int = 600) -> tuple[dict[str, list[Any]], dict[str, Kind], npt.NDArray[np.int32]]:
    """Numbers beside categories whose sets decide, so that trees part by sets of categories."""
    chance = np.random.default_rng(11)
    job, age, balance = chance.integers(0, 6, rows), chance.normal(40, 10, rows), chance.normal(1000, 300, rows)
    yes = np.isin(job, [1, 4]) ^ (chance.random(rows) < 0.1) ^ (balance > 1500)
    columns = {
        "age": [*age.tolist()[:-1], None],
        "balance": balance.tolist(),
        "job": [None if each == 5 else f"job {each}" for each in job],
    }
    return columns, {"age": Kind.NUMBER, "balance": Kind.NUMBER, "job": Kind.CATEGORY}, yes.astype(np.int32)


def test_an_ensemble_whose_trees_part_by_sets_of_categories_comes_near(tmp_path: Path) -> None:
    columns, kinds, labels = _bank()
    rows = LabelledRows(columns=columns_of(columns, kinds), kinds=kinds, target=Target(labels, 2))
    members = [
        fit(Recipe.plan(family, kinds), rows, seed=0, folder=tmp_path / family)
        for family in ("boosted.v1", "linear.v1")
    ]
    assert any(len(each.state.arrays.get("words", ())) for each in write._all(members[0].save())), "no tree has a set"
    made = _written(Ensemble(members, np.array([0.7, 0.3])), tmp_path, two=True, of=(columns, kinds))
    assert _furthest(made, tmp_path / "graph") < 1e-6


def test_columns_may_be_called_as_what_is_in_a_graph(tmp_path: Path) -> None:
    columns, _, labels = _bank()
    names = ("label", "probabilities", "constant_0", "isnan_0", "identity_3", 'a/b "😀"')
    renamed = dict.fromkeys(names, columns["balance"])
    kinds = dict.fromkeys(names, Kind.NUMBER)
    rows = LabelledRows(columns=columns_of(renamed, kinds), kinds=kinds, target=Target(labels, 2))
    made = fit(Recipe.plan("linear.v1", kinds), rows, seed=0, folder=tmp_path / "linear")
    assert _furthest(_written(made, tmp_path, two=True, of=(renamed, kinds)), tmp_path / "graph") < 1e-12
    told = json.loads((tmp_path / "graph" / "schema.json").read_text("utf-8"))
    session = onnxruntime.InferenceSession(str(tmp_path / "graph" / "model.onnx"))
    assert [each.name for each in session.get_outputs()] == list(told["outputs"]) == ["label_", "probabilities_"]
    assert [each.name for each in session.get_inputs()] == list(names)


@pytest.mark.parametrize("family", ["linear.v1", "boosted.v1"])
def test_infinity_is_missing_as_it_is_to_a_version(family: str, tmp_path: Path) -> None:
    columns, kinds, labels = _bank()
    rows = LabelledRows(columns=columns_of(columns, kinds), kinds=kinds, target=Target(labels, 2))
    pipeline = fit(Recipe.plan(family, kinds), rows, seed=0, folder=tmp_path / family)
    ways.export(_written(pipeline, tmp_path, two=True, of=(columns, kinds)), "onnx", tmp_path / "graph")
    session = onnxruntime.InferenceSession(str(tmp_path / "graph" / "model.onnx"))
    asked = {"age": [np.inf, -np.inf, np.nan], "balance": [900.0] * 3}
    sent = {name: np.array(values) for name, values in asked.items()}
    found = session.run(None, {**sent, "job": np.array(["job 1"] * 3, dtype=object)})[1]
    assert (found == found[2]).all()


def test_a_graph_that_lies_too_far_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(graph: Any, rows: str, state: Any, order: list[int]) -> str:
        weights = state.arrays["weights"] * np.float32(1.01)
        return linear(graph, rows, replace(state, arrays={**state.arrays, "weights": weights}), order)

    linear = MODELS["linear.v1"]
    monkeypatch.setattr(write, "MODELS", {**MODELS, "linear.v1": wrong})
    made = _written(_learned("linear.v1", tmp_path)[0], tmp_path)
    with pytest.raises(RefusedError, match="from the version's own, more than 1e-05"):
        ways.export(made, "onnx", tmp_path / "graph")
    assert not (tmp_path / "graph").exists()


def test_what_no_graph_says_exactly_is_refused_in_words(tmp_path: Path) -> None:
    by_name = {each.name: each for each in GOLDEN}
    with pytest.raises(RefusedError, match=r"it has the text column 'text' \('ngrams\.v1'\), and texts have no"):
        ways.export(golden(by_name["linear.v1"]), "onnx", tmp_path / "graph")
    made = _written(_learned("majority.v1", tmp_path)[0], tmp_path, "majority.v1")
    with pytest.raises(
        RefusedError, match=r"it has 'blank\.v1' \(of the column 'amount'\), which no ONNX graph of ours"
    ):
        ways.export(made, "onnx", tmp_path / "graph")


@pytest.mark.parametrize("family", ["linear.v1", "forest.v1"])
def test_hashed_values_are_refused_in_words(family: str, tmp_path: Path) -> None:
    made = _written(_learned(family, tmp_path, encoders={"plan": "hashed.v1"})[0], tmp_path, family)
    with pytest.raises(
        RefusedError, match=r"it has 'hashed\.v1' \(of the column 'plan'\), and no ONNX operator hashes a value"
    ):
        ways.export(made, "onnx", tmp_path / "graph")
    assert not (tmp_path / "graph").exists()


def test_texts_made_ready_are_refused_as_texts(tmp_path: Path) -> None:
    columns, kinds, labels = table()
    learned = columns_of({name: columns[name][: len(labels)] for name in kinds}, kinds)
    recipe = Recipe.plan("linear.v1", kinds, texts={"text": {"of": ["text"], "clean": ["html"]}})
    pipeline = fit(
        recipe, LabelledRows(columns=learned, kinds=kinds, target=Target(labels, 3)), seed=0, folder=tmp_path
    )
    with pytest.raises(RefusedError, match="it has the text column 'text'"):
        ways.export(_written(pipeline, tmp_path, of=(columns, kinds)), "onnx", tmp_path / "graph")


def test_more_numbers_than_a_graph_holds_are_refused_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write, "LARGEST", 1_000)
    made = _written(_learned("forest.v1", tmp_path)[0], tmp_path, "forest.v1")
    with pytest.raises(RefusedError, match=r"it has \d+ MB of numbers, and a graph holds less than 2 GB"):
        ways.export(made, "onnx", tmp_path / "graph")


def test_what_is_advised_instead_is_not_refused_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = golden({each.name: each for each in GOLDEN}["linear.v1"])
    with pytest.raises(RefusedError, match="What to do: export it --to python, which needs NumPy only, or --to mlflow"):
        ways.export(made, "onnx", tmp_path / "graph")
    monkeypatch.setattr(package, "refusal", lambda exporting: RefusedError("it answers with tokenizers"))
    with pytest.raises(RefusedError, match=r"What to do: export it --to mlflow or sklearn$"):
        ways.export(made, "onnx", tmp_path / "graph")


def test_without_the_extra_it_says_what_to_type(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "onnx", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'ratchet-ml\[onnx\]'"):
        ways.export(golden(GOLDEN[0]), "onnx", tmp_path / "graph")
