"""The identity of a row: 64 bits computed from its typed values, the same on every machine and for ever.

A value is hashed by its kind (numbers and dates by their 64 bits, texts and bytes by BLAKE2b, RFC 7693), mixed with
the hash of its column's name by the finaliser of SplitMix64 (Steele, Lea and Flood 2014, figure 17), and the columns
are chained in the order of their names.  Changing anything here changes every dataset's identity and every frozen
split: the golden values in the tests must stay.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from ratchet.arrays import Hashes

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MISSING = np.uint64(0x1DDE4B8B4C0A3A51)


def row_hashes(frame: pl.DataFrame, columns: Sequence[str]) -> Hashes:
    """A hash for each row (rows,) of the named columns; their order and the rows' order do not matter.

    Columns are as `ratchet.data.conform` types them: Float64, String, Datetime("us") or Binary.
    """
    hashes = np.full(frame.height, _GAMMA, dtype=np.uint64)
    for name in sorted(columns):
        hashes = chained(hashes, _column(frame.get_column(name)) ^ np.uint64(hash_of(name.encode())))
    return hashes


def chained(first: Hashes, second: Hashes) -> Hashes:
    """Two hashes a row made into one; their order matters."""
    return mixed(first * _GAMMA + mixed(second))


def mixed(values: Hashes) -> Hashes:
    """Each value with its bits stirred, so that every input bit changes half of the output bits."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def hash_of(value: bytes) -> int:
    """The 64-bit hash of some bytes."""
    return int.from_bytes(hashlib.blake2b(value, digest_size=8).digest(), "little")


def text_hashes(series: pl.Series) -> Hashes:
    """The hash of each text (rows,); missing ones share one value."""
    if series.n_unique() * 4 > len(series):
        return _of_values(series.to_list())
    # Each distinct text is hashed once: ["b", None, "b"] is the places [0, 1, 0] in the hashes of ["b", None].
    # An Enum, since a Categorical's codes are dense in some releases of Polars and shared by all columns in others.
    distinct = series.drop_nulls().unique(maintain_order=True)
    codes = series.cast(pl.Enum(distinct)).to_physical().cast(pl.UInt32)
    places: npt.NDArray[np.uint32] = codes.fill_null(len(distinct)).to_numpy()
    return _of_values([*distinct.to_list(), None])[places]


def _of_values(values: Iterable[str | bytes | None]) -> Hashes:
    blake2b, missing = hashlib.blake2b, int(_MISSING).to_bytes(8, "little")
    digests = (
        missing
        if value is None
        else blake2b(value if isinstance(value, bytes) else value.encode(), digest_size=8).digest()
        for value in values
    )
    return np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64)


def _column(series: pl.Series) -> Hashes:
    if series.dtype == pl.String:
        return text_hashes(series)
    if series.dtype == pl.Binary:
        return _of_values(series.to_list())
    if series.dtype == pl.Float64:
        numbers = series.fill_null(np.nan).to_numpy() + 0.0  # -0.0 is 0.0
        bits = numbers.view(np.uint64)
        return np.where(np.isnan(numbers), _MISSING, mixed(bits + _GAMMA))
    if series.dtype == pl.Datetime("us"):
        moments = series.cast(pl.Int64)
        bits = moments.fill_null(0).to_numpy().astype(np.int64).view(np.uint64)
        return np.where(moments.is_null().to_numpy(), _MISSING, mixed(bits + ~_GAMMA))
    raise TypeError(f"column {series.name} of type {series.dtype} has no row hash: conform the frame first")
