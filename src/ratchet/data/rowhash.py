"""The identity of a row: 64 bits computed from its typed values, the same on every machine and for ever.

A value is hashed in its canonical form (`ratchet.data.canonical`) by its kind (numbers and dates by 64 bits, texts and
bytes by BLAKE2b, RFC 7693), mixed with the hash of its column's name by `ratchet.hashing.mixed`, and the columns are
chained in the order of their names.  Changing anything here, or there, changes every row's identity: `IDENTITY` must be
raised with the golden values in the tests, so that the rows of earlier datasets are read and parted again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from ratchet.arrays import Floats64, Hashes
from ratchet.data import canonical
from ratchet.hashing import mixed

IDENTITY = 2
"""Which identity rows are hashed by; datasets say by which theirs were."""
_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_FRACTION = np.uint64(0xD1B54A32D192ED03)
MISSING = np.uint64(0x1DDE4B8B4C0A3A51)
"""What a value hashes to that is not there."""


def row_hashes(frame: pl.DataFrame, columns: Sequence[str]) -> Hashes:
    """A hash for each row (rows,) of the named columns; their order and the rows' order do not matter.

    Columns are as `ratchet.data.conform` types them: Float64, String, Datetime("us") or Binary.
    """
    return hashes_of_sets(frame, [columns])[0]


def hashes_of_sets(frame: pl.DataFrame, sets: Sequence[Sequence[str]]) -> list[Hashes]:
    """`row_hashes` for several sets of columns, each column of which is hashed once."""
    # Columns a and b chain to h(h(h0, a), b), each value mixed with its column's name: so (1, 2) and (2, 1) differ, and
    # a column that is renamed is another one.
    hashes = [np.full(frame.height, _GAMMA, dtype=np.uint64) for _ in sets]
    for name in sorted({name for columns in sets for name in columns}):
        column = _column(frame.get_column(name)) ^ np.uint64(hash_of(name.encode()))
        for place, columns in enumerate(sets):
            if name in columns:
                hashes[place] = chained(hashes[place], column)
    return hashes


def chained(first: Hashes, second: Hashes) -> Hashes:
    """Two hashes a row made into one; their order matters."""
    return mixed(first * _GAMMA + mixed(second))


def hash_of(value: bytes) -> int:
    """The 64-bit hash of some bytes."""
    return int.from_bytes(hashlib.blake2b(value, digest_size=8).digest(), "little")


def text_hashes(series: pl.Series) -> Hashes:
    """The hash of each text (rows,) in its canonical form; `MISSING` where it is missing or white space only."""
    if series.n_unique() * 4 > len(series):
        return _of_values(canonical.texts(series).to_list())
    # Each distinct text is hashed once: ["b", None, "b"] is the places [0, 1, 0] in the hashes of ["b", None].
    # An Enum, since a Categorical's codes are dense in some releases of Polars and shared by all columns in others.
    distinct = series.drop_nulls().unique(maintain_order=True)
    codes = series.cast(pl.Enum(distinct)).to_physical().cast(pl.UInt32)
    places: npt.NDArray[np.uint32] = codes.fill_null(len(distinct)).to_numpy()
    return _of_values([*canonical.texts(distinct).to_list(), None])[places]


def _of_values(values: Iterable[str | bytes | None]) -> Hashes:
    blake2b, missing = hashlib.blake2b, int(MISSING).to_bytes(8, "little")
    digests = (
        missing
        if value is None
        else blake2b(value if isinstance(value, bytes) else value.encode(), digest_size=8).digest()
        for value in values
    )
    return np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64)


def _of_numbers(numbers: Floats64) -> Hashes:
    missing = np.isnan(numbers)
    bits, whole = canonical.number_bits(np.where(missing, 0.0, numbers))
    # The bits of a whole number may be those of another number's fraction, so the two are told apart by what is added.
    return np.where(missing, MISSING, mixed(bits + np.where(whole, _GAMMA, _FRACTION)))


def _column(series: pl.Series) -> Hashes:
    if series.dtype == pl.String:
        return text_hashes(series)
    if series.dtype == pl.Binary:
        return _of_values(series.to_list())
    if series.dtype == pl.Float64:
        return _of_numbers(series.fill_null(np.nan).to_numpy())
    if series.dtype == pl.Datetime("us"):
        moments = series.cast(pl.Int64)
        bits = moments.fill_null(0).to_numpy().astype(np.int64).view(np.uint64)
        return np.where(moments.is_null().to_numpy(), MISSING, mixed(bits + ~_GAMMA))
    raise TypeError(f"column {series.name} of type {series.dtype} has no row hash: conform the frame first")
