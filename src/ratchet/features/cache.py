"""Encoded rows kept on disk, so that a whole search encodes each row once and every trial maps the same memory.

An entry is named by what it was made of: the columns' values, their kinds, and the encoders.  It is written beside its
place and moved there whole, so an entry that is there is complete.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from ratchet.features.encoder import Column, Columns, Matrix, Sparse, State
from ratchet.features.table import TableEncoder
from ratchet.kinds.kind import Kind

_FORMAT = "1"
"""Goes into every name: a new way of writing never meets old entries."""
_KEPT = 8
"""Entries kept, the newest; each is as large as its encoded rows."""
_SPARSE = ("indptr", "indices", "values")


@dataclass(frozen=True, slots=True)
class Encoded:
    """An encoder fitted to rows, and the folder in which those rows lie encoded."""

    encoder: TableEncoder
    folder: Path


def encode(cache: Path, columns: Columns, kinds: Mapping[str, Kind], encoders: Mapping[Kind, str]) -> Encoded:
    """Fit encoders to rows and encode them, or find that done.

    Raises `ratchet.errors.SpecError` where no encoder is named for any of the kinds.
    """
    folder = cache / f"encoded-{_key(columns, kinds, encoders)}"
    kept = _kept_encoder(folder)
    if kept is not None:
        return Encoded(kept, folder)
    encoder = TableEncoder.fit(columns, kinds, encoders)
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix="writing-") as scratch:
        made = Path(scratch) / "entry"
        made.mkdir()
        _write_matrix(made, encoder.transform(columns))
        _write_encoder(made, encoder.state())
        made.rename(folder)
    _forget_oldest(cache)
    return Encoded(encoder, folder)


def load(folder: Path) -> Matrix:
    """The encoded rows of an entry, mapped into memory, not read: processes that load one entry share it."""
    dense = np.load(folder / "dense.npy", mmap_mode="r")
    if not (folder / "indptr.npy").exists():
        return Matrix(dense)
    indptr, indices, values = (np.load(folder / f"{name}.npy", mmap_mode="r") for name in _SPARSE)
    width = int(np.load(folder / "width.npy"))
    return Matrix(dense, Sparse(indptr, indices, values, width))


def _key(columns: Columns, kinds: Mapping[str, Kind], encoders: Mapping[Kind, str]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    plan = [(name, str(kind), encoders[kind]) for name, kind in kinds.items() if kind in encoders]
    digest.update(msgspec.json.encode([_FORMAT, plan]))
    for name, _, _ in plan:
        for chunk in _chunks(columns[name]):
            digest.update(len(chunk).to_bytes(8, "big"))
            digest.update(chunk)
    return digest.hexdigest()


def _chunks(column: Column) -> list[bytes]:
    """The column's values as bytes, unmistakably: lengths of the texts first, -1 for a missing one."""
    if isinstance(column, np.ndarray) and column.dtype.kind in "fM":
        return [np.ascontiguousarray(column).tobytes()]
    raw = [value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value for value in column]
    lengths = np.array([-1 if value is None else len(value) for value in raw], dtype=np.int64)
    return [lengths.tobytes(), b"".join(value for value in raw if value is not None)]


def _write_matrix(folder: Path, matrix: Matrix) -> None:
    np.save(folder / "dense.npy", matrix.dense)
    if matrix.sparse is not None:
        for name in _SPARSE:
            np.save(folder / f"{name}.npy", getattr(matrix.sparse, name))
        np.save(folder / "width.npy", np.int64(matrix.sparse.width))


def _write_encoder(folder: Path, state: State) -> None:
    document: dict[str, Any] = {"meta": state.meta, "texts": state.texts, "arrays": list(state.arrays)}
    (folder / "encoder.json").write_bytes(msgspec.json.encode(document))
    for number, array in enumerate(state.arrays.values()):
        np.save(folder / f"encoder-{number}.npy", array)


def _kept_encoder(folder: Path) -> TableEncoder | None:
    """The encoder of an entry, which is then the newest; an entry that cannot be read is removed."""
    if not folder.exists():
        return None
    try:
        encoder = _read_encoder(folder)
    except (OSError, KeyError, ValueError, msgspec.MsgspecError):
        shutil.rmtree(folder, ignore_errors=True)
        return None
    os.utime(folder)
    return encoder


def _read_encoder(folder: Path) -> TableEncoder:
    document = msgspec.json.decode((folder / "encoder.json").read_bytes())
    arrays = {name: np.load(folder / f"encoder-{number}.npy") for number, name in enumerate(document["arrays"])}
    return TableEncoder.from_state(State(document["meta"], arrays, document["texts"]))


def _forget_oldest(cache: Path) -> None:
    entries = sorted(cache.glob("encoded-*"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in entries[_KEPT:]:
        shutil.rmtree(path, ignore_errors=True)
