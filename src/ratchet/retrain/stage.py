"""What a run has made and nobody answers with yet: blobs under ``runs/{classifier}/{run}``, gone when the run ends."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from ratchet.documents import plain, read, typed
from ratchet.evaluation.scorecard import Scorecard
from ratchet.registry import bundle as bundles
from ratchet.registry.bundle import Bundle
from ratchet.retrain.workshop import Workshop
from ratchet.store.blobs import Blobs

T = TypeVar("T")

SCRATCH = "staging-"
"""How the folders begin in which bundles are made."""
TRAINING, SCORE, DECISION = "training.json", "score.json", "decision.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class StagedTraining:
    """What the search found: where its bundles lie, and how it went."""

    family: str
    params: Mapping[str, Any]
    search_score: float
    candidate: str
    """The key of the best candidate's bundle, calibrated, with its prediction sets."""
    baselines: Mapping[str, str]
    """family -> the key of its bundle."""
    trials: tuple[Mapping[str, Any], ...]
    findings: tuple[str, ...] = field(default=())


@dataclass(frozen=True, kw_only=True, slots=True)
class StagedScore:
    """The scorecard, and the key of the bundle that carries it: the one that may be registered."""

    bundle: str
    scorecard: Scorecard

    @property
    def bundle_id(self) -> str:
        """The id of the bundle."""
        return self.bundle.rpartition("/")[2]


class Stage:
    """The blobs of one run.

    Promises: bundles are named by what they hold, so writing one again, or another, harms none; a document is written
    after the bundles that it names, so a document that is there stands for a step that ended.
    """

    def __init__(self, shop: Workshop, run_id: str) -> None:
        self._shop = shop
        self._folder = f"{_of(shop)}/{run_id}"

    @property
    def _blobs(self) -> Blobs:
        return self._shop.records.blobs

    def key(self, name: str) -> str:
        """The key of a document."""
        return f"{self._folder}/{name}"

    def has(self, name: str) -> bool:
        """Whether a document is there."""
        return self._blobs.exists(self.key(name))

    def read(self, name: str, kind: type[T]) -> T:
        """A document; raises `NotFoundError`."""
        return typed(read(self._blobs.get(self.key(name)), Any), kind)

    def write(self, name: str, document: object) -> str:
        """Write a document and return its key."""
        self._blobs.put(self.key(name), msgspec.json.encode(plain(document)))
        return self.key(name)

    def open(self, key: str) -> Bundle:
        """A staged bundle."""
        return bundles.read(self.folder(key), expect=key.rpartition("/")[2])

    def folder(self, key: str) -> Path:
        """The folder of a staged bundle, on this machine."""
        return self._blobs.local_folder(key)

    def put_bundle(self, **parts: Any) -> str:
        """Write a bundle (``parts`` as `bundles.write` takes them) and return its key."""
        with self._scratch() as made:
            return self._put(made, bundles.write(made, spec=self._shop.records.spec, **parts))

    def put_scored(self, key: str, scorecard: Scorecard) -> str:
        """Put a staged bundle once more, with the scorecard that says what it was worth, and return its key."""
        with self._scratch() as made:
            shutil.copytree(self.folder(key), made)
            return self._put(made, bundles.rescore(made, scorecard))

    def _put(self, folder: Path, identity: str) -> str:
        self._blobs.put_folder(self.key(identity), folder)
        return self.key(identity)

    @contextmanager
    def _scratch(self) -> Iterator[Path]:
        cache = self._shop.workspace / "cache"
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache, prefix=SCRATCH) as folder:
            yield Path(folder) / "bundle"

    def clear(self) -> None:
        """Delete all that the run staged, and a bundle that it had begun to register; what is registered stays."""
        if self.has(SCORE):
            self._shop.records.versions.forget_unregistered(self.read(SCORE, StagedScore).bundle_id)
        self._blobs.delete(self._folder)


def staged_runs(shop: Workshop) -> set[str]:
    """The ids of the runs that have something staged."""
    prefix = _of(shop)
    return {key[len(prefix) + 1 :].partition("/")[0] for key in shop.records.blobs.list(prefix)}


def _of(shop: Workshop) -> str:
    return f"runs/{shop.records.spec.name}"
