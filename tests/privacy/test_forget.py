"""A person is forgotten wherever there are rows of theirs; what is kept of them can be given to them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest

import ratchet
from ratchet import clock
from ratchet.data.datasets import Datasets
from ratchet.data.forget import DatasetRows
from ratchet.data.ingest.ingest import ingest
from ratchet.errors import RequestError
from ratchet.predictions.retention import Retention
from ratchet.privacy.keeping import Keeping
from ratchet.privacy.pseudonym import Pseudonyms
from ratchet.privacy.treatment import Treatments
from ratchet.spec import parse
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database
from ratchet.store.subjects import HoldsRows
from ratchet.store.tables import predictions
from ratchet.testing import places
from tests.stories.scenes import Shell

Make = Callable[..., ratchet.Classifier]
_ROW = {"income": 5000.0, "age": 60, "housing": "own", "purpose": "car", "note": "long " * 8_000 + "of ann"}
_WHOSE = 'subject = "customer"'


def _files(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


class DatasetPlace:
    """The rows of a dataset of persons, taken in one by one."""

    def __init__(self, folder: Path, url: str) -> None:
        names = Pseudonyms(lambda: b"k" * 32)
        self._spec = parse(
            {
                "name": f"films{clock.new_id()}",
                "label": "verdict",
                "columns": {"text": "text"},
                "candidates": [{"family": "linear.v1"}],
                "privacy": {"subject": "who"},
            }
        )
        self._folder = folder
        keeping = Keeping(self._spec.privacy, names, Treatments(self._spec.privacy, lambda: b"k" * 32))
        self._database, self._blobs = Database.open(url), Blobs.open(folder / "blobs")
        self.datasets = Datasets(self._database, self._blobs, self._spec.name, keeping=keeping)
        self.holder: HoldsRows = DatasetRows(self.datasets, folder / "aside")
        first = [{"text": f"text {at}", "verdict": "ab"[at % 2], "who": None} for at in range(60)]
        self._take(first)

    def _take(self, found: list[dict[str, Any]]) -> None:
        from ratchet.data.readers.source import given

        frame = pl.DataFrame(found, schema={"text": pl.String, "verdict": pl.String, "who": pl.String})
        ingest(self.datasets, given((frame,)), self._spec, quarantine=self._folder / "aside")

    def put(self, subject: str | None, secret: str) -> None:
        self._take([{"text": secret, "verdict": "a", "who": subject}])

    put_away = put

    def has(self, secret: str) -> bool:
        everything = [self.datasets.frame(each) for each in self.datasets.list()]
        stored = [pl.read_parquet(self._blobs.local(key)) for key in self._blobs.list("data")]
        columns = [frame["text"] for frame in [*everything, *stored] if "text" in frame.columns]
        return any(secret in column.to_list() for column in columns)

    def later(self) -> None:
        pass

    def settle(self) -> None:
        self.datasets.delete_dropped()

    def close(self) -> None:
        self._database.close()


@pytest.mark.parametrize(
    "check", [each for each in places.CHECKS if each.__name__ != "check_away"], ids=lambda check: check.__name__
)
def test_datasets_are_a_place(tmp_path: Path, check: Callable[..., None]) -> None:
    made: list[DatasetPlace] = []

    def make() -> DatasetPlace:
        folder = tmp_path / str(len(made))
        folder.mkdir()
        made.append(DatasetPlace(folder, f"sqlite:///{folder}/ratchet.db"))
        return made[-1]

    check(make)
    for each in made:
        each.close()


def test_datasets_are_a_place_on_a_server(tmp_path: Path, database_url: str) -> None:
    place = DatasetPlace(tmp_path, database_url)
    places.check_only_theirs(lambda: place)
    place.close()


@pytest.fixture
def lived(make: Make) -> ratchet.Classifier:
    """A classifier with rows of ten customers in the dataset, and answers for two of them, some with labels."""
    classifier = make(_WHOSE)
    for name in ("customer 3", "customer 4"):
        for each in classifier.predict([_ROW | {"age": age} for age in range(40, 44)], subject=name):
            classifier.feedback(each.id, "good")
    classifier._log.ship()
    return classifier


def test_a_person_is_forgotten_everywhere(lived: ratchet.Classifier, tmp_path: Path) -> None:
    before = lived.frame()
    assert lived.ingest_feedback().added == 8
    kept = lived._keeping.pseudonyms.of("customer 3").encode()
    receipt = lived.forget("customer 3", actor="the officer")
    gone = {each.place: each.rows for each in receipt.places}
    assert gone["predictions and feedback in the database"] == 8
    assert gone["rows of datasets"] >= 150
    assert receipt.actor == "the officer"
    assert [(each.version, each.champion) for each in receipt.versions] == [("1", True)]
    assert "customer 3" not in str(receipt)
    told = {each.action: each for each in lived.audit()}
    assert told["forget"].target == told["receipt"].target == f"subject {receipt.subject}"
    assert told["receipt"].after["versions"] == [{"version": "1", "champion": True}]
    assert "customer 3" not in str(told)
    assert sum(each.count("customer 3") for each in lived.places()) == 0
    frame = lived.frame()
    assert frame.height == before.height + 8 - gone["rows of datasets"]
    assert not frame["note"].str.contains("customer 3$").any()
    assert frame.filter(pl.col("note").str.contains("customer 4$")).height == 150
    blobs = tmp_path / ".ratchet" / "blobs"
    for file in (blobs / "data").rglob("*.parquet"):
        part = pl.read_parquet(file)
        assert "note" not in part.columns or not part["note"].str.contains("customer 3$").any(), "no part has them"
    assert kept not in _files(tmp_path / ".ratchet" / "spool")
    assert lived.history("customer 3") == []
    assert len(lived.history("customer 4")) == 4
    assert lived.ingest_feedback().added == 0, "nothing comes back"
    assert lived.forget("customer 3").rows == 0
    assert lived.forget("customer 3").versions == receipt.versions, "what learned from them is still told"


def test_the_next_training_learns_without_them(lived: ratchet.Classifier) -> None:
    split = lived.frame().filter(~pl.col("note").str.contains("customer 3$")).select("_id", "_side").sort("_id")
    lived.forget("customer 3")
    assert lived.frame().select("_id", "_side").sort("_id").equals(split), "nobody else changes sides"
    decision = lived.train()
    assert decision.version == "2"
    assert lived.forget("customer 3").versions[0].version == "1"
    assert len(lived.forget("customer 3").versions) == 1
    assert lived.show("1")["dataset"]["rows"]


def test_what_comes_later_is_kept(lived: ratchet.Classifier) -> None:
    lived.forget("nobody there")
    assert len(lived.history("customer 3")) == 4


def test_rows_that_an_earlier_release_kept_by_name_are_found(lived: ratchet.Classifier) -> None:
    with lived._database.begin() as connection:
        connection.execute(predictions.update().values(subject="Customer Plain"))
    assert len(lived.history("Customer Plain")) == 8
    lived.forget("Customer Plain")
    assert lived._log.count() == 0


def test_one_may_ask_by_the_pseudonym(lived: ratchet.Classifier) -> None:
    name = lived.subject("customer 3")["subject"]
    assert len(lived.subject(name)["answers"]) == 4
    assert lived.forget(name).rows > 0
    assert lived.subject("customer 3")["answers"] == []


def test_all_that_is_kept_of_a_person_is_given(lived: ratchet.Classifier) -> None:
    found = json.loads(json.dumps(lived.subject("customer 3"), default=str))
    assert len(found["answers"]) == 4
    assert all(each["row"]["note"] == _ROW["note"] for each in found["answers"]), "large cells too"
    assert {each["label"] for each in found["labels"]} == {"good"}
    assert len(found["rows"]) == 150
    assert found["versions"] == [{"version": "1", "champion": True}]
    assert "customer 4" not in json.dumps(found)
    with pytest.raises(RequestError):
        lived.subject("")


_FORGET = """
import sys, ratchet
with ratchet.open(sys.argv[1], engine="inline", tracking_uri="off") as classifier:
    print("begun", flush=True)
    classifier.forget("customer 3")
    print("done", flush=True)
"""


def test_it_may_be_killed_at_any_moment(lived: ratchet.Classifier, tmp_path: Path) -> None:
    rows_before = lived.frame().height
    lived.close()
    for wait in (0.0, 0.02, 0.05, 0.1, 0.2, 0.4):
        begun = subprocess.Popen([sys.executable, "-c", _FORGET, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        assert begun.stdout is not None
        assert begun.stdout.readline() == "begun\n"
        time.sleep(wait)
        begun.kill()
        begun.wait()
        begun.stdout.close()
        with ratchet.open(tmp_path, engine="inline", tracking_uri="off") as classifier:
            assert classifier.frame().height in {rows_before, rows_before - 150}
            assert [classifier._records.datasets.frame(each).height for each in classifier._records.datasets.list()]
    with ratchet.open(tmp_path, engine="inline", tracking_uri="off") as classifier:
        receipt = classifier.forget("customer 3")
        assert [each.version for each in receipt.versions] == ["1"]
        assert sum(each.count("customer 3") for each in classifier.places()) == 0
        listed = {
            key for each in classifier._records.datasets.list() for part in each.parts for key in (part.key, part.sides)
        }
        for key in classifier._records.blobs.list("data"):
            part = pl.read_parquet(classifier._records.blobs.local(key))
            if key not in listed and "note" in part.columns:
                assert not part["note"].str.contains("customer 3$").any(), "no part of before is left"


def test_answers_go_after_so_many_days(make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from datetime import timedelta

    classifier = make(f"{_WHOSE}\nkeep_days = 30")
    for each in classifier.predict([_ROW, _ROW, _ROW | {"note": "short"}]):
        classifier.feedback(each.id, "good")
    classifier.tend()
    assert classifier._log.count() == 3
    monkeypatch.setattr("ratchet.clock.now", lambda now=clock.now: now() + timedelta(days=31))
    later = Retention(classifier._database, classifier._records.blobs, "loans", tmp_path / "spool", days=30)
    assert later.round() == (3, False)
    assert classifier._log.count() == 0
    assert not classifier._records.blobs.list("cells")
    assert later.round() == (0, False)


def test_by_http(lived: ratchet.Classifier, served: Callable[..., AbstractContextManager[httpx.Client]]) -> None:
    with served(lived) as client:
        about = {"Ratchet-Subject": "customer 3"}
        client.post("/v1/loans/predict", json=_ROW, headers=about)
        mine = client.get("/v1/loans/history", headers=about)
        assert mine.status_code == 200, mine.text
        assert len(mine.json()) == 5
        assert lived.history("customer 3", caller="somebody else") == [], "only what this caller asked for"
        assert client.get("/v1/loans/history").status_code == 400
        found = client.get("/v1/loans/subjects/customer%203").json()
        assert len(found["answers"]) == 5
        receipt = client.delete("/v1/loans/subjects/customer%203")
        assert receipt.status_code == 200, receipt.text
        assert receipt.json()["versions"] == [{"version": "1", "champion": True}]
        assert client.get("/v1/loans/subjects/customer%203").json()["answers"] == []


def test_by_http_with_slashes_in_the_name_behind_a_proxy(
    lived: ratchet.Classifier, served: Callable[..., AbstractContextManager[httpx.Client]]
) -> None:
    with served(lived, root_path="/models") as client:
        client.post("/v1/loans/predict", json=_ROW, headers={"Ratchet-Subject": "/shop/7/ann"})
        for path in ("/v1/loans/", "/", "/models/v1/loans/", "/models/"):
            for name in ("%2Fshop%2F7%2Fann", "/shop/7/ann"):
                found = client.get(f"{path}subjects/{name}")
                assert (found.status_code, len(found.json()["answers"])) == (200, 1), path
        receipt = client.delete("/models/v1/loans/subjects/%2Fshop%2F7%2Fann")
        assert receipt.status_code == 200, receipt.text
        assert client.get("/subjects/%2Fshop%2F7%2Fann").json()["answers"] == []
        assert client.delete("/v1/loans/subjects/").status_code == 400, "nobody is called so"
        assert 'route="subjects/{subject}"' in client.get("/metrics").text


def test_from_the_shell(lived: ratchet.Classifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RATCHET_TRACKING_URI", "off")
    lived.close()
    shell = Shell(tmp_path)
    given = shell("subject", "customer 3", "--export", tmp_path / "out.json")
    assert given.code == 0, given.err
    assert len(json.loads((tmp_path / "out.json").read_text())["answers"]) == 4
    assert (tmp_path / "out.json").stat().st_mode & 0o777 == 0o600
    done = shell("forget", "customer 3", "--yes", "--json")
    assert done.code == 0, done.err
    assert done.document["rows"] > 150
    assert shell("subject", "customer 3", "--json").document["answers"] == []
