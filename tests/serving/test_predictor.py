"""One version that answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ratchet.errors import RowError
from ratchet.features.encoder import Columns
from ratchet.models.conformal import Conformal
from ratchet.models.decision import ClassFactors
from ratchet.serving.predictor import Predictor

ALL_ABOVE_A_THIRD = Conformal(coverage=0.9, limits=np.full(2, 2 / 3))


def test_an_answer_names_its_version_and_what_people_read(opened: Callable[..., Any]) -> None:
    good, bad = Predictor(opened(), "7").predict([{"text": "so good"}, {"text": "so bad", "plan": "gold"}])
    assert (good.label, good.name, good.version) == ("good", "Good one", "7")
    assert (bad.label, bad.name) == ("bad", "bad")
    assert [score.label for score in bad.scores] == ["bad", "good"]
    assert good.confidence == good.scores[0].score > 0.5
    assert sum(score.score for score in good.scores) == pytest.approx(1)
    assert good.id != bad.id
    assert good.set == ()
    assert not good.abstained


def test_the_names_people_read_are_the_ones_given_now(opened: Callable[..., Any]) -> None:
    rows = [{"text": "so good"}, {"text": "so bad", "plan": "gold"}]
    renamed = Predictor(opened(), "7", names={"bad": "Bad one"}).predict(rows)
    assert [(each.label, each.name) for each in renamed] == [("good", "good"), ("bad", "Bad one")]


def test_a_row_answers_the_same_alone_and_among_others(opened: Callable[..., Any]) -> None:
    predictor = Predictor(opened(), "1")
    rows = [{"text": f"good {at}", "age": at, "plan": "gold"} for at in range(20)]
    together = [each.confidence for each in predictor.predict(rows)]
    assert together == [predictor.predict([row])[0].confidence for row in rows]


def test_only_the_best_are_told(opened: Callable[..., Any]) -> None:
    assert [len(Predictor(opened(top=top), "1").predict([{"text": "a"}])[0].scores) for top in (1, 2, 9)] == [1, 2, 2]


def test_a_promised_coverage_gives_sets_and_abstains(opened: Callable[..., Any]) -> None:
    predictor = Predictor(replace(opened(), sets=ALL_ABOVE_A_THIRD), "1")
    certain, unsure = predictor.predict([{"text": "good good good"}, {"text": "film", "plan": None}])
    assert (certain.set, certain.abstained) == (("good",), False)
    assert (sorted(unsure.set), unsure.abstained) == (["bad", "good"], True)


def test_odd_values_are_counted(opened: Callable[..., Any]) -> None:
    answers = Predictor(opened(), "1").answer([{"text": "a", "plan": "platinum", "age": 1}, {"plan": "gold"}])
    assert answers.unknown == {"plan": 1}
    assert answers.missing == {"text": 1, "age": 1, "since": 2}


def test_a_mistake_answers_nothing_and_no_rows_nothing(opened: Callable[..., Any]) -> None:
    predictor = Predictor(opened(), "1")
    with pytest.raises(RowError, match="row 2: age"):
        predictor.predict([{"age": 1}, {"age": "x"}])
    assert predictor.predict([]) == []


def test_few_classes_and_many_are_ranked_alike_ties_included(opened: Callable[..., Any]) -> None:
    predictor = Predictor(opened(top=2), "1")
    tied = np.round(np.random.default_rng(0).dirichlet(np.ones(2), 500), 1)
    order, scores = predictor.best(tied)
    assert predictor.ranked(tied) == list(zip(order.tolist(), scores.tolist(), strict=True))


def test_few_long_texts_are_answered_at_once(opened: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        {"text": text, "age": at} for at, text in enumerate(["good", "bad", "so good", "x" * 30 + " bad", None, "g"])
    ]
    bundle = opened()
    whole = [each.confidence for each in Predictor(bundle, "1").predict(rows)]
    sizes: list[list[int]] = []

    def predict(columns: Any) -> Any:
        sizes.append([len(text or "") for text in columns["text"]])
        return answer(columns)

    answer = bundle.pipeline.predict
    monkeypatch.setattr("ratchet.serving.answerer.AT_ONCE", 10)
    monkeypatch.setattr(type(bundle.pipeline), "predict", lambda self, columns: predict(columns))
    assert [each.confidence for each in Predictor(bundle, "1").predict(rows)] == whole
    assert sizes == [[4, 3], [7], [34], [0, 1]]


def test_class_factors_decide_labels_one_by_one_and_in_many_and_leave_probabilities(
    opened: Callable[..., Any],
) -> None:
    made = opened()
    plain, weighed = Predictor(made, "1"), Predictor(replace(made, factors=ClassFactors((0.01, 100.0))), "1")
    row = {"text": "so good"}
    before, after = plain.predict([row])[0], weighed.predict([row])[0]
    assert (before.label, after.label) == ("good", "bad")
    assert {each.label: each.score for each in after.scores} == {each.label: each.score for each in before.scores}
    assert after.confidence == after.scores[0].score < 0.5
    unknown: Columns = {"plan": [None], "age": np.array([np.nan]), "since": np.array(["NaT"], "M8[us]")}
    columns: Columns = {"text": ["so good"], **unknown}
    order, values = weighed.best(weighed.probabilities(columns))
    assert [made.schema.classes[at] for at in order[0]] == [each.label for each in after.scores]
    assert values[0].tolist() == [each.score for each in after.scores]
