"""Rows as jobs take them: written once as columns, encoded once for a whole search, mapped by every trial.

An entry is named by what it was made of: the columns' values, their kinds, the encoders, and the code of the encoders.
"""

from __future__ import annotations

import glob
import hashlib
import inspect
from collections.abc import Mapping
from functools import cache
from itertools import repeat
from operator import is_
from pathlib import Path

import msgspec
import numpy as np
import polars as pl

from ratchet import documents
from ratchet.features.catalogue import encoder
from ratchet.features.columns import from_frame
from ratchet.features.encoder import Column, Columns, Encoder, Matrix, Sparse
from ratchet.features.prepared import Preparations, prepared, prepared_kinds, unprepared
from ratchet.features.table import TableEncoder
from ratchet.kinds.kind import Kind
from ratchet.models import parts
from ratchet.models.encoded import TABLE
from ratchet.models.learner import Encodes
from ratchet.models.parts import Stored
from ratchet.models.pipeline import Part
from ratchet.training.inputs import Inputs

_FORMAT = "3"
"""Goes into every name: a new way of writing never meets old entries."""
_SPARSE = ("indptr", "indices", "values")
_PART, _STORED = "part", "stored.json"
_COLUMNS = "columns.arrow"


def digests(columns: Columns, kinds: Mapping[str, Kind]) -> dict[str, str]:
    """Column -> what names its kind and values."""
    found = {}
    for name, column in columns.items():
        digest = _digest([_FORMAT, str(kinds[name])])
        for chunk in _chunks(column):
            digest.update(len(chunk).to_bytes(8, "big"))
            digest.update(chunk)
        found[name] = digest.hexdigest()
    return found


def columns_key(digests: Mapping[str, str]) -> str:
    """What names columns with these digests."""
    return f"columns-{_digest(list(digests.items())).hexdigest()}"


def encoded_key(digests: Mapping[str, str], encoders: Mapping[str, str], texts: Preparations | None = None) -> str:
    """What names columns encoded by these encoders, as their code is now and what it reads beside the rows.

    Some of the columns may be made of ``texts`` before.
    """
    ways = texts or {}
    plan = [
        (column, [digests[each] for each in unprepared([column], ways)], ways.get(column), name, *_made_of(name))
        for column, name in encoders.items()
    ]
    return f"encoded-{_digest([_FORMAT, plan]).hexdigest()}"


def _made_of(name: str) -> tuple[str, str]:
    """What an encoder's code is, and what it reads beside the rows."""
    made = encoder(name)
    return code_version(made), content(made)


def content(made: type[Encoder]) -> str:
    """What names what an encoder reads beside the rows, such as a network's weights: "" where it reads nothing."""
    return str(getattr(made, "content", str)())


@cache
def code_version(made: type[object]) -> str:
    """What an encoder's code is: a hash of the sources beside its own, "" where there are none to read."""
    try:
        source = Path(inspect.getfile(made))
        beside = sorted(source.parent.rglob("*.py"))
        return _digest([(each.name, each.read_text("utf-8")) for each in beside]).hexdigest()
    except (OSError, TypeError, UnicodeDecodeError):
        return ""


def write_columns(inputs: Inputs, key: str, columns: Columns, kinds: Mapping[str, Kind]) -> None:
    """Keep columns under a key."""
    frame = pl.DataFrame([_series(name, column, kinds[name]) for name, column in columns.items()])
    with inputs.make(key) as folder:
        frame.write_ipc(folder / _COLUMNS, compression="uncompressed")


def read_columns(inputs: Inputs, key: str, kinds: Mapping[str, Kind]) -> Columns:
    """The columns of these kinds under a key."""
    path = glob.escape(str(inputs.entry(key) / _COLUMNS))  # Polars would look for files like a folder called "[1]"
    frame = pl.read_ipc(path, columns=list(kinds))
    return from_frame(frame, kinds)


def encode(
    inputs: Inputs,
    key: str,
    columns: str,
    kinds: Mapping[str, Kind],
    encoders: Mapping[str, str],
    texts: Preparations | None = None,
) -> None:
    """Fit encoders that look at no label to columns, and keep them with the encoded rows.  A job: runs anywhere.

    ``kinds`` are those of the columns as they are kept, of which ``texts`` makes others before they are encoded.
    """
    ways = {name: way for name, way in (texts or {}).items() if name in encoders}
    read = read_columns(inputs, columns, {name: kinds[name] for name in unprepared(encoders, ways)})
    read = prepared(read, ways)
    fitted = TableEncoder.fit(read, prepared_kinds(kinds, ways), encoders)
    with inputs.make(key) as folder:
        _write_matrix(folder, fitted.transform(read))
        save(folder, Part(TABLE, fitted.state()))


def load(inputs: Inputs, key: str) -> Encodes:
    """The encoded rows of an entry, mapped into memory, not read: processes that load one entry share it."""
    folder = inputs.entry(key)
    dense = np.load(folder / "dense.npy", mmap_mode="r")

    def fitted() -> TableEncoder:
        return TableEncoder.from_state(load_part(folder).state)

    if not (folder / "indptr.npy").exists():
        return Encodes(fitted, Matrix(dense))
    indptr, indices, values = (np.load(folder / f"{name}.npy", mmap_mode="r") for name in _SPARSE)
    return Encodes(fitted, Matrix(dense, Sparse(indptr, indices, values, int(np.load(folder / "width.npy")))))


def save(folder: Path, part: Part) -> None:
    """Write a part into an entry's folder."""
    stored = parts.save(folder, {_PART: part})
    (folder / _STORED).write_bytes(msgspec.json.encode(stored))


def load_part(folder: Path) -> Part:
    """The part that `save` wrote; raises `BundleError` where a file of it is damaged."""
    return parts.load(folder, documents.read((folder / _STORED).read_bytes(), Stored))[_PART]


def _write_matrix(folder: Path, matrix: Matrix) -> None:
    np.save(folder / "dense.npy", matrix.dense)
    if matrix.sparse is not None:
        for name in _SPARSE:
            np.save(folder / f"{name}.npy", getattr(matrix.sparse, name))
        np.save(folder / "width.npy", np.int64(matrix.sparse.width))


def _series(name: str, column: Column, kind: Kind) -> pl.Series:
    texts = kind in {Kind.TEXT, Kind.CATEGORY}
    return pl.Series(name, column, dtype=pl.String) if texts else pl.Series(name, column)


def _chunks(column: Column) -> list[bytes]:
    """The column's values as bytes, unmistakably: lengths of the texts first, -1 for a missing one."""
    if isinstance(column, np.ndarray) and column.dtype.kind in "fM":
        return [np.ascontiguousarray(column).tobytes()]
    there = [value for value in column if value is not None]
    lengths = np.full(len(column), -1, dtype=np.int64)
    lengths[~np.fromiter(map(is_, column, repeat(None)), bool, len(column))] = [len(value) for value in there]
    if there and isinstance(there[0], str):
        return [lengths.tobytes(), "".join(there).encode("utf-8", "surrogatepass")]
    return [lengths.tobytes(), b"".join(there)]


def _digest(value: object) -> hashlib.blake2b:
    return hashlib.blake2b(msgspec.json.encode(value), digest_size=16)
