from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from numpy.random import Generator

from ratchet.arrays import Ints
from ratchet.data.near.texts import alike_texts

WORDS = [f"w{number}" for number in range(3_000)]


def groups(texts: Sequence[str]) -> Ints:
    return alike_texts(pl.Series(texts))[0]


def written(rng: Generator, words: int) -> str:
    return " ".join(rng.choice(WORDS, words))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("words", [8, 12, 18])
def test_texts_of_one_template_are_one_group(seed: int, words: int) -> None:
    rng = np.random.default_rng(seed)
    templates = [written(rng, words) for _ in range(40)]
    texts = [f"{rng.choice(WORDS)}, {rng.integers(1_000, 9_999)}: {each}" for each in templates * 12]
    found = groups(texts).reshape(12, 40)
    assert (found == found[0]).mean() > 0.99
    assert len(np.unique(found[0])) == 40


def test_templates_are_found_among_other_texts() -> None:
    rng = np.random.default_rng(0)
    template = written(rng, 18)
    texts = [f"{rng.choice(WORDS)} {number}: {template}" for number in range(200)]
    found = groups(texts + [written(rng, 18) for _ in range(800)])
    assert len(np.unique(found[:200])) == 1
    assert len(np.unique(found)) == 801


@pytest.mark.parametrize("seed", range(4))
def test_texts_that_are_alike_in_every_degree_are_told_apart(seed: int) -> None:
    rng = np.random.default_rng(seed)
    texts = []
    for words in [written(rng, 20).split() for _ in range(40)] * 12:
        other = rng.random(20) < rng.uniform(0.1, 0.7)
        texts.append(" ".join(np.where(other, rng.choice(WORDS, 20), words)))
    assert len(np.unique(groups(texts))) > 400


def test_a_word_of_a_short_text_turns_it_round() -> None:
    rng = np.random.default_rng(0)
    films = [written(rng, 5) for _ in range(100)]
    texts = [f"{film} {word}" for film in films for word in ("good", "bad", "dull")]
    assert len(np.unique(groups(texts))) == 300


@pytest.mark.parametrize(
    ("name", "column", "found"),
    [("tweeteval_sentiment.parquet", "text", 59_551), ("rakuten_fr_products_sample.parquet", "text", 4_097)],
)
def test_what_people_write_has_no_templates(
    name: str, column: str, found: int, real_data: Callable[[str], Path]
) -> None:
    texts = pl.read_parquet(real_data(name))[column]
    assert len(np.unique(groups(texts.to_list()))) == found
