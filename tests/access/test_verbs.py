"""Every verb of a classifier leaves its entry, or says why it leaves none."""

from __future__ import annotations

import inspect
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import ratchet
from ratchet.access.roles import Role
from ratchet.access.verbs import UNTOLD, VERBS
from ratchet.access.who import Who, acting
from ratchet.classifier import Classifier, Truth
from ratchet.errors import NotFoundError, RatchetError, UnavailableError
from ratchet.store import sqlite
from ratchet.store.database import Database
from ratchet.store.tables import audit as table
from tests.stories.scenes import loans, quicken

ANN = Who(name="ann", role=Role.ADMIN, via="key", key="rk_1", address="10.0.0.7")


def test_every_public_verb_is_told_of_or_says_why_not() -> None:
    public = {name for name, _ in inspect.getmembers(Classifier) if not name.startswith("_")}
    assert public - {*VERBS, *UNTOLD} == set(), "add each to VERBS, or to UNTOLD with a reason"
    assert {*VERBS, *UNTOLD} - public == set()
    assert not set(VERBS) & set(UNTOLD)


def _open(root: Path) -> Classifier:
    return ratchet.open(root, tracking_uri="off", engine="inline")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a champion, and a second version."""
    root = tmp_path_factory.mktemp("loans")
    loans(600).write_csv(root / "loans.csv")
    ratchet.init(str(root / "loans.csv"), "outcome", root=root)
    quicken(root)
    with _open(root) as classifier, acting(ANN):
        classifier.train(str(root / "loans.csv"))
        classifier.train(loans(200, seed=8), recipe="1", promote=False)
        if classifier.champion() is None:
            classifier.promote("1", override=True, reason="to begin with")
    return root


@pytest.fixture
def classifier(trained: Path) -> Iterator[Classifier]:
    with _open(trained) as opened:
        yield opened


def _since(classifier: Classifier, seq: int) -> list[tuple[str, str, str]]:
    return [(each.action, each.actor, each.target) for each in classifier.audit(limit=1000) if each.seq > seq][::-1]


def _last(classifier: Classifier) -> int:
    return classifier.audit(limit=1)[0].seq


def test_what_training_did_is_told_from_the_first_row_to_the_champion(classifier: Classifier) -> None:
    told = classifier.audit(limit=1000)[::-1]
    actions = [each.action for each in told]
    assert actions[:3] == ["spec.changed", "settings.changed", "train"]
    assert actions[3:5] == ["dataset", "version"]
    assert {"promote", "train"} <= set(actions[5:])
    assert {each.actor for each in told} == {"ann"}
    assert {each.address for each in told} == {"10.0.0.7"}
    assert classifier.verify_audit().whole
    promoted = next(each for each in told if each.action == "promote")
    assert (promoted.before, promoted.after["champion"]) == ({"champion": None}, "1")


def _truths(classifier: Classifier) -> list[Truth]:
    return [Truth(id=classifier.predict(classifier.examples(1))[0].id, label="good")]


CALLS: dict[str, tuple[Callable[[Classifier, Path], Any], str, str]] = {
    "ingest": (lambda c, root: c.ingest(loans(20, seed=9)), "ingest", "DataFrame"),
    "ingest_feedback": (lambda c, root: c.ingest_feedback(), "ingest", "answers"),
    "rotate": (lambda c, root: c.rotate(), "rotate", "dataset "),
    "promote": (lambda c, root: c.promote("2", override=True, reason="to see"), "promote", "version 2"),
    "rollback": (lambda c, root: c.rollback(reason="seen"), "rollback", "version 1"),
    "set_traffic": (lambda c, root: c.set_traffic({"2": 0.1}), "traffic", "beside version 1"),
    "feedback": (lambda c, root: c.feedback(c.predict(c.examples(1))[0].id, "good"), "feedback", "prediction "),
    "feedback_all": (lambda c, root: c.feedback_all(_truths(c)), "feedback", "prediction "),
    "label": (lambda c, root: c.label([{"id": each.id, "label": each.label} for each in _truths(c)]), "label", "list"),
    "export": (lambda c, root: c.export("1", to="ratchet", folder=root / "out"), "export", "version 1"),
    "reseal": (lambda c, root: c.reseal(), "reseal", "what is kept encrypted"),
    "unsealed": (lambda c, root: list(c.unsealed(root / "none.jsonl")), "rows.read", "/"),
    "history": (lambda c, root: c.history("bob"), "rows.read", "subject s_"),
    "subject": (lambda c, root: c.subject("bob"), "rows.read", "subject s_"),
    "check": (lambda c, root: c.check(), "rows.read", "dataset "),
    "frame": (lambda c, root: c.frame(), "rows.read", "dataset "),
    "examples": (lambda c, root: c.examples(2), "rows.read", "dataset "),
    "write_concerned": (lambda c, root: c.write_concerned((), root / "concerned.csv"), "rows.read", "dataset "),
    "show": (lambda c, root: c.show("1", look=True), "holdout.read", "version 1"),
    "page": (lambda c, root: c.page("1", look=True), "holdout.read", "version 1"),
    "compare": (lambda c, root: c.compare("1", "2"), "holdout.read", "version 2"),
    "forget": (lambda c, root: c.forget("bob"), "forget", "subject s_"),
    "train": (lambda c, root: c.train(recipe="1", promote=False), "train", "the newest rows"),
}


def test_each_verb_leaves_its_entry(classifier: Classifier, tmp_path: Path) -> None:
    assert set(CALLS) == set(VERBS), "each verb that is told of is called here"
    for name, (call, action, target) in CALLS.items():
        before = _last(classifier)
        try:
            with acting(ANN):
                call(classifier, tmp_path)
        except RatchetError:
            assert name in {"rotate", "export", "check", "ingest_feedback", "reseal", "unsealed"}, name
        told = _since(classifier, before)
        assert any(a == action and who == "ann" and what.startswith(target) for a, who, what in told), (name, told)
        assert len([each for each in told if each[0] == action]) == 1, "a verb that is a part of another is not told"
    assert classifier.verify_audit().whole


def test_what_only_reads_leaves_none(classifier: Classifier) -> None:
    before = _last(classifier)
    classifier.predict(loans(3, seed=5).drop("outcome").to_dicts())
    classifier.show("1")
    for name in (
        "info",
        "versions",
        "ledger",
        "runs",
        "champion",
        "health",
        "stored",
        "audit",
        "verify_audit",
        "traffic",
    ):
        getattr(classifier, name)()
    assert _since(classifier, before) == []


def test_nothing_secret_and_nothing_of_a_row_is_in_an_entry(classifier: Classifier, trained: Path) -> None:
    sources = [{"income": 8_812_345, "age": 30, "housing": "zanzibar", "purpose": "car", "outcome": "good"}]
    with pytest.raises(RatchetError):
        classifier.ingest("postgresql://ada:hunter2@127.0.0.1:9/x?table=rows")
    classifier.ingest(sources)
    classifier.frame()
    with closing(Database.open(trained / ".ratchet" / "ratchet.db")) as database, database.read() as connection:
        text = json.dumps([list(map(str, row)) for row in connection.execute(sa.select(table))])
    assert "127.0.0.1:9" in text
    for word in ("hunter2", "8812345", "zanzibar"):
        assert word not in text


def test_rows_are_not_shown_where_the_entry_cannot_be_written(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "_PATIENCE", 1)
    with _open(trained) as classifier, closing(Database.open(trained / ".ratchet" / "ratchet.db")) as other:
        assert classifier.frame().height > 0
        with other.begin():  # another writer holds the database, which can be read
            assert classifier.champion() is not None
            for read in (classifier.frame, classifier.check, lambda: classifier.show("1", look=True)):
                with pytest.raises(UnavailableError, match="kept busy"):
                    read()


def test_a_changed_spec_is_told_with_what_was_before(trained: Path) -> None:
    spec = trained / "ratchet.toml"
    text = spec.read_text()
    with _open(trained) as classifier:
        classifier.frame()
        before = _last(classifier)
    try:
        spec.write_text(text + "\n[access]\nper_minute = 77\n")
        with _open(trained) as classifier:
            classifier.info()
            assert _since(classifier, before) == [], "nobody has changed anything by it yet"
            classifier.tend()
            (told,) = [each for each in classifier.audit() if each.seq > before]
            assert (told.action, told.before, told.after) == ("spec.changed", None, {"access.per_minute": 77})
            classifier.frame()
            assert len([each for each in classifier.audit(action="spec.changed") if each.seq > before]) == 1
        spec.write_text(text)
        with _open(trained) as classifier:
            classifier.frame()
            told = classifier.audit(action="spec", limit=1)[0]
            assert (told.before, told.after) == ({"access.per_minute": 77}, {"access.per_minute": None})
    finally:
        spec.write_text(text)


def test_secrets_among_the_settings_are_not_told(trained: Path) -> None:
    with ratchet.open(trained, tracking_uri="http://ada:hunter2@127.0.0.1:9", engine="inline") as classifier:
        classifier.frame()
        told = classifier.audit(action="settings", limit=1)[0]
    assert told.after["tracking_uri"] == "http://ada:***@127.0.0.1:9"
    assert told.before["tracking_uri"] == "off"


TRAIN = """
import sys, ratchet
ratchet.open(sys.argv[1], tracking_uri="off", engine="inline").train()
"""


def test_a_training_that_is_killed_has_left_its_entry(classifier: Classifier, trained: Path) -> None:
    before = _last(classifier)
    process = subprocess.Popen([sys.executable, "-c", TRAIN, str(trained)])
    while "train" not in [action for action, _, _ in _since(classifier, before)]:
        assert process.poll() is None
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert classifier.verify_audit().whole


def test_whoever_acts_is_the_actor_unless_one_is_given(classifier: Classifier) -> None:
    with acting(ANN), pytest.raises(NotFoundError):
        classifier.feedback("0" * 26, "good")
    with acting(ANN):
        row = loans(1, seed=3).drop("outcome").to_dicts()[0]
        assert classifier.feedback(classifier.predict(row).id, "good").actor == "ann"
        given = classifier.feedback(classifier.predict(row).id, "bad", actor="bob")
    told = classifier.audit(action="feedback", limit=1)[0]
    assert (given.actor, told.actor, told.after["by"]) == ("bob", "ann", "bob"), "the audit says who really did it"
