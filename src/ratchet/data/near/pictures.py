"""Pictures that look nearly the same: a difference hash for finding them, their thumbnails for making sure.

The hash says for each of 16 x 16 places whether it is darker than its right neighbour (dHash: Krawetz 2013).
Pictures that agree in one of a few random choices of its bits are looked at (bit sampling: Indyk and Motwani 1998).
Opening pictures needs Pillow, which is no part of the core.
"""

from __future__ import annotations

import importlib.util
import io
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ratchet.arrays import Bools, Ints
from ratchet.data.near.components import components
from ratchet.data.near.minhash import candidates

_SIDE = 16
_BANDS, _BITS = 24, 24
_MOST_BITS = 20
"""Bits of 256 in which two alike pictures may differ."""
_MOST_LEVELS = 6.0
"""Levels of 255 by which the places of two alike pictures may differ on average."""
_FLAT = 6.0
"""Pictures whose levels vary less than this show nothing to compare."""


def can_open_pictures() -> bool:
    """Whether Pillow is installed."""
    return importlib.util.find_spec("PIL") is not None


def alike_pictures(pictures: Sequence[bytes | None]) -> Ints:
    """The group of each picture (pictures,); one that is missing, flat or broken has its own."""
    # Row [9, 7, 8] of a thumbnail is brighter than its left neighbour at [no, yes]: two bits of three levels.
    # Thumbnails are 17 levels wide, so that each of their 16 rows has 16 bits.
    thumbnails, _ = _thumbnails(pictures)
    informative = np.flatnonzero(thumbnails.std(axis=(1, 2)) >= _FLAT)
    seen = thumbnails[informative]
    bits = (seen[:, :, 1:] > seen[:, :, :-1]).reshape(-1, _SIDE * _SIDE)
    pairs = candidates(_band_keys(bits))
    differing = (bits[pairs[:, 0]] != bits[pairs[:, 1]]).sum(axis=1)
    pairs = pairs[differing <= _MOST_BITS]
    difference = np.abs(seen[pairs[:, 0]].astype(np.float32) - seen[pairs[:, 1]]).mean(axis=(1, 2))
    return components(len(pictures), informative[pairs[difference <= _MOST_LEVELS]])


def broken_pictures(pictures: Sequence[bytes | None]) -> Ints:
    """The places of those that cannot be opened."""
    return _thumbnails(pictures)[1]


def _band_keys(bits: Bools) -> npt.NDArray[np.uint32]:
    # 24 of the 256 bits, drawn once for each band, read as one number: bits [1, 0, 1] are 1 + 4 = 5.  Two pictures that
    # differ in d bits agree in a band with a chance of about (1 - d / 256) ** 24: 0.14 at 20 bits, 0.97 over 24 bands.
    rng = np.random.default_rng(20_240_502)
    chosen = [rng.choice(_SIDE * _SIDE, _BITS, replace=False) for _ in range(_BANDS)]
    weights = np.uint32(1) << np.arange(_BITS, dtype=np.uint32)
    return np.stack([bits[:, places].astype(np.uint32) @ weights for places in chosen])


def _thumbnails(pictures: Sequence[bytes | None]) -> tuple[npt.NDArray[np.uint8], Ints]:
    """Each picture as 16 rows of 17 grey levels, and the places of those that could not be opened."""
    from PIL import Image

    levels = np.zeros((len(pictures), _SIDE, _SIDE + 1), dtype=np.uint8)
    broken = []
    for place, content in enumerate(pictures):
        if not content:
            continue
        try:
            with Image.open(io.BytesIO(content)) as picture:
                picture.draft("L", (4 * _SIDE, 4 * _SIDE))  # JPEG: decode at a fraction of the size
                small = picture.convert("L").resize((_SIDE + 1, _SIDE), Image.Resampling.BOX)
                levels[place] = np.asarray(small)
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            broken.append(place)
    return levels, np.array(broken, dtype=np.int64)
