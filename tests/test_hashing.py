"""Stirred bits never change, and every bit of the input reaches about half of the output."""

from __future__ import annotations

import numpy as np

from ratchet.hashing import mixed


def test_is_the_finaliser_of_splitmix64() -> None:
    assert mixed(np.array([0, 1, 2], np.uint64)).tolist() == [0, 0x5692161D100B05E5, 0xDBD238973A2B148A]


def test_one_bit_turns_about_half_of_the_others() -> None:
    values = np.random.default_rng(0).integers(0, 2**63, 2_000).astype(np.uint64)
    for bit in range(0, 64, 7):
        turned = mixed(values) ^ mixed(values ^ np.uint64(1 << bit))
        share = np.unpackbits(turned.view(np.uint8)).mean()
        assert 0.49 < share < 0.51
