"""A classifier behind the door: a real model, a real log, a real database; only the registry is a dictionary."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
import numpy as np
import pytest
import uvicorn

from ratchet.data.schema import Schema
from ratchet.errors import NotFoundError
from ratchet.features.encoder import Columns
from ratchet.features.table import TableEncoder
from ratchet.kinds.kind import Kind
from ratchet.models.conformal import Conformal
from ratchet.models.family import Model, Shape
from ratchet.models.linear import Linear
from ratchet.predictions.feedback import Feedback
from ratchet.predictions.log import PredictionLog
from ratchet.predictions.spool import Spooled
from ratchet.serving.answering import Answered, Answering, Counts
from ratchet.serving.live import Live
from ratchet.serving.prediction import Prediction
from ratchet.spec import CandidateSpec, Spec
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database
from ratchet.web.app import create

KINDS = {"text": Kind.TEXT, "plan": Kind.CATEGORY, "age": Kind.NUMBER}


@dataclass(frozen=True, kw_only=True)
class Opened:
    spec: Spec
    schema: Schema
    encoder: TableEncoder
    model: Model
    conformal: Conformal | None = None


@pytest.fixture(scope="session")
def opened() -> Opened:
    columns: Columns = {
        "text": ["a good film", "a bad film", "good, very good", "bad, very bad"] * 6,
        "plan": ["basic", "basic", "gold", "gold"] * 6,
        "age": np.arange(24, dtype=np.float64),
    }
    spec = Spec(name="films", label="verdict", columns=KINDS, candidates=(CandidateSpec(family="linear.v1"),))
    encoder = TableEncoder.fit(columns, KINDS, Linear.encoders)
    labels = np.array([0, 1] * 12, np.int32)
    params = Linear().defaults(Shape(rows=24, classes=2, dense=9, sparse=1))
    model = Linear().fit(encoder.transform(columns), labels, 2, params, seed=0)
    schema = Schema(columns=KINDS, label="verdict", classes=("good", "bad"), names={"good": "Good one"})
    return Opened(spec=spec, schema=schema, encoder=encoder, model=model)


class SmallBox:
    """What `ratchet.web.box.Box` asks for."""

    def __init__(self, opened: Opened, folder: Path) -> None:
        self.name = "films"
        self.current: str | None = "1"
        self.tended = 0
        self._opened = opened
        self._database = Database.open(f"sqlite:///{folder}/ratchet.db")
        self.log = PredictionLog(self._database, Blobs.open(folder / "blobs"), self.name, folder / "spool")
        self._feedback = Feedback(self._database, self.name, self.log)
        self._live = Live(lambda: self.current, self._open)
        self._answering = Answering(self.name, self._live, self.log.record)

    def _open(self, version: str) -> Opened:
        if version == "broken":
            raise OSError("no such bundle")
        return self._opened

    def schema(self) -> Schema:
        return self._opened.schema

    def predict(self, rows: Sequence[Mapping[str, Any]]) -> list[Prediction]:
        return self._answering.predict(rows)

    def predict_file(self, source: str) -> Iterator[Answered]:
        return self._answering.predict_file(source)

    def champion(self, at: datetime | None = None) -> str | None:
        return self._live.version

    def info(self) -> Mapping[str, Any]:
        return {"name": self.name, "classes": self._opened.schema.classes}

    def versions(self) -> Sequence[Any]:
        return [{"number": "1", "created_at": datetime(2024, 5, 31)}]

    def scorecard(self, version: str) -> Any:
        if version != "1":
            raise NotFoundError(f"there is no version {version}", todo="ratchet show lists them")
        return {"metrics": {}}

    def ledger(self) -> Sequence[Any]:
        return [{"event": "promoted", "version": "1"}]

    def feedback(self, prediction_id: str, label: str, *, actor: str) -> Mapping[str, Any]:
        kept = self._feedback.record(prediction_id, label, classes=self._opened.schema.classes, actor=actor)
        told: Mapping[str, Any] = msgspec.to_builtins(kept)
        return told

    def health(self) -> Mapping[str, Any]:
        problem = self._live.state().problem
        problems = [*self.log.problems(), *([problem] if problem else [])]
        return {
            "live": True,
            "ready": self._live.version is not None,
            "version": self._live.version,
            "problems": problems,
        }

    def counts(self) -> Counts:
        return self._answering.counts()

    def spooled(self) -> Spooled:
        return self.log.state()

    def tend(self) -> None:
        self.tended += 1
        self.log.tend()
        self._live.refresh()

    def close(self) -> None:
        self.log.close()
        self._database.close()


@pytest.fixture
def box(opened: Opened, tmp_path: Path) -> Iterator[SmallBox]:
    box = SmallBox(opened, tmp_path)
    yield box
    box.close()


@pytest.fixture(scope="session")
def served() -> Callable[..., AbstractContextManager[httpx.Client]]:
    """Serves a box with a real server on a free port, and gives a client for it."""

    @contextmanager
    def serve(box: SmallBox, **options: Any) -> Iterator[httpx.Client]:
        listening = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(create(box, **options), log_level="critical"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        with listening, httpx.Client(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=60) as client:
            yield client
            server.should_exit = True
            thread.join()

    return serve


@pytest.fixture
def client(box: SmallBox, served: Callable[..., AbstractContextManager[httpx.Client]]) -> Iterator[httpx.Client]:
    with served(box, tend_seconds=0.05) as client:
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
        assert told["asked"] == f"{response.request.method} {response.request.url.path}"
        assert told["todo"]
        return told

    return check
