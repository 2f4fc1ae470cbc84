"""What in a row spoke for a class, family by family."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest

from ratchet.data.schema import Schema
from ratchet.errors import RowError
from ratchet.features.encoder import Columns, Target
from ratchet.kinds.kind import Kind
from ratchet.models.calibrated import Calibrated
from ratchet.models.calibration.temperature import Temperature
from ratchet.models.encoded import Encoded
from ratchet.models.ensemble import Ensemble
from ratchet.models.family import LabelledRows
from ratchet.models.learner import fit
from ratchet.models.pipeline import Pipeline
from ratchet.models.recipe import Recipe
from ratchet.registry.bundle import Bundle
from ratchet.serving.explaining import explain
from ratchet.serving.explanation import MOST, Contribution, Explanation, sentence, strongest
from ratchet.serving.occlusion import occluded
from ratchet.serving.predictor import Predictor

KINDS = {"text": Kind.TEXT, "plan": Kind.CATEGORY, "age": Kind.NUMBER, "since": Kind.DATE}
WORDS = ["refund", "broken", "slow", "thanks", "lovely", "fast", "parcel", "today", "the", "a"]
ROWS: list[dict[str, Any]] = [
    {"text": "The parcel: BROKEN! Refund, refund today", "plan": "gold", "age": 61.5, "since": "2024-05-06"},
    {"text": "Thanks, lovely and fast :-) ünknown wörds", "plan": "tin", "age": None, "since": None},
    {"text": None, "plan": None, "age": 3},
    {"text": "", "plan": "basic", "age": 300, "since": "2019-01-01"},
]
Make = Callable[..., Predictor]


def _rows(classes: int, count: int = 240) -> LabelledRows:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, classes, count).astype(np.int32)
    spoken = [rng.choice(WORDS[each :: classes + 1] + WORDS[-3:], rng.integers(2, 9)) for each in labels]
    columns: Columns = {
        "text": [" ".join(each) for each in spoken],
        "plan": [["basic", "gold", "tin"][(each + (rng.random() < 0.3)) % 3] for each in labels],
        "age": np.where(rng.random(count) < 0.1, np.nan, 20.0 * labels + rng.normal(0, 15, count)),
        "since": np.datetime64("2024-01-01", "us") + rng.integers(0, 500, count).astype("timedelta64[D]"),
    }
    return LabelledRows(columns=columns, kinds=KINDS, target=Target(labels, classes))


@pytest.fixture(scope="module")
def make(opened: Callable[..., Bundle], tmp_path_factory: pytest.TempPathFactory) -> Make:
    """A predictor of a recipe, with a champion's bundle around it."""
    bundle, kept = opened(), dict[str, Pipeline]()

    def made(
        family: str,
        classes: int = 2,
        *,
        around: Callable[[Pipeline], Pipeline] = lambda pipeline: pipeline,
        params: Mapping[str, Any] | None = None,
        **plan: Any,
    ) -> Predictor:
        key = repr((family, classes, params, plan))
        if key not in kept:
            recipe = Recipe.plan(family, KINDS, params=params, **plan)
            kept[key] = fit(recipe, _rows(classes), seed=0, folder=tmp_path_factory.mktemp("files"))
        schema = Schema(columns=KINDS, label="mood", classes=tuple("abcd"[:classes]))
        return Predictor(replace(bundle, pipeline=around(kept[key]), schema=schema), "1")

    return made


def _sum(found: Explanation) -> float:
    assert found.base is not None
    return found.base + sum(each.contribution for each in found.contributions) + found.rest.contribution


def _log_odds(predictor: Predictor, row: Mapping[str, Any], label: str) -> float:
    """Of two classes."""
    logs = np.log(predictor.probabilities(predictor.columns([row]))[0])
    return float(logs["ab".index(label)] - logs["ba".index(label)])


def _check_places(found: Explanation, row: Mapping[str, Any]) -> None:
    for each in found.contributions:
        if each.start is not None and each.end is not None:
            assert row[each.column][each.start : each.end] == each.value


@pytest.mark.parametrize("row", ROWS, ids=["all", "strange", "missing", "far"])
@pytest.mark.parametrize(
    ("family", "plan"),
    [
        ("linear.v1", {}),
        ("linear.v1", {"params": {"C": 1.0, "class_weight": "none", "loss": "log", "scaling": "none"}}),
        ("linear.v1", {"encoders": {"text": "ngrams.v1", "plan": "hashed.v1", "age": "bins.v1"}}),
        ("linear.v1", {"encoders": {"text": "chars.v1", "plan": "target.v1"}}),
        ("linear.v1", {"encoders": {"text": "words.v2"}}),
        ("linear.v1", {"encoders": {"text": "words.v1"}}),
        ("svm.v1", {}),
    ],
    ids=["default", "log", "first", "letters", "words", "first-words", "svm"],
)
def test_what_a_linear_model_adds_up_is_its_margin(
    make: Make, family: str, plan: dict[str, Any], row: dict[str, Any]
) -> None:
    predictor = make(family, **plan)
    for label in "ab":
        found = explain(predictor, row, label)
        assert (found.method, found.exact, found.scale) == ("linear", True, "log-odds")
        assert _sum(found) == pytest.approx(found.margin, abs=1e-9)
        assert found.margin == pytest.approx(_log_odds(predictor, row, found.label), abs=1e-6)
        _check_places(found, row)


@pytest.mark.parametrize("family", ["linear.v1", "svm.v1"])
def test_of_more_classes_each_has_its_score(make: Make, family: str) -> None:
    predictor = make(family, 4)
    found = {label: explain(predictor, ROWS[0], label) for label in "abcd"}
    probabilities = predictor.probabilities(predictor.columns(ROWS[:1]))[0]
    assert [each.probability for each in found.values()] == probabilities.tolist()
    margins = np.array([_sum(each) for each in found.values()])
    shares = np.exp(margins) if family == "linear.v1" else 1 / (1 + np.exp(-margins))
    assert np.log(shares / shares.sum()) == pytest.approx(np.log(probabilities), abs=1e-6)
    assert {each.scale for each in found.values()} == {"logit" if family == "linear.v1" else "log-odds"}


def test_words_and_runs_of_words_say_where_they_stand(make: Make) -> None:
    found = explain(make("linear.v1"), ROWS[0])
    places = {(each.start, each.end): each.value for each in found.contributions if each.column == "text"}
    assert places[12, 18] == "BROKEN"
    assert places[20, 26] == "Refund"
    assert places[28, 34] == "refund"
    assert {each.value for each in found.contributions if each.column in {"plan", "age"}} == {"gold", "61.5"}
    assert found.contributions == tuple(sorted(found.contributions, key=lambda each: -abs(each.contribution)))


def test_what_is_calibrated_is_explained_as_it_was_before(make: Make) -> None:
    plain = explain(make("linear.v1"), ROWS[0])
    found = explain(make("linear.v1", around=lambda inner: Calibrated(inner, Temperature(2.0))), ROWS[0])
    assert (found.margin, found.contributions) == (plain.margin, plain.contributions)
    assert (plain.before_calibration, found.before_calibration) == (None, plain.probability)
    assert found.probability < plain.probability


TEXTS = {"text": {"of": ["text"], "clean": ["html", "urls"], "stop_words": "en"}}


def test_words_are_found_again_in_a_text_that_was_cleaned(make: Make) -> None:
    predictor = make("linear.v1", texts=TEXTS)
    row = {"text": "<p>The <b>broken</b> parcel https://a.b/refund &amp; REFUND</p>", "plan": "gold"}
    found = explain(predictor, row)
    _check_places(found, row)
    assert _sum(found) == pytest.approx(_log_odds(predictor, row, found.label), abs=1e-6)
    spoken = {each.value for each in found.contributions if each.start is not None}
    assert {"broken", "parcel"} < spoken
    assert not {"The", "https"} & spoken


def test_what_cannot_be_added_up_is_left_out_in_turn(make: Make) -> None:
    joined = make("linear.v1", around=lambda inner: Ensemble([inner, inner]))
    exact, found = explain(make("linear.v1"), ROWS[0]), explain(joined, ROWS[0])
    assert (found.method, found.exact, found.base, found.unasked) == ("occlusion", False, None, 0)
    assert found.margin == pytest.approx(exact.margin, abs=1e-6)
    strongest_word = max((each for each in exact.contributions if each.column == "text"), key=lambda e: e.contribution)
    assert strongest_word.value in [each.value for each in found.contributions[:4]]
    _check_places(found, ROWS[0])


def test_occlusion_ends_in_time(make: Make) -> None:
    row = {"text": " ".join(["parcel"] * 1000)}
    found = occluded(make("linear.v1"), row, 0, seconds=0)
    assert len(found.parts) == 16
    assert found.unasked == 200 + 3 - 16


def test_a_kernel_is_no_sum(make: Make) -> None:
    params = {"C": 1.0, "kernel": "rbf", "gamma": 0.5, "landmarks": 50, "class_weight": "none"}
    assert explain(make("svm.v1", params=params), ROWS[0]).method == "occlusion"


def test_what_is_wrong_is_said(make: Make) -> None:
    predictor = make("linear.v1")
    with pytest.raises(RowError) as row:
        explain(predictor, {"age": "x"})
    assert row.value.problems[0].where == "row 1: age"
    with pytest.raises(RowError, match="not one of the classes") as label:
        explain(predictor, ROWS[0], "z")
    assert label.value.problems[0].expected == "a, b"


def test_the_strongest_are_listed_and_the_rest_is_summed() -> None:
    listed, rest = strongest([Contribution("text", str(each), float(each)) for each in range(-50, 51)])
    assert [len(listed), rest.count] == [MOST, 100 - MOST]
    assert sum(each.contribution for each in listed) + rest.contribution == 0
    assert abs(listed[-1].contribution) == 36


def test_sentences() -> None:
    refund, thanks = Contribution("text", "refund", 2.0, 0, 6), Contribution("text", "thanks", -1.0, 7, 13)
    age, rest = Contribution("age", "3", 1.0), Contribution("text", None, -2.0)
    assert sentence("bad", [refund, refund, age, thanks]) == "'refund' and age = 3 spoke for bad; 'thanks' against it."
    assert sentence("bad", [rest]) == "Nothing in this row spoke for bad; what text lacks spoke against it."
    assert sentence("bad", [refund]) == "'refund' spoke for bad."
    assert sentence("bad", []) == "Nothing in this row spoke for bad or against it."


def test_a_prediction_carries_it_where_it_is_wished(make: Make) -> None:
    predictor = make("linear.v1")
    assert isinstance(predictor.pipeline, Encoded)
    document = msgspec.json.decode(msgspec.json.encode(explain(predictor, ROWS[0])))
    assert msgspec.convert(document, Explanation) == explain(predictor, ROWS[0])
