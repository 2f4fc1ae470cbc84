from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import msgspec
import numpy as np
import pytest

from ratchet.evaluation.score import score
from ratchet.evaluation.scorecard import CandidateScore, Cost, MemberScore
from ratchet.evaluation.sets import measure_sets
from ratchet.models import conformal
from ratchet.report.page import SECTIONS, page
from ratchet.report.plots.confusion import slips
from ratchet.statistics.measured import Measured

CLASSES = ("negative", "neutral", "positive")
CANDIDATES = (
    CandidateScore(
        family="linear.v1",
        params={"C": 0.3},
        score=Measured(value=0.8125, low=0.7915, high=0.8335, n=900, method="wilson"),
        trials=7,
        seconds=31.0,
        chosen=True,
    ),
    CandidateScore(family="boosted.v1", params={}, trials=2, seconds=400.0, chosen=False),
    CandidateScore(
        family="ensemble.v1",
        params={"way": "stacking", "members": [{"family": "linear.v1"}], "weights": [1.3]},
        score=Measured(value=0.8125, low=0.7915, high=0.8335, n=900, method="wilson"),
        trials=1,
        seconds=2.0,
        chosen=False,
        members=(
            MemberScore(
                family="linear.v1",
                weight=0.65,
                score=Measured(value=0.7125, low=0.6915, high=0.7335, n=900, method="wilson"),
            ),
        ),
    ),
)


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """What `show --json` prints of a version, from answers that were really scored."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 600).astype(np.int32)
    p = rng.dirichlet([1, 1, 1], 600)
    p[np.arange(600), labels] += 0.8
    p /= p.sum(axis=1, keepdims=True)
    sets = measure_sets(conformal.fit(p[:300], labels[:300], 0.9), p[300:], labels[300:], classes=CLASSES)
    majority = np.tile([0.3, 0.4, 0.3], (600, 1))
    card = score(
        classes=CLASSES,
        labels=labels,
        probabilities=p,
        baselines={"majority.v1": majority, "one_feature.v1": majority},
        slices={"language": np.where(rng.random(600) < 0.5, "fr", "en")},
        cost=Cost(p50_ms=0.31, p99_ms=0.62, bundle_mb=1.25),
        search_score=0.99,
        search=Measured(value=0.99, low=0.98, high=1.0, n=900, method="wilson-mover"),
    )
    return {
        "name": "reviews",
        "version": "7",
        "family": "linear.v1",
        "champion": True,
        "created_at": "2026-03-04T05:06:07Z",
        "spec": "ab12cd34",
        "dataset": {"id": "d3adb33fcafe0001", "rows": 3_000},
        "holdout": {"rows": 600, "uses": 4},
        **msgspec.to_builtins(replace(card, sets=sets, candidates=CANDIDATES, train_seconds=75.0)),
        "decision": {
            "outcome": "hold",
            "sentence": "the floor is not passed",
            "rows_needed": 1_800,
            "checks": [
                {"rule": "floor", "passed": False, "sentence": "0.61 is below 0.80"},
                {"rule": "beats_majority", "passed": True, "sentence": "better by 0.3"},
                {"rule": "better", "passed": None, "sentence": "too few rows to tell"},
            ],
        },
        "findings": [
            {"severity": "error", "sentence": "a column repeats the label", "todo": "leave it out"},
            "a plain one",
        ],
        "worst": [{"text": "not bad at all", "label": "positive", "predicted": "negative", "confidence": 0.98}],
    }


class Reader(HTMLParser):
    """Reads a page as a browser does: its words, and whether every element is closed."""

    VOID = ("meta",)

    def __init__(self, content: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.words = ""
        self.feed(content)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words += " " + data.replace("\xa0", " ")


def words(document: dict[str, Any]) -> str:
    return re.sub(r"\s+", " ", Reader(page(document)).words)


def test_the_page_says_what_a_person_must_know(document: dict[str, Any]) -> None:
    said = words(document)
    measured = document["metrics"]["accuracy"]
    for part in (
        "reviews, version 7", "Champion", "Hold", document["summary"], "the floor is not passed", "d3adb33fcafe",
        "3,000",
        f"{measured['value']:.3f}", f"{measured['low']:.3f} to {measured['high']:.3f}", "always the largest class",
        "Floor", "0.61 is below 0.80", "About 1,800 labelled rows would settle it", "Most frequent mistakes",
        "Class by class", "If it answered only when sure", "Answers that are sets",
        f"Of '{document['sets']['worst']['name']}', the worst class",
        "linear.v1, chosen", "0.812", "0.791 to 0.834", "6 min 40 s", "trained in 1 min 15 s",
        "language=fr", "not bad at all", "98 %",
        "a column repeats the label", "leave it out", "a plain one", "0.31 ms", "1.2 MB", document["gap"]["sentence"],
    ):  # fmt: skip
        assert part in said, part


def test_the_page_says_how_its_numbers_are_read_and_how_the_holdout_stands(document: dict[str, Any]) -> None:
    holdout = {**document["holdout"], "exams": 3, "looks": 1, "shown": "rounded", "reading": "READ IT SO"}
    said = words({**document, "holdout": {**holdout, "sentence": "IT STANDS SO"}, "pending": {"sentence": "HALF WAY"}})
    for part in (
        "READ IT SO",
        "IT STANDS SO",
        "HALF WAY",
        "exams 3",
        "looks 1",
        "Rounded to steps of about their standard error.",
    ):
        assert part in said, part
    assert "Rounded" not in words(document)


@pytest.mark.parametrize(("stage", "badge"), [("pending", "Pending"), ("challenger", "Challenger"), ("held", "")])
def test_the_page_says_where_a_version_stands(document: dict[str, Any], stage: str, badge: str) -> None:
    said = words({**document, "champion": False, "stage": stage})
    assert [each for each in ("Champion", "Challenger", "Pending") if each in said] == ([badge] if badge else [])


def test_intervals_that_are_approximate_are_marked_and_the_mark_is_explained(document: dict[str, Any]) -> None:
    measured = document["metrics"]["accuracy"]
    about = {**document, "metrics": {"accuracy": {**measured, "approximate": True}}}
    interval = f"{measured['low']:.3f} to {measured['high']:.3f}"
    assert f"~{interval}" in words(about)
    assert "but where ~ says" in words(about)
    certain = {**document, "metrics": {"accuracy": {**measured, "approximate": False}}}
    assert f"~{interval}" not in words(certain)
    assert "but where ~ says" not in words(certain)


def test_pr_auc_is_told_of_each_class_and_named_by_the_class_it_is_about(document: dict[str, Any]) -> None:
    classes = {name: {**of, "pr_auc": {"value": 0.4567}} for name, of in document["per_class"].items()}
    said = words({**document, "per_class": classes, "headings": {"pr_auc": "PR-AUC of neutral"}})
    assert said.count("0.457") == len(classes)
    assert "PR-AUC of neutral" in said


def test_a_decision_that_the_first_line_tells_is_not_told_twice(document: dict[str, Any]) -> None:
    sentence = document["decision"]["sentence"]
    summary = f"Better than guessing. {sentence} And so on."
    assert words(document).count(sentence) == 1
    assert words({**document, "summary": summary}).count(sentence) == 1


def test_the_page_stands_alone(document: dict[str, Any]) -> None:
    content = page(document)
    assert "script" not in Reader(content).tags
    assert not re.search(r"https?:|url\(|@import|<link|src=", content)
    assert Reader(content).tags.count("svg") >= 10
    assert "prefers-color-scheme: dark" in content
    assert "@media print" in content


def test_texts_of_the_data_cannot_become_part_of_the_page(document: dict[str, Any]) -> None:
    evil = "</title><script>alert('x')</script><img src=x onerror=\"alert(1)\">&amp;"

    def poisoned(value: Any) -> Any:
        if isinstance(value, str):
            return evil
        if isinstance(value, list | tuple):
            return [poisoned(each) for each in value]
        if isinstance(value, dict):
            clean = {key: poisoned(each) for key, each in value.items()}
            named = {key: clean[key] for key in ("per_class", "slices", "baselines") if key in clean}
            renamed = {key: {f"{evil}{at}": each for at, each in enumerate(of.values())} for key, of in named.items()}
            return {**clean, **renamed}
        return value

    read = Reader(page(poisoned(document)))
    assert not {"script", "img"} & set(read.tags)
    assert evil in read.words


@pytest.mark.parametrize("missing", ["metrics", "baselines", "decision", "confusion", "per_class", "reliability",
                                     "thresholds", "sets", "slices", "candidates", "train_seconds", "worst",
                                     "findings", "cost", "gap", "lift",
                                     "holdout", "dataset", "summary", "version", "classes", "metric"])  # fmt: skip
def test_what_a_document_lacks_is_left_out(document: dict[str, Any], missing: str) -> None:
    less = {key: value for key, value in document.items() if key != missing}
    assert len(page(less)) <= len(page(document)) + 200
    Reader(page({**document, missing: None}))


def test_an_empty_document_is_a_page_still() -> None:
    assert "scorecard" in words({})
    assert all(section({}) is None for section in SECTIONS)


def test_numbers_that_are_not_known_are_dashes(document: dict[str, Any]) -> None:
    unknown = {"value": None, "low": None, "high": None, "n": 0, "method": "none"}
    said = words({**document, "metrics": {"roc_auc": unknown, "log_loss": unknown}, "metric": "roc_auc"})
    assert "ROC-AUC" in said
    assert "\N{EN DASH}" in said


def test_a_scorecard_may_stand_under_its_own_key(document: dict[str, Any]) -> None:
    parts = ("metrics", "classes", "confusion", "per_class", "baselines")
    nested = {key: value for key, value in document.items() if key not in parts}
    nested["scorecard"] = {key: document[key] for key in parts}
    assert page(nested) == page(document)


def test_pages_of_many_classes_are_drawn_without_numbers_in_cells() -> None:
    names = [f"a rather long class name {at}" for at in range(40)]
    counts = np.full((40, 40), 1) + np.diag(np.full(40, 37))
    content = page({"classes": names, "confusion": counts.tolist()})
    assert Reader(content).tags.count("rect") == 2 * 40 * 40
    assert 'class="count' not in content
    assert f"{names[3]} predicted as {names[4]}: 1 of 77 rows" in content


def test_a_class_without_rows_divides_by_nothing() -> None:
    Reader(page({"classes": ["a", "b"], "confusion": [[0, 0], [1, 2]]}))
    assert slips(["a", "b"], [[0, 0], [1, 3]]) == [("b", "a", 1, 0.25)]


def test_those_that_answer_together_stand_below_the_candidate_they_make(document: dict[str, Any]) -> None:
    html = page(document).replace("\N{NO-BREAK SPACE}", " ")
    vote = html.index("with 65 % of the vote: linear.v1")
    assert html.index("ensemble.v1") < vote < html.index("0.713", vote)
