from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ratchet.features.encoder import Columns, pick
from ratchet.features.profile import BINS, VALUES, Histogram, Profile, Texts, Values
from ratchet.kinds.kind import Kind
from ratchet.testing.matrices import through_disk

KINDS = {
    "age": Kind.NUMBER, "day": Kind.DATE, "plan": Kind.CATEGORY, "note": Kind.TEXT, "face": Kind.IMAGE,
}  # fmt: skip


def rows(count: int, seed: int = 0) -> tuple[Columns, Any, Any]:
    random = np.random.default_rng(seed)
    age = random.normal(size=count)
    age[::10] = np.nan
    day = np.datetime64("2024-01-01", "us") + random.integers(0, 300, count) * np.timedelta64(1, "D")
    day[::5] = np.datetime64("NaT")
    columns: Columns = {
        "age": age,
        "day": day,
        "plan": [None if draw == 3 else f"plan {draw}" for draw in random.integers(0, 4, count)],
        "note": [None if at % 7 == 0 else " ".join(f"w{w}" for w in random.integers(0, 50, 5)) for at in range(count)],
        "face": [None if at % 2 else b"x" * (at % 9) for at in range(count)],
    }
    return columns, random.dirichlet(np.ones(3), count), random.integers(0, 3, count).astype(np.int32)


def test_numbers_are_counted_between_quantiles_of_the_reference() -> None:
    values = np.append(np.random.default_rng(0).normal(size=10_000), [np.nan] * 50)
    made = Histogram.of(values)
    assert len(made.counts) == BINS
    assert made.missing == 50
    assert made.counts.sum() == 10_000
    assert made.counts.min() >= 90
    assert made.counts.max() <= 110
    moved = made.counted(values + 10)
    assert moved.counts[-1] == 10_000


@pytest.mark.parametrize("values", [[], [np.nan], [1.0, 1.0], [np.inf, -np.inf, 0.0]])
def test_little_to_count_is_counted(values: list[float]) -> None:
    made = Histogram.of(np.array(values, dtype=np.float64))
    assert made.counts.sum() + made.missing == len(values)


def test_values_are_counted_by_name_the_rare_and_the_new_together() -> None:
    made = Values.of([f"v{at}" for at in range(VALUES + 5)] + ["v0", None])
    assert (made.counts["v0"], made.other, made.missing) == (2, 5, 1)
    window = made.counted(["v0", "never seen", None, None])
    assert (window.counts["v0"], window.other, window.missing) == (1, 1, 2)


def test_unknown_words_are_counted_as_new_texts_would() -> None:
    texts = [f"common words {at}" for at in range(400)]
    made = Texts.of(texts)
    assert made.words == 600, "half of the texts say which words are known, the other half are counted"
    assert made.unknown == 200, "a word that stands in one text only is as unknown as it will be"
    strange = made.counted(["quite other things", None])
    assert (strange.unknown, strange.words, strange.lengths.missing) == (3, 3, 1)


def test_windows_counted_apart_and_merged_are_the_whole() -> None:
    columns, answers, labels = rows(900)
    reference = Profile.of(columns, KINDS, answers, labels)
    parts = [np.arange(0, 300), np.arange(300, 900)]
    counted = [reference.counted(pick(columns, part), answers[part], labels[part]) for part in parts]
    one, other = counted[0].merged(counted[1]), counted[1].merged(counted[0])
    whole = reference.counted(columns, answers, labels)
    assert one.rows == whole.rows == 900
    assert one.true.tolist() == whole.true.tolist() == other.true.tolist()
    np.testing.assert_allclose(one.answered, whole.answered)
    assert one.confidence.counts.tolist() == whole.confidence.counts.tolist()
    for name in KINDS:
        assert repr(one.columns[name]) == repr(whole.columns[name]) == repr(other.columns[name])


def test_a_profile_survives_the_disk_and_counts_as_before() -> None:
    columns, answers, labels = rows(500)
    made = Profile.of(columns, KINDS, answers, labels)
    back = Profile.from_state(through_disk(made.state()))
    assert repr(back) == repr(made)
    window = rows(100, seed=1)
    assert repr(back.counted(*window)) == repr(made.counted(*window))


def test_its_size_does_not_grow_with_the_rows() -> None:
    def size(count: int) -> int:
        columns, answers, labels = rows(count)
        state = Profile.of(columns, KINDS, answers, labels).state()
        return sum(array.nbytes for array in state.arrays.values()) + len(repr(state.meta))

    assert size(8_000) < 1.1 * size(2_000)
