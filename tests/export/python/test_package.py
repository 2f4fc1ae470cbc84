"""`ratchet export --to python`: our own source answers with NumPy alone, bit for bit."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import numpy as np
import pytest

from ratchet.classifier import Classifier
from ratchet.data.schema import Schema
from ratchet.errors import PathError, RefusedError
from ratchet.export import ways
from ratchet.export.python import checking, package, refused
from ratchet.export.python.carried import Judge
from ratchet.export.python.refused import refuse
from ratchet.export.python.sources import Name
from ratchet.features.encoder import Target
from ratchet.models import conformal
from ratchet.models.calibrated import CALIBRATIONS, Calibrated
from ratchet.models.catalogue import FAMILIES
from ratchet.models.decision import ClassFactors
from ratchet.models.ensemble import Ensemble
from ratchet.models.family import LabelledRows, reads
from ratchet.models.learner import fit
from ratchet.models.pipeline import Pipeline
from ratchet.models.prepared import Prepared
from ratchet.models.recipe import Recipe
from ratchet.registry import bundle
from ratchet.spec import parse
from tests.export.exporting import GOLDEN, exporting, golden
from tests.golden.make import ASKED, CLASSES, LEARNED, columns_of, table
from tests.stories.scenes import loans

RUNTIMES = {"transformer.v1", "pretrained.v1"}
"""Families that answer with a runtime of their own, and are refused in words."""
CHOSEN = {"ensemble.v1"}
"""Families that are made of a search's trials, and not learned by themselves."""


@pytest.mark.parametrize("folder", GOLDEN, ids=lambda folder: folder.name)
def test_a_golden_bundle_answers_alone_as_it_is_served(folder: Path, tmp_path: Path) -> None:
    made = ways.export(golden(folder), "python", tmp_path / "model")
    assert made.checked == "24 stored rows answered bit for bit as the version does, with NumPy alone"
    assert (made.folder / "LICENSE").read_text("utf-8").startswith("MIT")
    source = "\n".join(each.read_text("utf-8") for each in made.folder.rglob("*.py"))
    for library in ("polars", "msgspec", "pydantic", "sklearn", "scipy", "lightgbm", "from ratchet", "import ratchet"):
        assert f"import {library}" not in source, "what stays behind is not spoken of"
        assert f"from {library}" not in source


def _made(
    tmp_path: Path,
    wrap: Callable[[Pipeline, Any, Any], Pipeline],
    family: str = "linear.v1",
    factors: ClassFactors | None = None,
) -> Any:
    """A version of any pipeline, learned from the rows of the golden bundles."""
    columns, kinds, labels = table()
    kinds = {name: kind for name, kind in kinds.items() if kind in reads(FAMILIES[family])}
    learned = columns_of({name: columns[name][:LEARNED] for name in kinds}, kinds)
    recipe = Recipe.plan(family, kinds)
    rows = LabelledRows(columns=learned, kinds=kinds, target=Target(labels, len(CLASSES)))
    pipeline = wrap(fit(recipe, rows, seed=0, folder=tmp_path / "files"), rows, labels)
    probabilities = pipeline.predict(learned)
    bundle.write(
        tmp_path / "bundle",
        spec=parse({"name": "made", "label": "y", "columns": kinds, "candidates": [{"family": family}]}),
        schema=Schema(columns=kinds, label="y", classes=CLASSES),
        recipe=recipe,
        pipeline=pipeline,
        sets=conformal.fit(probabilities, labels, 0.9),
        factors=factors,
        dataset_id="made",
        split_id="made",
    )
    return exporting(tmp_path / "bundle", {name: values[-ASKED:] for name, values in columns.items()})


@pytest.mark.parametrize("family", sorted({*FAMILIES} - RUNTIMES - CHOSEN))
def test_every_family_of_the_catalogue_goes_along(family: str, tmp_path: Path) -> None:
    if family == "xgboost.v1":
        pytest.importorskip("xgboost", reason="the extra xgboost is not installed")
    made = _made(tmp_path, lambda pipeline, rows, labels: pipeline, family)
    assert "with NumPy alone" in ways.export(made, "python", tmp_path / "model").checked


@pytest.mark.parametrize("name", sorted(CALIBRATIONS))
def test_every_calibration_goes_along(name: str, tmp_path: Path) -> None:
    def calibrated(pipeline: Pipeline, rows: Any, labels: Any) -> Pipeline:
        noisy = pipeline.predict(rows.columns) * 0.6 + 0.4 / len(CLASSES)
        return Calibrated(pipeline, CALIBRATIONS[name].fit(noisy, labels))

    assert "bit for bit" in ways.export(_made(tmp_path, calibrated), "python", tmp_path / "model").checked


def test_class_factors_go_along(tmp_path: Path) -> None:
    made = _made(tmp_path, lambda pipeline, rows, labels: pipeline, factors=ClassFactors((0.1, 0.1, 100.0)))
    found = ways.export(made, "python", tmp_path / "model")
    answered = checking.answers(found.folder, {"together": [{"amount": 1}], "alone": []})["together"]
    assert answered[0]["label"] == CLASSES[2], "the factor says so, whatever is most probable"


def test_an_ensemble_goes_along_with_its_members(tmp_path: Path) -> None:
    def together(pipeline: Pipeline, rows: LabelledRows, labels: Any) -> Pipeline:
        other = fit(Recipe.plan("boosted.v1", rows.kinds), rows, seed=0, folder=tmp_path / "other")
        return Ensemble([pipeline, other], np.array([0.3, 0.7]))

    assert "bit for bit" in ways.export(_made(tmp_path, together), "python", tmp_path / "model").checked


def _prepared(**way: Any) -> Callable[[Pipeline, Any, Any], Pipeline]:
    return lambda pipeline, rows, labels: Prepared(pipeline, {"text": {"of": ["text"], **way}})


def test_cleaning_and_stop_words_go_along(tmp_path: Path) -> None:
    wrap = _prepared(clean=["html", "urls", "escapes", "mojibake"], stop_words="fr")
    made = ways.export(_made(tmp_path, wrap), "python", tmp_path / "model")
    assert "bit for bit" in made.checked
    texts = ["<b>merci</b> beaucoup", "le merci de la https://a.example beaucoup", "merci beaucoup"]
    found = checking.answers(made.folder, {"together": [{"text": each} for each in texts], "alone": []})["together"]
    assert len({each["confidence"] for each in found}) == 1, "they are the same words once they are made ready"


def test_lemmas_are_refused_by_their_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in = ModuleType("simplemma")
    stand_in.lemmatize = lambda word, lang: word.lower()  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "simplemma", stand_in)
    made = _made(tmp_path, _prepared(clean=["html"], lemmas="it"))
    with pytest.raises(RefusedError, match=r"the base forms \(lemmas\) of the text 'text' are looked up by simplemma"):
        ways.export(made, "python", tmp_path / "model")
    assert package.refusal(made) is not None
    assert package.refusal(golden(GOLDEN[0])) is None


def test_a_champion_answers_in_another_process(classifier: Classifier, tmp_path: Path) -> None:
    made = classifier.export(1, to="python", folder=tmp_path / "loans_model")
    assert len(made.use) == 3
    rows = loans(30, seed=5).drop("outcome").to_dicts()
    found = checking.answers(made.folder, {"together": rows, "alone": []})["together"]
    served = classifier.predict(rows)
    assert [each["confidence"] for each in found] == [each.confidence for each in served]
    assert [each["set"] for each in found] == [[*each.set] for each in served]
    with pytest.raises(RefusedError, match="row 1: income"):
        checking.answers(made.folder, {"together": [{"income": "much"}], "alone": []})


def test_a_changed_byte_of_model_or_code_is_refused(tmp_path: Path) -> None:
    whole = ways.export(golden(GOLDEN[0]), "python", tmp_path / "whole").folder
    for at, name in enumerate(["serving/answerer.py", "README.md", "model/pipeline.model.json"]):
        shutil.copytree(whole, changed := tmp_path / f"changed{at}")
        (changed / name).write_bytes((changed / name).read_bytes() + b"\n")
        with pytest.raises(RefusedError, match="is not as it was written: its sha256 differs"):
            checking.answers(changed, {"together": [{}], "alone": []})


@pytest.mark.parametrize("name", ["7", "json", "numpy", "class", "a-b"])
def test_a_name_that_cannot_be_imported_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(PathError, match=f"no Python package can be called '{name}'"):
        ways.export(golden(GOLDEN[0]), "python", tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_what_answers_with_more_than_numpy_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RefusedError, match=r"theirs\.v1 cannot become .* NumPy alone: 'theirs\.v1' comes from another"):
        refuse("theirs.v1", Judge(frozenset({"theirs.v1"})))
    refuse("linear.v1", Judge(frozenset({"linear.v1", "encoded.v1", "ngrams.v1"})))
    monkeypatch.setattr(refused, "_opening", lambda: [("linear.v1", Name("ratchet.models.linear", "Linear"))])
    monkeypatch.setattr(refused, "_ANSWERS", ("fit",))
    with pytest.raises(RefusedError, match=r"'linear\.v1' answers with scipy"):
        refuse("linear.v1", Judge(frozenset({"linear.v1"})))


@pytest.mark.parametrize("name", ["transformer.v1", "sentences.v1"])
def test_what_answers_by_a_part_with_a_runtime_is_refused_before_it_is_tried(name: str) -> None:
    with pytest.raises(RefusedError, match=rf"'{name}' answers with tokenizers\n.* --to mlflow or sklearn"):
        refuse(name, Judge(frozenset({name, "encoded.v1"})))


def test_a_part_that_no_package_opens_is_refused(tmp_path: Path) -> None:
    made = golden(GOLDEN[0])
    parts = {**made.bundle.manifest.parts, "oracle": made.bundle.manifest.parts["profile"]}
    other = replace(made.bundle, manifest=msgspec.structs.replace(made.bundle.manifest, parts=parts))
    with pytest.raises(RefusedError, match="has the part 'oracle', which does not go this way"):
        ways.export(replace(made, bundle=other), "python", tmp_path / "model")


@pytest.mark.skipif(shutil.which("uv") is None, reason="uv is not here, which makes an environment of NumPy alone")
def test_a_fresh_environment_with_numpy_answers_the_same(tmp_path: Path) -> None:
    made = ways.export(golden(GOLDEN[0]), "python", tmp_path / "model").folder
    home = tmp_path / "venv"
    wanted = f"numpy=={np.__version__}"
    subprocess.run(["uv", "venv", "-p", sys.executable, str(home)], capture_output=True, check=False)
    done = subprocess.run(["uv", "pip", "install", "-p", str(home), wanted], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("no package index can be reached, so there is no environment of NumPy alone")
    ask = "from model import predict; print(predict([{'text': 'merci'}]))"
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {ask}"
    words = [str(home / "bin" / "python"), "-c", code]
    answered = subprocess.run(words, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": ""})
    (same,) = checking.answers(made, {"together": [{"text": "merci"}], "alone": []})["together"]
    assert answered.stdout.strip() == str([same])
