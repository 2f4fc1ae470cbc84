from __future__ import annotations

import numpy as np

from ratchet.models.huggingface.batches import drawn, epoch, held_out


def test_every_row_is_learned_from_once_an_epoch_beside_rows_of_its_length() -> None:
    lengths = np.arange(1000) % 97
    batches = epoch(lengths, 10, seed=1, number=0)
    assert sorted(np.concatenate(batches).tolist()) == list(range(1000))
    assert max(int(lengths[each].max() - lengths[each].min()) for each in batches) < 20
    again, next_one = epoch(lengths, 10, seed=1, number=0), epoch(lengths, 10, seed=1, number=1)
    assert [each.tolist() for each in again] == [each.tolist() for each in batches]
    assert [each.tolist() for each in next_one] != [each.tolist() for each in batches]


def test_a_share_of_every_class_is_held_out_and_of_a_single_row_none() -> None:
    labels = np.array([0] * 50 + [1] * 20 + [2], dtype=np.int32)
    learn, held = held_out(labels, 0.1, 3)
    assert np.bincount(labels[held], minlength=3).tolist() == [5, 2, 0]
    assert sorted([*learn, *held]) == list(range(71))


def test_groups_are_never_parted() -> None:
    groups = np.arange(60, dtype=np.int64) // 3
    learn, held = held_out(np.zeros(60, dtype=np.int32), 0.2, 3, groups)
    assert len(held) == 12
    assert not set(groups[learn]) & set(groups[held])


def test_another_chunk_of_a_long_text_is_drawn_each_epoch() -> None:
    chunks = [[[1], [2], [3]], [[4]]]
    seen = [drawn(chunks, seed=0, number=number) for number in range(20)]
    assert {each[0][0] for each in seen} == {1, 2, 3}
    assert {each[1][0] for each in seen} == {4}
