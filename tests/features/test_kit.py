"""Every encoder there is keeps every promise of its seam."""

from __future__ import annotations

import numpy as np
import pytest

from ratchet.clock import rng
from ratchet.features.catalogue import ENCODERS, encoder
from ratchet.features.encoder import Column
from ratchet.testing.encoders import check_encoder

_random = rng("encoder kit")
_WORDS = [
    "the",
    "a",
    "good",
    "bad",
    "film",
    "never",
    "plot",
    "of",
    "it",
    "déjà",
    "vu",
    "😀",
    "!!",
    "2024",
    "snake_case",
]


def _texts(words: int) -> list[str | None]:
    texts: list[str | None] = [" ".join(_random.choice(_WORDS, words)) for _ in range(60)]
    return [*texts, None, "", "   ", "hi!!you", "😀😀"]


NUMBERS = np.concatenate([_random.normal(50, 20, 60), [np.nan, 0.0, -1e9, np.inf]])
FEW_NUMBERS = np.array([0.0, 1.0, 1.0, 0.0, 1.0, np.nan] * 5)
HUGE_NUMBERS = np.array([1e308, -1e308, 1.7e308, -1.7e308, np.inf, 0.0, np.nan, 1e-320] * 4)
DATES = np.datetime64("2023-01-01T12:00:00", "us") + _random.integers(0, 10**6, 40) * np.timedelta64(1, "m")
CATEGORIES = [*_random.choice(["red", "green", "blue", ""], 40).tolist(), None, "once"]
MANY_CATEGORIES = [f"shop {number % 90}" for number in range(200)]
COLUMNS: dict[str, list[Column]] = {
    "standard.v1": [NUMBERS, FEW_NUMBERS, HUGE_NUMBERS],
    "robust.v1": [NUMBERS, FEW_NUMBERS, HUGE_NUMBERS],
    "bins.v1": [NUMBERS, FEW_NUMBERS, HUGE_NUMBERS],
    "numeric.v1": [NUMBERS, FEW_NUMBERS, HUGE_NUMBERS],
    "onehot.v1": [CATEGORIES, MANY_CATEGORIES],
    "codes.v1": [CATEGORIES, MANY_CATEGORIES],
    "target.v1": [CATEGORIES, MANY_CATEGORIES],
    "hashed.v1": [CATEGORIES, MANY_CATEGORIES],
    "calendar.v1": [DATES],
    "ngrams.v1": [_texts(12), _texts(60), _texts(150)],
    "ngrams.v2": [_texts(12), _texts(60), _texts(150)],
    "chars.v1": [_texts(12)],
    "words.v1": [_texts(12)],
    "words.v2": [_texts(12)],
    "blank.v1": [_texts(12), NUMBERS, DATES, CATEGORIES, [b"a picture", None, b"", b"\x89PNG"]],
}


def test_every_encoder_is_checked() -> None:
    apart = {"sentences.v1"}  # tests/features/test_sentences.py: it needs an extra, and a model
    assert COLUMNS.keys() | apart == ENCODERS.keys()


@pytest.mark.parametrize(("name", "column"), [(name, each) for name, columns in COLUMNS.items() for each in columns])
def test_it_keeps_its_promises(name: str, column: Column) -> None:
    check_encoder(encoder(name), column)
