"""Parts as files in a folder and back: how a pipeline lies on disk.

Of the part ``pipeline``: JSON values in ``pipeline.json``, arrays in ``pipeline.safetensors``, each text and each file
in one of its own; of its part ``model``: ``pipeline.model.json`` and so on.  Files are hashed as they are written, and
held against their hashes before they are parsed.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ratchet.errors import BundleError
from ratchet.features.encoder import State
from ratchet.models import plain_json, tensors
from ratchet.models.pipeline import Part

ASK_ANEW = "copy the bundle anew from where it was made, or train again; nothing of it was opened"
MAPPED = 1 << 24
"""Files of at least so many bytes are mapped into memory, smaller ones are read."""
_BLOCK = 1 << 20
_PLUG_IN = "a mistake of the encoder or family: its state() holds JSON values, arrays of numbers, texts and files only"
_WORD = re.compile(r"[A-Za-z0-9_]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class File:
    """One file, as it was written."""

    sha256: str
    bytes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredPart:
    """Where the state of a part lies, and which class reads it."""

    type: str
    """A name that is versioned and never reused, such as ``linear.v1``."""
    meta: str
    """The file of JSON values."""
    arrays: str | None = None
    """The safetensors file."""
    texts: dict[str, str] = field(default_factory=dict)
    """Name of each text -> its file."""
    files: dict[str, str] = field(default_factory=dict)
    """Name of each file -> where it lies."""

    @property
    def names(self) -> tuple[str, ...]:
        """Every file of the part."""
        arrays = [self.arrays] if self.arrays else []
        return (self.meta, *arrays, *self.texts.values(), *self.files.values())


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """Parts in a folder: by dotted name (``pipeline.model``), and every file of them."""

    parts: dict[str, StoredPart]
    files: dict[str, File]


def save(folder: Path, parts: Mapping[str, Part]) -> Stored:
    """Write parts, with all those inside them, as files into ``folder``.

    Arrays are written one by one, files copied block by block.  Raises `BundleError` where a state holds what cannot be
    written and read back as it is: NaN or keys that are no texts among the JSON values, arrays of objects or of texts.
    """
    stored, files = dict[str, StoredPart](), dict[str, File]()
    for name, part in _flat(parts):
        stored[name] = _save(folder, name, part, files)
    return Stored(parts=stored, files=files)


def load(folder: Path, stored: Stored) -> dict[str, Part]:
    """The parts in a folder; raises `BundleError` that names a file that changed or is not what its name says.

    Every file is hashed before one is parsed, and stays open until then.  Of a file of less than `MAPPED` bytes the
    bytes that were hashed are the bytes that are parsed, whatever happens to the file.  A larger one is mapped, and its
    arrays are views of it: replacing or removing the file changes nothing, but writing into it where it lies, between
    the check and now or later, would be seen.  A file that a state names by path was whole when this returned; whoever
    reads it opens it once more.  So nobody but its owner may write to the folder.
    """
    contents = {name: checked(folder, name, file) for name, file in stored.files.items() if not _by_path(name, stored)}
    for name, file in stored.files.items():
        if _by_path(name, stored):
            _check_by_path(folder, name, file)
    return _tree({name: _load(folder, part, contents) for name, part in stored.parts.items()})


def checked(folder: Path, name: str, file: File) -> bytes | mmap.mmap:
    """The content of a file that is as it was written; raises `BundleError`."""
    with _errors_in_words(folder, name), (folder / name).open("rb") as opened:
        large = os.fstat(opened.fileno()).st_size >= MAPPED
        content = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) if large else opened.read()
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise _changed(folder, name)
    return content


def _by_path(name: str, stored: Stored) -> bool:
    return any(name in part.files.values() for part in stored.parts.values())


def _check_by_path(folder: Path, name: str, file: File) -> None:
    with _errors_in_words(folder, name), (folder / name).open("rb") as opened:
        found = hashlib.file_digest(opened, "sha256").hexdigest()
    if found != file.sha256:
        raise _changed(folder, name)


def _changed(folder: Path, name: str) -> BundleError:
    return BundleError(f"{folder}: {name} is not as it was written: its sha256 differs", todo=ASK_ANEW)


@contextmanager
def _errors_in_words(folder: Path, name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BundleError(f"{folder}: {name} cannot be read: {error.strerror}", todo="see to its rights") from None


def _flat(parts: Mapping[str, Part], before: str = "") -> Iterator[tuple[str, Part]]:
    for name, part in parts.items():
        if not _WORD.fullmatch(name):
            raise BundleError(f"a part cannot be called {name!r}", todo=_PLUG_IN)
        yield before + name, part
        yield from _flat(part.parts, f"{before}{name}.")


def _tree(flat: Mapping[str, tuple[str, State]], before: str = "") -> dict[str, Part]:
    """Parts by name, of those by dotted name.

    {"a": x, "a.b": y} -> {"a": Part(x, {"b": Part(y)})}
    """
    inside = {name.removeprefix(before): name for name in flat if name.startswith(before)}
    return {name: Part(*flat[whole], _tree(flat, f"{whole}.")) for name, whole in inside.items() if "." not in name}


def _save(folder: Path, each: str, part: Part, files: dict[str, File]) -> StoredPart:
    state = part.state
    meta, arrays = f"{each}.json", f"{each}.safetensors" if state.arrays else None
    with _written(folder, meta, files) as out:
        out.write(_json(each, state.meta))
    if arrays:
        _check_arrays(each, state)
        with _written(folder, arrays, files) as out:
            tensors.write(out, state.arrays)
    texts = {name: _named(each, at, name, ".txt") for at, name in enumerate(sorted(state.texts))}
    for name, file in texts.items():
        with _written(folder, file, files) as out:
            out.write(state.texts[name].encode())
    copies = {name: _named(each, at, name, _suffix(name)) for at, name in enumerate(sorted(state.files), len(texts))}
    for name, file in copies.items():
        with _written(folder, file, files) as out, state.files[name].open("rb") as source:
            while block := source.read(_BLOCK):
                out.write(block)
    return StoredPart(type=part.type, meta=meta, arrays=arrays, texts=texts, files=copies)


def _load(folder: Path, part: StoredPart, contents: Mapping[str, bytes | mmap.mmap]) -> tuple[str, State]:
    name = part.meta
    try:
        meta = plain_json.read(contents[name])
        name = part.arrays or name
        arrays = tensors.views(contents[name]) if part.arrays else {}
        texts = {each: str(contents[name := file], "utf-8") for each, file in part.texts.items()}
    except (KeyError, ValueError) as error:
        raise BundleError(f"{name} cannot be read: {error}", todo=ASK_ANEW) from None
    files = {each: folder / file for each, file in part.files.items()}
    return part.type, State(meta=meta, arrays=arrays, texts=texts, files=files)


class _Hashed:
    """A file that is hashed as it is written."""

    def __init__(self, out: Any) -> None:
        self._out, self.digest, self.bytes = out, hashlib.sha256(), 0

    def write(self, content: Any, /) -> None:
        self._out.write(content)
        self.digest.update(content)
        self.bytes += len(content)


@contextmanager
def _written(folder: Path, name: str, files: dict[str, File]) -> Iterator[_Hashed]:
    with (folder / name).open("xb") as opened:
        out = _Hashed(opened)
        yield out
    files[name] = File(sha256=out.digest.hexdigest(), bytes=out.bytes)


def _named(each: str, at: int, name: str, suffix: str) -> str:
    """A name that any file system takes: ``model-0-trees.txt``."""
    plain = re.sub(r"[^A-Za-z0-9]+", "-", name.removesuffix(suffix)).strip("-")
    return f"{each}-{at}-{plain[-40:]}{suffix}"


def _suffix(name: str) -> str:
    found = re.search(r"\.[A-Za-z0-9]{1,20}$", name)
    return found[0] if found else ".bin"


def _json(each: str, meta: Mapping[str, Any]) -> bytes:
    try:
        content = json.dumps(dict(meta), allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode()
    except (TypeError, ValueError) as error:
        raise BundleError(f"the {each}'s state cannot be written as JSON: {error}", todo=_PLUG_IN) from None
    if json.loads(content) != _listed(meta):
        raise BundleError(f"the {each}'s state does not come back from JSON as it was", todo=_PLUG_IN)
    return content


def _listed(value: Any) -> Any:
    """The value with tuples as lists, which is what JSON makes of them."""
    if isinstance(value, Mapping):
        return {key: _listed(each) for key, each in value.items()}
    return [_listed(each) for each in value] if isinstance(value, list | tuple) else value


def _check_arrays(each: str, state: State) -> None:
    for name, array in state.arrays.items():
        if not tensors.holds(array):
            raise BundleError(f"the {each}'s array {name} is of {array.dtype}, which no bundle holds", todo=_PLUG_IN)
