from __future__ import annotations

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from ratchet.features.tokens import hashes, tokens, words

texts = st.lists(st.one_of(st.none(), st.text(), st.text(alphabet="aB1 _!?.\n😀☀é漢İ")), max_size=8)


@given(texts)
@example(["İ a", "a" * 300, "!?a!", "", None, "x"])
@example(["\ud800 lone", "a\nb"])
def test_many_texts_have_the_words_of_each(column: list[str | None]) -> None:
    found = tokens(column)
    assert found.counts.tolist() == [len(words(text)) for text in column]
    assert found.spelled(np.arange(len(found.starts))) == [word for text in column for word in words(text)]


@given(texts)
def test_equal_words_and_only_those_have_equal_hashes(column: list[str | None]) -> None:
    found = tokens(column)
    spelled = found.spelled(np.arange(len(found.starts)))
    pairs = set(zip(spelled, hashes(found).tolist(), strict=True))
    assert len(pairs) == len(set(spelled)) == len({each for _, each in pairs})


def test_a_hash_does_not_depend_on_the_place() -> None:
    alone = dict(zip(["word", "longer" * 40], hashes(tokens(["word " + "longer" * 40])).tolist(), strict=True))
    found = tokens(["x", "and " * 30 + "word", None, "longer" * 40 + "!word"])
    everywhere = dict(zip(found.spelled(np.arange(len(found.starts))), hashes(found).tolist(), strict=True))
    assert everywhere["word"] == alone["word"]
    assert everywhere["longer" * 40] == alone["longer" * 40]


def test_more_texts_than_are_taken_at_once() -> None:
    column = [f"number {number} !!" for number in range(4_500)]
    found = tokens(column)
    assert found.counts.tolist() == [3] * 4_500
    assert found.spelled(np.array([1, 3 * 4_499 + 1])) == ["0", "4499"]
