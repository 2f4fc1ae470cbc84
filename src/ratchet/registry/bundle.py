"""A bundle: one model on disk, safe to open.

A folder with ``manifest.json``, JSON, safetensors, texts, and files of a pipeline's own.  Opening one runs no code of
its maker: nothing in it is pickled, and every file is held against its sha256 before the first is parsed.  Look, then
load.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version
from typing import Any

import msgspec

from ratchet import atomic
from ratchet.arrays import Probabilities
from ratchet.clock import new_id
from ratchet.data.schema import Schema
from ratchet.documents import convert, plain
from ratchet.errors import BundleError, RatchetError
from ratchet.features.profile import Profile
from ratchet.metrics.metric import Metric
from ratchet.models.conformal import Conformal
from ratchet.models.decision import ClassFactors
from ratchet.models.opening import open_pipeline
from ratchet.models.parts import ASK_ANEW, Stored, load, save
from ratchet.models.pipeline import Part, Pipeline
from ratchet.models.recipe import Recipe
from ratchet.registry import manifest as manifests
from ratchet.registry.manifest import Manifest
from ratchet.registry.weights import weights_in
from ratchet.spec import Spec, parse

_LIBRARIES = ("ratchet-ml", "numpy", "scipy", "scikit-learn", "lightgbm", "polars", "safetensors")
_KNOWN = {"sets": Conformal.name, "profile": Profile.name, "decision": ClassFactors.name}
"""Parts beside the pipeline, and what opens each."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bundle:
    """An opened bundle: all that answering needs, and what is known of it.  Its arrays are read-only, so threads may
    share it.
    """

    id: str
    """The sha256 of its manifest, and so of all its content."""
    manifest: Manifest
    spec: Spec
    schema: Schema
    recipe: Recipe
    pipeline: Pipeline
    sets: Conformal | None
    profile: Profile | None
    factors: ClassFactors | None = None
    """By what its labels are decided; None: the most probable class."""

    def labelled(self, probabilities: Probabilities, classes: Sequence[str]) -> Probabilities:
        """Its probabilities (rows, classes) weighed so that the largest of a row is the label it is answered with."""
        if self.factors is None:
            return probabilities
        return self.factors.on(self.schema.classes, classes).weighed(probabilities)

    def seen_by(self, metric: Metric, probabilities: Probabilities, classes: Sequence[str]) -> Probabilities:
        """Its probabilities as a metric is to see them: `labelled` for one that sees labels only."""
        return self.labelled(probabilities, classes) if metric.predicted_only else probabilities


def write(
    folder: Path,
    *,
    spec: Spec,
    schema: Schema,
    recipe: Recipe,
    pipeline: Pipeline,
    dataset_id: str,
    split_id: str,
    sets: Conformal | None = None,
    profile: Profile | None = None,
    factors: ClassFactors | None = None,
    scorecard: Any = None,
    begun_with: Sequence[str] = (),
) -> str:
    """Write a bundle to ``folder``, in the place of one that may be there, and return its id.

    The same content gives the same id.  ``scorecard`` is anything JSON can say.  The folder is made beside and then
    moved into place, so that there is never half a bundle; files that the pipeline names by path are copied block by
    block.  Raises `BundleError` where a state cannot be written, or the folder holds something else than a bundle.
    """
    parts = {"pipeline": pipeline.save()}
    parts |= {} if sets is None else {"sets": Part(Conformal.name, sets.state())}
    parts |= {} if profile is None else {"profile": Part(Profile.name, profile.state())}
    parts |= {} if factors is None else {"decision": Part(ClassFactors.name, factors.state())}
    with _in_place(Path(folder).resolve()) as making:
        stored = save(making, parts)
        manifest = Manifest(
            format=manifests.FORMAT,
            spec=spec.model_dump(mode="json"),
            learning_hash=spec.learning_hash,
            schema=plain(schema),
            labels=list(schema.classes),
            dataset_id=dataset_id,
            split_id=split_id,
            libraries=_libraries(),
            files=stored.files,
            parts=stored.parts,
            recipe=plain(recipe),
            pretrained=weights_in(parts["pipeline"]),
            scorecard=plain(scorecard),
            begun_with=list(begun_with),
        )
        identity, content = manifests.encode(manifest)
        (making / manifests.FILE).write_bytes(content)
    return identity


def rescore(folder: Path, scorecard: Any) -> str:
    """Give the bundle in ``folder`` a scorecard, and return the id it has then; its other files stay as they are.

    Raises `BundleError` where the folder holds no whole bundle.
    """
    _, manifest = look(folder)
    identity, content = manifests.encode(msgspec.structs.replace(manifest, scorecard=plain(scorecard)))
    atomic.write(Path(folder) / manifests.FILE, content)
    return identity


def look(folder: Path) -> tuple[str, Manifest]:
    """The id and manifest of a bundle whose files are all there and no others, without opening any of them.

    Raises `BundleError`.
    """
    folder = Path(folder)
    found = _files(folder)
    if not found.get(manifests.FILE, False):
        raise BundleError(
            f"{folder} is no bundle: it has no {manifests.FILE} (or it is a link)", todo="name a bundle's folder"
        )
    identity, manifest = manifests.decode(_content(folder, manifests.FILE), str(folder))
    for name in found:
        if name not in manifest.files and name != manifests.FILE:
            raise BundleError(f"{folder} holds {name}, which its {manifests.FILE} does not list", todo="move it away")
    for name, file in manifest.files.items():
        if not found.get(name, False):
            raise BundleError(f"{folder} lacks the file {name} (or it is a link)", todo=ASK_ANEW)
        size = (folder / name).stat().st_size
        if size != file.bytes:
            raise BundleError(
                f"{folder}: {name} has {size} bytes, not the {file.bytes} it was written with", todo=ASK_ANEW
            )
    return identity, manifest


def read(folder: Path, *, expect: str | None = None) -> Bundle:
    """Open the bundle in ``folder``; ``expect`` is the id it must have.

    Raises `BundleError` that names the file: changed, missing, extra, of an unknown format, family or encoder.  What
    was checked is what is opened; `ratchet.models.parts.load` says how far that holds for large files.
    """
    folder = Path(folder)
    identity, manifest = look(folder)
    if expect is not None and identity != expect:
        raise BundleError(f"{folder} holds the bundle {identity[:12]}, not {expect[:12]} as registered", todo=ASK_ANEW)
    _check_types(folder, manifest)
    parts = load(folder, Stored(parts=manifest.parts, files=manifest.files))
    with _errors_in_words(folder, manifest):
        return Bundle(
            id=identity,
            manifest=manifest,
            spec=parse(manifest.spec, where=manifests.FILE),
            schema=convert(manifest.schema, Schema),
            recipe=convert(manifest.recipe, Recipe),
            pipeline=open_pipeline(parts["pipeline"]),
            sets=Conformal.from_state(parts["sets"].state) if "sets" in parts else None,
            profile=Profile.from_state(parts["profile"].state) if "profile" in parts else None,
            factors=ClassFactors.from_state(parts["decision"].state) if "decision" in parts else None,
        )


def _files(folder: Path) -> dict[str, bool]:
    """What lies in a folder, and whether each is a file rather than a folder or a link; nothing where there is none.

    Half files that a killed writer left among the blobs are no part of it, and go in time (`ratchet.atomic.sweep`).
    """
    try:
        with os.scandir(folder) as entries:
            found = {entry.name: entry.is_file(follow_symlinks=False) for entry in entries}
            return {name: plain for name, plain in found.items() if not atomic.is_half(name)}
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise BundleError(f"{folder} cannot be read: {error.strerror}", todo="see to its rights") from None


def _content(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise BundleError(f"{folder}: {name} cannot be read: {error.strerror}", todo="see to its rights") from None


def _check_types(folder: Path, manifest: Manifest) -> None:
    """Every part beside the pipeline must be one we know before anything is built; its own are looked up then."""
    for name, part in manifest.parts.items():
        if name.partition(".")[0] != "pipeline" and _KNOWN.get(name) != part.type:
            raise BundleError(
                f"{folder} has the part {name} '{part.type}', which this Ratchet does not know",
                todo=f"open it with {manifests.made_by(manifest)}, or a newer one",
            )


@contextmanager
def _errors_in_words(folder: Path, manifest: Manifest) -> Iterator[None]:
    """Any error of building from what is whole and as written means: another Ratchet, or a missing plug-in."""
    try:
        yield
    except Exception as error:
        reason = error.problem if isinstance(error, RatchetError) else f"{type(error).__name__}: {error}"
        advice = error.todo if isinstance(error, RatchetError) else ""
        raise BundleError(
            f"{folder} is whole, but cannot be opened here: {reason}",
            todo=f"open it with {manifests.made_by(manifest)}" + (f", or {advice}" if advice else ""),
        ) from error


@contextmanager
def _in_place(folder: Path) -> Iterator[Path]:
    """A folder beside, to be filled; it is moved into place whole, and what was there goes after."""
    if folder.is_dir() and any(folder.iterdir()) and not (folder / manifests.FILE).is_file():
        raise BundleError(f"{folder} holds something else than a bundle", todo="name a folder that is new or empty")
    making, leaving = (folder.with_name(f".{folder.name}.{new_id()}.{word}") for word in ("new", "old"))
    try:
        making.mkdir(parents=True)
        yield making
        if folder.is_dir():
            folder.replace(leaving)
        making.replace(folder)
    except OSError as error:
        if leaving.is_dir():
            leaving.replace(folder)
        raise BundleError(
            f"{folder} cannot be written: {error}", todo="see to its rights and the disk's room"
        ) from None
    finally:
        shutil.rmtree(making, ignore_errors=True)
        shutil.rmtree(leaving, ignore_errors=True)


def _libraries() -> dict[str, str]:
    found = {"python": python_version()}
    for name in _LIBRARIES:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found
