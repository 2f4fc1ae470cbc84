"""A bundle: one model on disk, safe to open.

A folder with ``manifest.json``, JSON, safetensors and texts.  Opening one runs no code of its maker: nothing in it is
pickled, and every file is held against its sha256 before the first is parsed.  Look, then load.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version
from types import MappingProxyType
from typing import Any

import msgspec

from ratchet.clock import new_id
from ratchet.data.schema import Schema
from ratchet.errors import BundleError, RatchetError
from ratchet.features.table import TableEncoder
from ratchet.models.calibrated import model_type
from ratchet.models.conformal import Conformal
from ratchet.models.family import Model
from ratchet.registry import manifest as manifests
from ratchet.registry.document import plain
from ratchet.registry.manifest import ASK_ANEW, File, Manifest, Part
from ratchet.registry.parts import to_files, to_state
from ratchet.spec import Spec, parse

_LIBRARIES = ("ratchet-ml", "numpy", "scipy", "scikit-learn", "lightgbm", "polars", "safetensors")
TABLE = "table.v1"
"""What a bundle calls the state of a `TableEncoder`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bundle:
    """An opened bundle: all that answering needs.  Its arrays are read-only, so threads may share it."""

    id: str
    """The sha256 of its manifest, and so of all its content."""
    manifest: Manifest
    spec: Spec
    schema: Schema
    encoder: TableEncoder
    model: Model
    conformal: Conformal | None


def write(
    folder: Path,
    *,
    spec: Spec,
    schema: Schema,
    encoder: TableEncoder,
    model: Model,
    dataset_id: str,
    split_id: str,
    scorecard: Any = None,
    conformal: Conformal | None = None,
    extra: Mapping[str, Any] = MappingProxyType({}),
) -> str:
    """Write a bundle to ``folder``, in the place of one that may be there, and return its id.

    The same content gives the same id.  ``scorecard`` and ``extra`` are anything JSON can say.  The folder is made
    beside and then moved into place, so that there is never half a bundle.  Raises `BundleError` where a state cannot
    be written, or where the folder holds something else than a bundle.
    """
    states = {"encoder": (TABLE, encoder.state()), "model": (model.family, model.state())}
    if conformal is not None:
        states["conformal"] = (Conformal.name, conformal.state())
    parts: dict[str, Part] = {}
    files: dict[str, bytes] = {}
    for each, (type_name, state) in states.items():
        parts[each], made = to_files(each, type_name, state)
        files |= made
    manifest = Manifest(
        format=manifests.FORMAT,
        spec=spec.model_dump(mode="json"),
        learning_hash=spec.learning_hash,
        schema=plain(schema),
        labels=list(schema.classes),
        dataset_id=dataset_id,
        split_id=split_id,
        libraries=_libraries(),
        files={name: File(sha256=manifests.digest(content), bytes=len(content)) for name, content in files.items()},
        parts=parts,
        scorecard=plain(scorecard),
        extra=plain(dict(extra)),
    )
    identity, content = manifests.encode(manifest)
    _put(Path(folder).resolve(), {**files, manifests.FILE: content})
    return identity


def look(folder: Path) -> tuple[str, Manifest]:
    """The id and manifest of a bundle whose files are all there and no others, without opening any of them.

    Raises `BundleError`.
    """
    folder = Path(folder)
    if not (folder / manifests.FILE).is_file():
        raise BundleError(f"{folder} is no bundle: it has no {manifests.FILE}", todo="name a bundle's folder")
    identity, manifest = manifests.decode(_content(folder, manifests.FILE), str(folder))
    with os.scandir(folder) as entries:
        found = {entry.name: entry.is_file(follow_symlinks=False) for entry in entries}
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

    Raises `BundleError` that names the file: changed, missing, extra, of an unknown format, family or encoder.  The
    bytes that were checked are the bytes that are parsed.
    """
    folder = Path(folder)
    identity, manifest = look(folder)
    if expect is not None and identity != expect:
        raise BundleError(f"{folder} holds the bundle {identity[:12]}, not {expect[:12]} as registered", todo=ASK_ANEW)
    _check_types(folder, manifest)
    files = {name: _checked(folder, name, file) for name, file in manifest.files.items()}
    states = {each: to_state(part, files) for each, part in manifest.parts.items()}
    with _told(folder, manifest):
        spec = parse(manifest.spec, where=manifests.FILE)
        schema = msgspec.convert(manifest.schema, Schema)
        encoder = TableEncoder.from_state(states["encoder"])
        model = model_type(manifest.parts["model"].type).from_state(states["model"])
        conformal = Conformal.from_state(states["conformal"]) if "conformal" in states else None
    return Bundle(
        id=identity,
        manifest=manifest,
        spec=spec,
        schema=schema,
        encoder=encoder,
        model=model,
        conformal=conformal,
    )


def _checked(folder: Path, name: str, file: File) -> bytes:
    content = _content(folder, name)
    if manifests.digest(content) != file.sha256:
        raise BundleError(f"{folder}: {name} is not as it was written: its sha256 differs", todo=ASK_ANEW)
    return content


def _content(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise BundleError(f"{folder}: {name} cannot be read: {error.strerror}", todo="see to its rights") from None


def _check_types(folder: Path, manifest: Manifest) -> None:
    """Every part must be of a kind we know before one of them is built; the model's own name is looked up later."""
    for each, known in (("encoder", TABLE), ("conformal", Conformal.name)):
        part = manifest.parts.get(each)
        if part is not None and part.type != known:
            raise BundleError(
                f"{folder} has the {each} '{part.type}'; this Ratchet knows '{known}'",
                todo=f"open it with {manifests.made_by(manifest)}, or a newer one",
            )
    unknown = set(manifest.parts) - {"encoder", "model", "conformal"}
    if unknown:
        raise BundleError(
            f"{folder} has parts that this Ratchet does not know: {', '.join(sorted(unknown))}",
            todo=f"open it with {manifests.made_by(manifest)}, or a newer one",
        )


@contextmanager
def _told(folder: Path, manifest: Manifest) -> Iterator[None]:
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


def _put(folder: Path, files: Mapping[str, bytes]) -> None:
    """All files at once: made beside, moved into place; what was there goes after."""
    if folder.is_dir() and any(folder.iterdir()) and not (folder / manifests.FILE).is_file():
        raise BundleError(f"{folder} holds something else than a bundle", todo="name a folder that is new or empty")
    making, leaving = (folder.with_name(f".{folder.name}.{new_id()}.{word}") for word in ("new", "old"))
    try:
        making.mkdir(parents=True)
        for name, content in files.items():
            (making / name).write_bytes(content)
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
