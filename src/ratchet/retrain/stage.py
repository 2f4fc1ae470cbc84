"""What a run has made and nobody answers with yet: blobs under ``runs/{classifier}/{run}``, gone when the run ends.

Bundles and documents are named by what they hold, and a document names what it was made from by key.  So nothing that
is staged ever changes: a key stands for one content and all that led to it, whoever else writes for the same run (a
process that was thought dead, and goes on).
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from ratchet import atomic, documents
from ratchet.documents import plain
from ratchet.errors import NotFoundError, RefusedError
from ratchet.evaluation.explained import Explained
from ratchet.evaluation.scorecard import CandidateScore, Scorecard
from ratchet.registry import bundle as bundles
from ratchet.registry import out_of_fold
from ratchet.registry.bundle import Bundle
from ratchet.registry.manifest import Manifest
from ratchet.registry.out_of_fold import OutOfFoldAnswers
from ratchet.registry.versions import Judged, Version
from ratchet.retrain.workshop import Workshop
from ratchet.spec import Spec
from ratchet.statistics.measured import Measured
from ratchet.store.blobs import Blobs

SCRATCH = "staging-"
"""How the folders begin in which bundles are made."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StagedTraining:
    """What the search found: where its bundles lie, and how it went.  What they learned from, their manifests say."""

    search_score: float
    search: Measured
    """The gate's metric of the candidate's answers to rows left out of learning."""
    out_of_fold: str
    """The key of the candidate's out-of-fold answers (`ratchet.registry.out_of_fold`)."""
    candidate: str
    """The key of the best candidate's bundle, calibrated, with its prediction sets."""
    baselines: Mapping[str, str]
    """family -> the key of its bundle."""
    trials: tuple[Mapping[str, Any], ...] = ()
    """Every trial as its document."""
    candidates: tuple[CandidateScore, ...] = ()
    """The best of each candidate of the spec."""
    seconds: float | None = None
    """What the training took."""
    findings: tuple[str, ...] = field(default=())
    explained: Explained = field(default_factory=Explained)
    """What the training found out beside."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StagedScore:
    """The candidate's bundle with its scorecard: the one that may be registered."""

    training: str
    """The key of the `StagedTraining`."""
    slices: tuple[str, ...]
    """The columns whose values were measured each by itself."""
    bundle: str
    """The key of the bundle."""

    @property
    def bundle_id(self) -> str:
        """The id of the bundle."""
        return self.bundle.rpartition("/")[2]


@dataclass(frozen=True, kw_only=True, slots=True)
class StagedDecision:
    """What the gate made of it, and by which settings."""

    score: str
    """The key of the `StagedScore`."""
    gate: Mapping[str, Any]
    """What of the spec it depends on, beside what is learned."""
    judged: Judged


Document = StagedTraining | StagedScore | StagedDecision
D = TypeVar("D", StagedTraining, StagedScore, StagedDecision)

_STEPS: Mapping[type[Document], str] = {StagedTraining: "train", StagedScore: "score", StagedDecision: "gate"}
"""The step that makes each document; its name begins with it."""


class Stage:
    """The blobs of one run.

    Promises: what lies under a key never changes; a document is written after all that it names, so one that is there
    stands for a step that ended.
    """

    def __init__(self, shop: Workshop, run_id: str) -> None:
        self.run_id = run_id
        self._shop = shop
        self._folder = f"{_of(shop)}/{run_id}"

    @classmethod
    def of(cls, shop: Workshop, key: str) -> Stage:
        """The stage in which a key lies."""
        return cls(shop, key.rpartition("/")[0].removeprefix(f"{_of(shop)}/"))

    @property
    def spec(self) -> Spec:
        """What the classifier's spec asks for now."""
        return self._shop.records.spec

    @property
    def _blobs(self) -> Blobs:
        return self._shop.records.blobs

    def read(self, key: str, kind: type[D]) -> D:
        """A document; raises `NotFoundError`, which says what has to be run first, where it is not that of a step."""
        step = _STEPS[kind]
        if not key.startswith(f"{self._folder}/{step}-") or not self._blobs.exists(key):
            raise NotFoundError(
                f"{key!r} names nothing that the step '{step}' has staged for '{self._shop.records.spec.name}'",
                todo=f"run the step '{step}' first and hand on the key that it gives; it holds until the run ends",
            )
        return documents.typed(documents.read(self._blobs.get(key), Any), kind)

    def find(self, kind: type[D], fits: Callable[[D], bool]) -> str | None:
        """The key of a document that fits; None where there is none."""
        return next((key for key in self._keys(kind) if fits(self.read(key, kind))), None)

    def write(self, document: Document) -> str:
        """Write a document and return its key."""
        content = msgspec.json.encode(plain(document))
        digest = hashlib.blake2b(content, digest_size=16).hexdigest()
        key = f"{self._folder}/{_STEPS[type(document)]}-{digest}.json"
        self._blobs.put(key, content)
        return key

    def open(self, key: str) -> Bundle:
        """A staged bundle; raises `RefusedError` where the spec has come to ask for something else to be learned."""
        opened, spec = bundles.read(self.folder(key), expect=key.rpartition("/")[2]), self._shop.records.spec
        if opened.manifest.learning_hash != spec.learning_hash:
            raise RefusedError(
                f"run {self.run_id} has learned what another spec asked for ({opened.manifest.learning_hash}, now "
                f"{spec.learning_hash})",
                todo="train again under the spec of now",
            )
        return opened

    def manifest(self, key: str) -> Manifest:
        """What a staged bundle says of itself."""
        return bundles.look(self.folder(key))[1]

    def folder(self, key: str) -> Path:
        """The folder of a staged bundle, on this machine."""
        return self._blobs.local_folder(key)

    def put_out_of_fold(self, answers: OutOfFoldAnswers) -> str:
        """Put out-of-fold answers and return their key."""
        content = out_of_fold.encode(answers)
        key = f"{self._folder}/out-of-fold-{hashlib.blake2b(content, digest_size=16).hexdigest()}.safetensors"
        self._blobs.put(key, content)
        return key

    def out_of_fold(self, key: str) -> bytes:
        """Staged out-of-fold answers, as they are kept."""
        return self._blobs.get(key)

    def put_bundle(self, **parts: Any) -> str:
        """Write a bundle (``parts`` as `bundles.write` takes them) and return its key."""
        with self._scratch() as made:
            return self._put(made, bundles.write(made, spec=self._shop.records.spec, **parts))

    def put_scored(self, key: str, scorecard: Scorecard) -> str:
        """Put a staged bundle once more, with the scorecard that says what it was worth, and return its key."""
        with self._scratch() as made:
            _copy(self.folder(key), made)
            return self._put(made, bundles.rescore(made, scorecard))

    @contextmanager
    def shown_bundle(self, version: Version) -> Iterator[Path]:
        """A copy of a version's bundle with what of its scorecard may be shown, for a block: for who keeps copies."""
        with self._scratch() as made:
            _copy(self._blobs.local_folder(version.bundle_key), made)
            bundles.rescore(made, version.shown.scorecard)
            yield made

    def _put(self, folder: Path, identity: str) -> str:
        key = f"{self._folder}/{identity}"
        self._blobs.put_folder(key, folder)
        return key

    @contextmanager
    def _scratch(self) -> Iterator[Path]:
        cache = self._shop.cache
        atomic.make_private(cache)
        with tempfile.TemporaryDirectory(dir=cache, prefix=SCRATCH) as folder:
            yield Path(folder) / "bundle"

    def clear(self) -> None:
        """Delete all that the run staged, and what it had begun to register; what is registered stays."""
        for key in self._keys(StagedScore):
            self._shop.records.versions.forget_unregistered(self.read(key, StagedScore).bundle_id)
        self._blobs.delete(self._folder)

    def _keys(self, kind: type[Document]) -> list[str]:
        start = f"{self._folder}/{_STEPS[kind]}-"
        return [key for key in self._blobs.list(self._folder) if key.startswith(start)]


def staged_runs(shop: Workshop) -> set[str]:
    """The ids of the runs that have something staged."""
    prefix = _of(shop)
    return {key[len(prefix) + 1 :].partition("/")[0] for key in shop.records.blobs.list(prefix)}


def _of(shop: Workshop) -> str:
    return f"runs/{shop.records.spec.name}"


def _copy(bundle: Path, made: Path) -> None:
    """A copy of a bundle's folder, without the half files that a killed writer may have left in it."""
    shutil.copytree(bundle, made, ignore=lambda _, names: [name for name in names if atomic.is_half(name)])
