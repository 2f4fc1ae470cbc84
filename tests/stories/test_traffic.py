"""Several versions answer at once: from the command line, over HTTP, and in the log."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

import ratchet
from ratchet.classifier import Classifier
from ratchet.cli.main import app
from ratchet.errors import NotFoundError, RequestError
from ratchet.predictions.record import Record, Role
from ratchet.serving.shadow import shadow_id
from tests.stories.scenes import loans, quicken

Served = Callable[..., AbstractContextManager[httpx.Client]]
ROW = {"income": 3_000.0, "age": 40, "housing": "own", "purpose": "car"}


def _records(classifier: Classifier, role: Role) -> dict[str, Record]:
    """What is logged in a role, by id."""
    assert classifier._answering.settle(30)
    classifier._log.ship()
    return {each.id: each for each in classifier._log.read(role=role, limit=1_000)}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose champion is version 1 of 2."""
    root = tmp_path_factory.mktemp("loans")
    loans(400).write_csv(root / "loans.csv")
    ratchet.init(str(root / "loans.csv"), "outcome", root=root)
    quicken(root)
    with _open(root) as classifier:
        classifier.train(str(root / "loans.csv"))
        if classifier.champion() is None:
            classifier.promote("1", override=True, reason="to begin with")
        classifier.train(loans(100, seed=8), recipe="1", promote=False)
    return root


def _open(root: Path) -> Classifier:
    return ratchet.open(root, tracking_uri="off", engine="inline")


@pytest.fixture
def classifier(root: Path) -> Iterator[Classifier]:
    with _open(root) as opened:
        yield opened
        if opened.champion() != "1":
            opened.promote("1", override=True, reason="as it was")
        opened.set_traffic()


def _arms(classifier: Classifier, answers: list[str]) -> Counter[str | None]:
    classifier.tend()
    return Counter(classifier._log.get(each).arm for each in answers)


def test_a_thousand_requests_about_a_tenth_by_the_other_version(classifier: Classifier) -> None:
    classifier.set_traffic({"2": 0.1}, reason="to compare")
    classifier.tend()
    answers = [classifier.predict(ROW, subject=f"person {number}") for number in range(300)]
    by = Counter(each.version for each in answers)
    assert 10 < by["2"] < 60
    assert _arms(classifier, [each.id for each in answers]) == {"champion": by["1"], "2": by["2"]}
    again = [classifier.predict(ROW, subject=f"person {number}").version for number in range(300)]
    assert again == [each.version for each in answers], "the same person always the same arm"
    classifier.set_traffic({2: 0.5}, reason="more")
    classifier.tend()
    grown = [classifier.predict(ROW, subject=f"person {number}").version for number in range(300)]
    assert all(now == "2" for was, now in zip(again, grown, strict=True) if was == "2")
    assert 100 < grown.count("2") < 200
    classifier.promote("2", override=True, reason="it is liked")
    classifier.tend()
    assert classifier.traffic().arms == {}
    assert {classifier.predict(ROW, subject=f"person {number}").version for number in range(20)} == {"2"}
    assert [each.event for each in classifier.ledger()[-2:]] == ["traffic", "promoted"]


def test_a_version_in_shadow_answers_each_row_again_and_counts_for_nothing(classifier: Classifier) -> None:
    before = (classifier.counts().answered, classifier.spooled().logged)
    classifier.set_traffic(shadow=["2"], reason="to listen")
    classifier.tend()
    answers = [classifier.predict(ROW | {"age": 20 + number}, subject="ann") for number in range(40)]
    assert {each.version for each in answers} == {"1"}
    said = _records(classifier, "shadow")
    assert said.keys() == {shadow_id(each.id, "2") for each in answers}
    assert {(each.version, each.arm, each.subject) for each in said.values()} == {
        ("2", "champion", classifier._log.keeping.subject("ann", {}))
    }
    assert said[shadow_id(answers[7].id, "2")].row["age"] == 27
    after = (classifier.counts().answered, classifier.spooled().logged)
    assert [now - was for was, now in zip(before, after, strict=True)] == [40, 40], "answered is logged, still"
    assert (classifier.counts().shadowed.answered, classifier.counts().shadowed.dropped) == (40, 0)
    assert not {each["id"] for each in classifier.history("ann", limit=200)} & said.keys()


def test_what_cannot_be_is_refused_and_changes_nothing(classifier: Classifier) -> None:
    before = classifier.ledger()
    with pytest.raises(NotFoundError):
        classifier.set_traffic({"9": 0.1})
    wrong: list[tuple[Any, Any]] = [({"2": "much"}, ()), ({"2": 2}, ()), ({"2": True}, ()), ([2], ()), ({}, "2")]
    for shares, shadow in [*wrong, ({"1": 1}, ())]:
        with pytest.raises(RequestError):
            classifier.set_traffic(shares, shadow=shadow)
    assert classifier.ledger() == before


def test_the_command_line_splits_and_ends(classifier: Classifier, root: Path) -> None:
    def ratchet_(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["-C", str(root), "traffic", *words])
        return done.exit_code, done.output

    code, said = ratchet_("2=10%", "--reason", "to compare")
    assert code == 0
    assert "90 % version 1, the champion, 10 % version 2." in said
    assert "to compare" in said
    assert json.loads(ratchet_("--json")[1])["arms"] == {"2": 0.1}
    assert "version 2 in shadow" in ratchet_("2=shadow")[1]
    for word in ("2", "2=10", "=10%", "2=%", "2=shadows"):
        done = CliRunner().invoke(app, ["-C", str(root), "traffic", word])
        assert isinstance(done.exception, RequestError), word
    assert "100 % version 1" in ratchet_("end")[1]


def test_over_http_a_split_is_put_and_answers_follow(classifier: Classifier, served: Served) -> None:
    with served(classifier, tend_seconds=0.05) as client:
        put = client.put("/traffic", json={"arms": {"2": 1.0}, "reason": "to see"})
        assert put.status_code == 200, put.text
        assert put.json()["arms"] == {"2": 1.0}
        classifier.tend()
        assert client.post("/predict", json=ROW).json()["version"] == "2"
        wrong = client.put("/traffic", json={"arms": {"1": 0.5, "2": 0.7}})
        assert wrong.status_code == 400, wrong.text
        assert len(wrong.json()["errors"]) == 2
        assert client.put("/traffic", json={}).json()["share"] == 1.0
        told = client.get("/traffic").json()["changes"]
        assert [(each["reason"], each["traffic"]["arms"]) for each in told[:2]] == [
            ("by hand", {}),
            ("to see", {"2": [[0, 10_000]]}),
        ]
