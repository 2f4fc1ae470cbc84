"""The default encoder of texts: words and runs of words of every script, and letters where texts are short."""

from __future__ import annotations

import numpy as np
import pytest

from ratchet.features.grams import Grams
from ratchet.features.matrix import to_scipy
from ratchet.features.scripts import words

WORDS = ["good", "bad", "film", "très", "bon", ":)", "!!", "😀", "of", "the", "किताब"]


def _texts(length: int) -> list[str]:
    chance = np.random.default_rng(0)
    return [" ".join(chance.choice(WORDS, length)) for _ in range(80)]


@pytest.mark.parametrize(("length", "counted"), [(10, False), (60, True), (120, True)])
def test_cells_of_words_are_those_of_scikit_learn(length: int, counted: bool) -> None:
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = _texts(length)
    made = Grams().fit(texts)
    cells, names = to_scipy(made.transform(texts)), list(made.names())
    theirs = TfidfVectorizer(analyzer=words, min_df=2, sublinear_tf=counted, norm=None).fit(texts)
    expected = theirs.transform(texts).toarray()
    columns = [names.index(f"has '{word}'") for word in theirs.get_feature_names_out()]
    own = np.asarray(cells[:, columns].todense())
    ratios = np.divide(own, expected, out=np.full_like(expected, np.nan), where=expected > 0)
    spread = np.nanmax(ratios, axis=1) / np.nanmin(ratios, axis=1)  # one length for all cells of a row
    np.testing.assert_allclose(spread, 1.0, rtol=1e-5)
    stored = made.transform(texts).sparse
    assert stored is not None
    of_letters = np.array(["letters" in name for name in names])[stored.indices]
    parts = np.repeat(np.arange(len(texts)), np.diff(stored.indptr)) * 2 + of_letters
    lengths = np.sqrt(np.bincount(parts, stored.values.astype(np.float64) ** 2))
    np.testing.assert_allclose(lengths[lengths > 0], 1.0, rtol=1e-3)  # of words and runs, and of letters


@pytest.mark.parametrize(("length", "letters", "threes"), [(10, True, False), (60, True, False), (120, False, True)])
def test_short_texts_have_letters_and_long_ones_runs_of_three(length: int, letters: bool, threes: bool) -> None:
    names = Grams().fit(_texts(length)).names()
    kinds = {name.partition(" of group")[0].partition(" '")[0] for name in names}
    assert {"has", "has a pair"} <= kinds
    assert ("has a run of three" in kinds) is threes
    assert ("has letters" in kinds) is letters
