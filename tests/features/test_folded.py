from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ratchet.features import folded as module
from ratchet.features.encoder import Columns
from ratchet.features.folded import FoldedGrams, folded
from ratchet.features.grams import Grams
from ratchet.features.matrix import densified
from ratchet.features.table import TableEncoder
from ratchet.kinds.kind import Kind

WORDS = ["good", "bad", "film", "très", "bon", ":)", "!!", "😀", "of", "the", "किताब"]


def texts(words: int, count: int = 60) -> list[str | None]:
    rng = np.random.default_rng(words)
    return [" ".join(rng.choice(WORDS, words)) for _ in range(count)]


LEARNED = {words: Grams().fit(texts(words)) for words in (8, 60, 150)}
ASKED = st.lists(
    st.one_of(st.none(), st.text(alphabet="gobd film!?😀:)é", max_size=30), st.sampled_from(texts(60))),
    min_size=1,
    max_size=5,
)


def weights(encoder: Grams, columns: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(encoder.widths[1], columns)).astype(np.float32)


@pytest.mark.parametrize("words", LEARNED)
@pytest.mark.parametrize("columns", [1, 3])
@settings(max_examples=40, deadline=None)
@given(asked=ASKED)
def test_sums_are_those_of_the_cells_and_the_same_alone(words: int, columns: int, asked: list[str | None]) -> None:
    encoder = LEARNED[words]
    scores = folded(encoder, by := weights(encoder, columns))
    assert scores is not None
    found = scores(asked)
    expected = densified(encoder.transform(asked), 0, len(asked)).astype(np.float64) @ by
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert np.array_equal(np.concatenate([scores([text]) for text in asked]), found)
    again = folded(encoder, by)
    assert again is not None
    assert np.array_equal(again(asked[::-1]), found[::-1])


def test_threads_share_it() -> None:
    encoder = LEARNED[8]
    scores = folded(encoder, weights(encoder, 3))
    assert scores is not None
    asked = [*texts(8), "never seen words"]
    expected = scores(asked)
    fresh = folded(encoder, weights(encoder, 3))
    assert fresh is not None
    found: list[bool] = []
    threads = [
        threading.Thread(
            target=lambda: found.append(np.array_equal(np.concatenate([fresh([x]) for x in asked]), expected))
        )
        for _ in range(8)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert found == [True] * 8


def test_a_table_is_folded_where_all_its_sparse_outputs_are() -> None:
    columns: Columns = {"a": texts(8), "b": texts(8)[::-1], "n": np.arange(60.0)}
    kinds = {"a": Kind.TEXT, "b": Kind.TEXT, "n": Kind.NUMBER}
    table = TableEncoder.fit(columns, kinds, {"a": "ngrams.v2", "n": "standard.v1", "b": "ngrams.v2"})
    dense, sparse = table.widths
    by = np.random.default_rng(0).normal(size=(sparse, 2)).astype(np.float32)
    scores = table.folded(by)
    assert scores is not None
    found_dense, found = scores(columns)
    whole = densified(table.transform(columns), 0, 60)
    assert np.array_equal(found_dense, whole[:, :dense])
    np.testing.assert_allclose(found, whole[:, dense:].astype(np.float64) @ by, atol=1e-4)
    other = TableEncoder.fit(columns, kinds, {"a": "ngrams.v2", "b": "ngrams.v1"})
    assert other.folded(np.zeros((other.widths[1], 2), dtype=np.float32)) is None
    assert TableEncoder.fit(columns, kinds, {"n": "standard.v1"}).folded(by[:0]) is None


def test_unknown_words_are_remembered_up_to_a_number_of_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REMEMBERED", 1_000)
    scores = folded(LEARNED[8], by := weights(LEARNED[8], 3))
    assert isinstance(scores, FoldedGrams)
    assert scores._letters is not None
    asked = [f"good {number:0100d} film {number // 2:020d}" for number in range(200)]
    found = np.concatenate([scores([text]) for text in asked])
    again = folded(LEARNED[8], by)
    assert again is not None
    assert np.array_equal(found, again(asked))
    assert 1 < sum(map(len, scores._letters._remembered)) <= 1_000 + 120
