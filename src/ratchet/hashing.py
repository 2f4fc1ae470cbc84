"""Stirring bits: what row identities, splits and hashed tables share."""

from __future__ import annotations

import numpy as np

from ratchet.arrays import Hashes


def mixed(values: Hashes) -> Hashes:
    """Each value with its bits stirred, so that every input bit changes half of the output bits.

    The finaliser of SplitMix64 (Steele, Lea & Flood 2014, "Fast splittable pseudorandom number generators", figure
    17).  Datasets' identities and frozen splits rest on it: it must never change.
    """
    # A shift folds high bits onto low ones and a product carries low bits up; two rounds and a last fold reach all.
    # Neighbours end up far apart: 1 becomes 0x5692161D100B05E5, 2 becomes 0xDBD238973A2B148A.
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
