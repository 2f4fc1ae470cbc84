"""A classifier behind the door: a real model, a real log, a real database; only the champion is a stand-in's word."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from ratchet.classifier import Classifier
from ratchet.data.schema import Schema
from ratchet.features.encoder import Columns, Target
from ratchet.kinds.kind import Kind
from ratchet.models.family import LabelledRows
from ratchet.models.learner import fit
from ratchet.models.recipe import Recipe
from ratchet.registry import bundle
from ratchet.registry.bundle import Bundle
from ratchet.resources import Pool, Resources
from ratchet.serving.answering import Answering
from ratchet.serving.live import Live
from ratchet.settings import Settings
from ratchet.spec import CandidateSpec, Spec

KINDS = {"text": Kind.TEXT, "plan": Kind.CATEGORY, "age": Kind.NUMBER}


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    columns: Columns = {
        "text": ["a good film", "a bad film", "good, very good", "bad, very bad"] * 6,
        "plan": ["basic", "basic", "gold", "gold"] * 6,
        "age": np.arange(24, dtype=np.float64),
    }
    spec = Spec(
        name="films",
        label="verdict",
        columns=KINDS,
        labels={"good": "Good one"},
        candidates=(CandidateSpec(family="linear.v1"),),
    )
    recipe, folder = Recipe.plan("linear.v1", KINDS), tmp_path_factory.mktemp("version")
    target = Target(np.array([0, 1] * 12, np.int32), 2)
    pipeline = fit(recipe, LabelledRows(columns=columns, kinds=KINDS, target=target), seed=0, folder=folder / "files")
    schema = Schema(columns=KINDS, label="verdict", classes=("good", "bad"))
    made: dict[str, Any] = {"spec": spec, "schema": schema, "recipe": recipe, "pipeline": pipeline}
    bundle.write(folder / "bundle", **made, dataset_id="d", split_id="s")
    return bundle.read(folder / "bundle")


class Films(Classifier):
    """A classifier whose champion is what ``current`` says; ``broken`` is one that cannot be opened."""

    def __init__(self, opened: Bundle, resources: Resources, name: str = "films") -> None:
        super().__init__(opened.spec.model_copy(update={"name": name}), resources)
        self.current: str | None = "1"
        self.tended = 0
        self.log = self._log
        self._opened = opened
        self._live = Live(lambda: self.current, self._open)
        self._answering = Answering(name, self._live, self._log.record)

    def _open(self, version: str) -> Bundle:
        if version == "broken":
            raise OSError("no such bundle")
        return self._opened

    def champion(self, at: datetime | None = None) -> str | None:
        return None

    def tend(self) -> None:
        self.tended += 1
        super().tend()


@pytest.fixture
def resources(tmp_path: Path) -> Iterator[Resources]:
    pool = Pool()
    yield pool.resources(Settings(root=tmp_path, engine="inline", tracking_uri="off"))
    pool.close()


@pytest.fixture
def films(opened: Bundle, resources: Resources) -> Iterator[Films]:
    with Films(opened, resources) as films:
        yield films


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Resources]:
    """What a classifier of another folder stands on."""
    pool = Pool()
    yield pool.resources(Settings(root=tmp_path / "elsewhere", engine="inline", tracking_uri="off"))
    pool.close()


@pytest.fixture
def far_books(opened: Bundle, elsewhere: Resources) -> Iterator[Films]:
    """A second classifier in a workspace of its own."""
    with Films(opened, elsewhere, "books") as books:
        yield books


@pytest.fixture
def books(opened: Bundle, resources: Resources) -> Iterator[Films]:
    """A second classifier in the same workspace."""
    with Films(opened, resources, "books") as books:
        yield books


@pytest.fixture
def client(films: Films, served: Callable[..., AbstractContextManager[httpx.Client]]) -> Iterator[httpx.Client]:
    with served(films, tend_seconds=0.05) as client:
        yield client


@pytest.fixture
def problem() -> Callable[[Any, int], dict[str, Any]]:
    """Checks that a response is a whole problem document of a status, and gives it."""

    def check(response: Any, status: int) -> dict[str, Any]:
        assert response.status_code == status, response.text
        assert response.headers["content-type"] == "application/problem+json"
        told: dict[str, Any] = response.json()
        assert told.keys() >= {"type", "title", "status", "detail", "asked", "found", "todo", "errors"}
        assert told["status"] == status
        path = response.request.url.path
        assert told["asked"] == f"{response.request.method} {path if path.isprintable() else repr(path)[1:-1]}"
        assert told["todo"]
        return told

    return check
