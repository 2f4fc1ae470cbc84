"""Rows of texts that were read lately."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Thread

import numpy as np

from ratchet.arrays import Floats32
from ratchet.features.seen import Seen


class Reader:
    """Notes what it is asked to read."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, texts: Sequence[str]) -> Floats32:
        self.asked += texts
        return np.array([[len(each), hash(each) % 97] for each in texts], dtype=np.float32)


def test_each_text_is_read_once_and_rows_stand_where_they_were_asked() -> None:
    seen, reader = Seen(1_000), Reader()
    first = seen.rows("a", ["x", "yy", "x"], reader)
    again = seen.rows("a", ["yy", "zzz", "x"], reader)
    assert reader.asked == ["x", "yy", "zzz"]
    assert (first[:, 0].tolist(), again[:, 0].tolist()) == ([1, 2, 1], [2, 3, 1])
    assert np.array_equal(again, Reader()(["yy", "zzz", "x"]))


def test_another_reader_has_rows_of_its_own() -> None:
    seen, reader = Seen(1_000), Reader()
    seen.rows("a", ["x"], reader)
    seen.rows("b", ["x"], reader)
    assert reader.asked == ["x", "x"]


def test_those_not_asked_for_longest_go_first() -> None:
    seen, reader = Seen(2 * 8), Reader()  # two rows of two numbers
    for texts in (["x"], ["y"], ["x"], ["z"], ["x"], ["y"]):
        seen.rows("a", texts, reader)
    assert reader.asked == ["x", "y", "z", "y"]
    whole = seen.rows("a", list("abcdef"), reader)
    assert len(whole) == 6, "more than are kept are answered all the same"


def test_threads_may_share_it() -> None:
    seen, wrong = Seen(50 * 8), list[str]()

    def ask(first: int) -> None:
        for turn in range(200):
            texts = [str((first + turn * step) % 90) for step in range(20)]
            if not np.array_equal(seen.rows("a", texts, Reader()), Reader()(texts)):
                wrong.append(texts[0])

    threads = [Thread(target=ask, args=(first,)) for first in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert not wrong
