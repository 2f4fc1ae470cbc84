from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ratchet.features.matrix import densified, to_scipy
from ratchet.features.ngrams import NGrams
from ratchet.features.tokens import words
from ratchet.testing.matrices import check_equal

TEXTS = ["good film", "bad film", "not a good film at all", "never bad", "good good good"] * 30


def test_cells_are_those_of_scikit_learn() -> None:
    from sklearn.feature_extraction.text import TfidfVectorizer

    long = [" ".join([text, f"w{number % 7}"] * 12) for number, text in enumerate(TEXTS)]
    ours = NGrams(pieces=False).fit(long)
    theirs = TfidfVectorizer(analyzer=words, min_df=2, sublinear_tf=True, norm=None).fit(long)
    cells, names = to_scipy(ours.transform(long)).toarray(), list(ours.names())
    expected = theirs.transform(long).toarray()
    columns = [names.index(f"has '{word}'") for word in theirs.get_feature_names_out()]
    ratios = cells[:, columns][expected > 0] / expected[expected > 0]
    rows = np.nonzero(expected)[0]
    for row in range(0, len(long), 40):  # one length for all of a row, as pairs are in it too
        np.testing.assert_allclose(ratios[rows == row], ratios[rows == row][0], rtol=1e-5)


def test_each_part_of_a_row_has_unit_length() -> None:
    encoder = NGrams().fit(TEXTS)
    cells = densified(encoder.transform(["good film", "unheard-of words", ""]), 0, 3)
    kinds = np.array(["piece" in name for name in encoder.names()])
    lengths = np.sqrt((cells**2).sum(axis=1))
    np.testing.assert_allclose(np.sqrt((cells[0, ~kinds] ** 2).sum()), 1.0, rtol=1e-4)
    assert lengths[2] == 0


def test_the_order_of_words_is_heard() -> None:
    encoder = NGrams(pieces=False).fit(TEXTS)
    one, other = (densified(encoder.transform([text]), 0, 1)[0] for text in ("film good", "good film"))
    assert not np.array_equal(one, other)


def test_rare_words_speak_through_their_pieces() -> None:
    texts = [f"{stem}ation number{number}" for number, stem in enumerate(["loc", "vac", "st", "rel", "d"] * 40)]
    encoder = NGrams().fit(texts)
    known, unseen = (densified(encoder.transform([text]), 0, 1)[0] for text in ("location", "dedication"))
    assert np.count_nonzero(known * unseen) >= 3
    silent = NGrams(pieces=False).fit(texts)
    assert not densified(silent.transform(["dedication"]), 0, 1).any()


@given(st.lists(st.one_of(st.none(), st.text(alphabet="abé漢 !?😀\n", max_size=40)), min_size=1, max_size=6))
@settings(max_examples=60)
@pytest.mark.parametrize("repeats", [1, 12, 50])
def test_alone_and_together_are_bit_equal(repeats: int, column: list[str | None]) -> None:
    encoder = NGrams().fit([" ".join([text] * repeats) for text in ["a b ab abé", "é漢 ba b!", "a aa 😀"] * 4])
    whole = encoder.transform(column)
    for row, text in enumerate(column):
        alone = encoder.transform([text])
        assert whole.sparse is not None
        part = slice(int(whole.sparse.indptr[row]), int(whole.sparse.indptr[row + 1]))
        cells = sorted(zip(whole.sparse.indices[part].tolist(), whole.sparse.values[part].tolist(), strict=True))
        assert alone.sparse is not None
        assert cells == sorted(zip(alone.sparse.indices.tolist(), alone.sparse.values.tolist(), strict=True))


def test_what_is_remembered_changes_nothing() -> None:
    encoder, fresh = NGrams().fit(TEXTS), NGrams().fit(TEXTS)
    for number in range(300):
        encoder.transform([f"unheard{number} of{number % 11} film"])
    check_equal(encoder.transform(["unheard7 of3 film"]), fresh.transform(["unheard7 of3 film"]), "after many others")


def test_a_large_one_loads_fast() -> None:
    random = np.random.default_rng(0)
    texts = [" ".join(f"w{word}" for word in random.integers(0, 40_000, 60)) for _ in range(4_000)]
    state = NGrams().fit(texts).state()
    assert len(state.arrays["weights"]) > 30_000
    began = time.process_time()
    NGrams.from_state(state)
    assert time.process_time() - began < 1.0  # a tenth of that here; the bench gives the figure
