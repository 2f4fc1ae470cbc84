"""The manifest: what a bundle says of itself, readable before anything in it is opened.

``manifest.json`` is ``{"id": ..., "manifest": {...}}``, where the id is the sha256 of the manifest's own bytes, and the
manifest holds the sha256 of every other file: one changed byte anywhere is seen, and the id names the whole content.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

import msgspec

from ratchet import documents
from ratchet.errors import BundleError
from ratchet.evaluation.scorecard import Scorecard
from ratchet.models.parts import ASK_ANEW, File, StoredPart
from ratchet.registry.weights import Weights

FILE = "manifest.json"
FORMAT = 1
"""Raised when a bundle is laid out in a way that an older Ratchet would misread; every older format stays readable."""

DEEPEST = 16
"""How many parts may lie in each other, as pipelines do in pipelines."""

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_HEAD, _MIDDLE, _TAIL = b'{\n"id": "', b'",\n"manifest": ', b"\n}\n"


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a bundle says of itself."""

    format: int
    spec: dict[str, Any]
    learning_hash: str
    schema: dict[str, Any]
    labels: list[str]
    dataset_id: str
    split_id: str
    libraries: dict[str, str]
    """Library -> the version that made the bundle."""
    files: dict[str, File]
    parts: dict[str, StoredPart]
    """By dotted name: the ``pipeline`` with all its own (``pipeline.model``) and, if there are any, ``sets``, the
    ``profile`` and the ``decision`` (class factors)."""
    recipe: dict[str, Any]
    """Family, parameters and encoders: what has to be known to learn it again."""
    pretrained: list[Weights] = []
    """The pretrained models that it began with, if any."""
    scorecard: dict[str, Any] | None = None
    begun_with: list[str] = []
    """What else was read to learn it (`ratchet.training.beginnings`); empty in bundles from before it was noted."""

    @property
    def model(self) -> str:
        """The sha256 of what answers depend on: labels, columns, recipe, and the bytes of every part but the profile.

        Two trainings of the same rows by the same spec on the same libraries give the same one; not so the bundle's id,
        as the scorecard holds moments and times.
        """
        parts = {name: each for name, each in self.parts.items() if name.partition(".")[0] != "profile"}
        named = [[name, each.type, [self.files[file].sha256 for file in each.names]] for name, each in parts.items()]
        return digest(msgspec.json.encode([self.labels, self.schema, self.recipe, sorted(named)], order="sorted"))

    @property
    def bytes(self) -> int:
        """How much there is to read."""
        return sum(file.bytes for file in self.files.values())


class _Format(msgspec.Struct):
    format: int


def digest(content: bytes) -> str:
    """The sha256 of a file's bytes, in hex."""
    return hashlib.sha256(content).hexdigest()


def encode(manifest: Manifest) -> tuple[str, bytes]:
    """The id, and the bytes of ``manifest.json``."""
    body = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
    return digest(body), _put_together(body)


def decode(content: bytes, where: str) -> tuple[str, Manifest]:
    """The id and the manifest in the bytes of ``manifest.json``; ``where`` names the bundle in errors.

    Raises `BundleError`: a changed byte, a newer format, a file name that would lead out of the folder, a part that
    names a file there is none of.
    """
    identity, body = _taken_apart(content, where)
    try:
        found = documents.read(body, _Format).format
        if found != FORMAT:
            raise BundleError(
                f"{where} is written in bundle format {found}; this Ratchet reads formats up to {FORMAT}",
                todo="pip install -U ratchet-ml, then open it again",
            )
        manifest = documents.read(body, Manifest)
    except msgspec.DecodeError as error:
        raise BundleError(f"{where}: {FILE} says something impossible: {error}", todo=ASK_ANEW) from None
    _check_names(manifest, where)
    return identity, manifest


def _taken_apart(content: bytes, where: str) -> tuple[str, bytes]:
    start = len(_HEAD) + 64
    identity, body = content[len(_HEAD) : start], content[start + len(_MIDDLE) : -len(_TAIL)]
    if _put_together(body) != content:
        raise BundleError(
            f"{where}: {FILE} is not as it was written: its bytes do not give the sha256 that it names", todo=ASK_ANEW
        )
    return identity.decode(), body


def _put_together(body: bytes) -> bytes:
    return b"".join([_HEAD, digest(body).encode(), _MIDDLE, body, _TAIL])


def _check_names(manifest: Manifest, where: str) -> None:
    for name in manifest.files:
        if not _NAME.fullmatch(name) or name == FILE:
            raise BundleError(f"{where}: {FILE} names the file {name!r}, which cannot lie in a bundle", todo=ASK_ANEW)
    for each, part in manifest.parts.items():
        if each.count(".") >= DEEPEST:
            raise BundleError(f"{where}: {FILE} names a part more than {DEEPEST} deep: {each[:60]}...", todo=ASK_ANEW)
        for name in part.names:
            if name not in manifest.files:
                raise BundleError(f"{where}: the {each} is said to be in {name!r}, which is not listed", todo=ASK_ANEW)
    if "pipeline" not in manifest.parts:
        raise BundleError(f"{where} holds no pipeline", todo=ASK_ANEW)


def scorecard_of(manifest: Manifest) -> Scorecard:
    """What a bundle was worth on the holdout; raises `BundleError` where it was never measured."""
    if manifest.scorecard is None:
        raise BundleError("the bundle has no scorecard: nobody has measured it", todo="score it first")
    return documents.typed(manifest.scorecard, Scorecard)


def made_by(manifest: Manifest) -> str:
    """Which Ratchet made it, as one would install it."""
    found = manifest.libraries.get("ratchet-ml")
    return f"ratchet-ml=={found}" if found else "the Ratchet that made it"
