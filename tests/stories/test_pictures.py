"""A plug-in that reads pictures: from a drafted spec to an answer, its picture in the log, and back to learn from."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, ClassVar, Self

import httpx
import numpy as np
import polars as pl
import pytest

import ratchet
from ratchet.arrays import Floats64, Probabilities
from ratchet.features.encoder import Columns, State
from ratchet.kinds.kind import Kind
from ratchet.models.catalogue import FAMILIES
from ratchet.models.family import Choice, LabelledRows, Range, Shape
from ratchet.models.majority import shares
from ratchet.models.opening import PIPELINES
from ratchet.models.pipeline import Part, Pipeline
from ratchet.system import init
from tests.stories.scenes import quicken

CLASSES = ("cat", "dog")


class Sizes:
    """A family that tells pictures apart by how large their files are."""

    name: ClassVar[str] = "sizes.v1"
    reads: ClassVar[frozenset[Kind]] = frozenset({Kind.IMAGE})

    def space(self, shape: Shape) -> Mapping[str, Choice | Range]:
        return {"bytes": Range(10_000, 30_000)}

    def defaults(self, shape: Shape) -> Mapping[str, Any]:
        return {"bytes": 20_000.0}

    def fit(
        self, rows: LabelledRows, params: Mapping[str, Any], *, seed: int, folder: Path, threads: int = 1
    ) -> Pipeline:
        (column,) = rows.kinds
        large = np.array([len(each or b"") > params["bytes"] for each in rows.columns[column]])
        labels, classes = rows.target.labels, rows.target.classes
        table = np.stack([shares(labels[~large], classes), shares(labels[large], classes)])
        return SizesPipeline(column, params["bytes"], table)


class SizesPipeline:
    name: ClassVar[str] = "sizes_pipeline.v1"

    def __init__(self, column: str, limit: float, table: Floats64) -> None:
        self._column, self._limit, self._table = column, limit, table

    @property
    def columns(self) -> Mapping[str, Kind]:
        return {self._column: Kind.IMAGE}

    @property
    def known(self) -> Mapping[str, frozenset[str]]:
        return {}

    def predict(self, columns: Columns) -> Probabilities:
        sizes = np.array([len(each or b"") for each in columns[self._column]])
        return self._table[(sizes > self._limit).astype(np.int64)]

    def save(self) -> Part:
        return Part(self.name, State(meta={"column": self._column, "limit": self._limit}, arrays={"t": self._table}))

    @classmethod
    def open(cls, part: Part, open_inner: Callable[[Part], Pipeline]) -> Self:
        return cls(part.state.meta["column"], part.state.meta["limit"], np.asarray(part.state.arrays["t"]))


def picture(number: int, *, large: bool) -> bytes:
    """The bytes of no real picture, but like one where anybody looks; no two are alike."""
    noise = np.random.default_rng(number).bytes(25_000 if large else 5_000)
    return b"\x89PNG\r\n\x1a\n" + noise


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A classifier of pictures alone, drafted, corrected by hand, and trained; most dogs are large."""
    monkeypatch.setitem(FAMILIES, "sizes.v1", Sizes())
    monkeypatch.setitem(PIPELINES, "sizes_pipeline.v1", SizesPipeline)
    monkeypatch.setenv("RATCHET_ENGINE", "inline")
    monkeypatch.setenv("RATCHET_TRACKING_URI", "off")
    dogs = np.random.default_rng(0).random(240) < 0.5
    large = dogs ^ (np.random.default_rng(1).random(240) < 0.05)
    photos = [picture(number, large=bool(each)) for number, each in enumerate(large)]
    table = tmp_path / "pets.parquet"
    pl.DataFrame(
        {"photo": photos, "shelf": np.arange(240) % 7, "pet": [CLASSES[int(each)] for each in dogs]}
    ).write_parquet(table)
    init(str(table), "pet", root=tmp_path)
    path = tmp_path / "ratchet.toml"
    drafted = path.read_text()
    start, end = drafted.index("[[candidates]]"), drafted.index("[ingest]")
    corrected = drafted[:start] + '[[candidates]]\nfamily = "sizes.v1"\n\n' + drafted[end:]
    for name, was, now in (("photo", "ignore", "image"), ("shelf", "number", "ignore")):
        assert f'{name} = "{was}"' in corrected
        corrected = corrected.replace(f'{name} = "{was}"', f'{name} = "{now}"')
    path.write_text(corrected)
    quicken(tmp_path)
    with ratchet.open(tmp_path) as classifier:
        assert classifier.ingest(str(table)).added == 240
        assert [each for each in classifier.check() if each.severity == "error"] == []
        classifier.train(actor="ann")
    return tmp_path


def test_pictures_alone_are_trained_without_the_baseline_that_cannot_read_them(folder: Path) -> None:
    with ratchet.open(folder) as classifier:
        assert classifier.champion() == "1"
        document, page = classifier.show("1"), classifier.page("1")
    assert document["family"] == "sizes.v1"
    assert list(document["baselines"]) == ["majority.v1"]
    assert [each["rule"] for each in document["decision"]["checks"] if each["rule"].startswith("beats_")] == [
        "beats_majority"
    ]
    said = (
        "There is no baseline one_feature.v1 here: it reads text, number, category, date, and no column is of such a "
        "kind."
    )
    assert said in document["notes"]
    assert document["summary"].startswith("Beats always guessing")
    assert said in page
    assert "a rule of one column" not in page


def test_a_picture_is_answered_over_http_and_logged_as_its_bytes(
    folder: Path, served: Callable[..., AbstractContextManager[httpx.Client]]
) -> None:
    sent = picture(1_000, large=True)
    with ratchet.open(folder) as classifier:
        with served(classifier) as client:
            answer = client.post("/predict", json={"photo": base64.b64encode(sent).decode()}).json()
            assert answer["label"] == "dog"
            told = client.post("/feedback", json={"id": answer["id"], "label": "dog"})
            assert told.status_code < 300, told.text
        record = classifier._log.get(answer["id"])
        assert dict(record.row) == {}
        cell = record.cells["photo"]
        assert (cell.type, cell.bytes) == ("bytes", len(sent))
        assert cell.key.endswith(hashlib.sha256(sent).hexdigest())
        assert classifier._records.blobs.get(cell.key) == sent
        taken = classifier.ingest_feedback()
        assert (taken.added, taken.bad) == (1, 0)
        assert sent in classifier.frame().get_column("photo").to_list()
