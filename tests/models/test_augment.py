"""Copies of rows to learn from: what is changed, that labels stay, and that no scored row is copied."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from ratchet.errors import SpecError
from ratchet.features.encoder import Columns, Target
from ratchet.kinds.kind import Kind
from ratchet.models import augment
from ratchet.models.augment import WAYS, copies
from ratchet.models.family import LabelledRows, Shape
from ratchet.models.learner import learner
from ratchet.models.recipe import Recipe
from ratchet.spec import CandidateSpec
from ratchet.training.fixed import fixed_params

KINDS = {"note": Kind.TEXT, "age": Kind.NUMBER}


def rows(count: int = 300) -> LabelledRows:
    """Two hundred words in groups of four that stand for one another: each text has one of three groups."""
    random = np.random.default_rng(3)
    labels = (np.arange(count) % 2).astype(np.int32)
    groups = random.integers(0, 25, (count, 3))
    texts: list[str | None] = [
        " ".join(f"g{group}w{random.integers(0, 4)}" for group in line for _ in range(3)) for line in groups
    ]
    texts[4], texts[5] = None, "one"
    columns: Columns = {"note": texts, "age": np.arange(count, dtype=np.float64)}
    return LabelledRows(columns=columns, kinds=KINDS, target=Target(labels, 2))


@pytest.mark.parametrize("way", WAYS)
def test_a_copy_is_a_little_other_and_keeps_all_else(way: str) -> None:
    told = rows()
    made = copies(told, [way], seed=1)
    assert np.array_equal(made.target.labels, told.target.labels)
    assert np.array_equal(np.asarray(made.columns["age"]), np.asarray(told.columns["age"]))
    assert made.columns["note"][4] is None
    assert made.columns["note"][5] == "one"
    pairs = [(a.split(), b.split()) for a, b in zip(told.columns["note"], made.columns["note"], strict=True) if a]
    changed = [(a, b) for a, b in pairs if a != b]
    assert len(changed) > 0.3 * len(pairs)
    for before, after in changed:
        if way == "drop":
            assert len(after) == len(before) - 1
        elif way == "swap":
            assert sorted(after) == sorted(before)
        else:
            assert sum(a != b for a, b in zip(before, after, strict=True)) == 1


def test_synonyms_are_words_that_stand_among_the_same_words() -> None:
    made = copies(rows(2_000), ["synonyms"], seed=1)
    kept = [
        re.sub(r"w\d", "", a) == re.sub(r"w\d", "", b)
        for a, b in zip(rows(2_000).columns["note"], made.columns["note"], strict=True)
        if a and a != b
    ]
    assert len(kept) > 500
    assert np.mean(kept) > 0.9


def test_the_same_seed_makes_the_same_copies() -> None:
    one, two, other = (copies(rows(), list(WAYS), seed=seed).columns["note"] for seed in (1, 1, 2))
    assert list(one) == list(two)
    assert list(one) != list(other)
    assert len(one) == 900


def test_a_copy_is_of_the_group_of_its_row() -> None:
    """A family that keeps rows out to see when to stop must not learn from copies of those."""
    assert copies(rows(40), ["drop", "swap"], seed=1).groups is None
    groups = np.arange(40) // 2
    told = LabelledRows(columns=rows(40).columns, kinds=KINDS, target=rows(40).target, groups=groups)
    assert np.array_equal(np.asarray(copies(told, ["drop", "swap"], seed=1).groups), np.tile(groups, 2))


def test_only_rows_learned_from_are_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    real = augment.copies

    def watched(told: LabelledRows, ways: Sequence[str], seed: int) -> LabelledRows:
        seen.append(told)
        return real(told, ways, seed)

    monkeypatch.setattr(augment, "copies", watched)
    recipe, learned, asked = Recipe.plan("linear.v1", KINDS), np.arange(200), np.arange(200, 300)
    params = {"C": 1.0, "class_weight": "none", "loss": "log", "scaling": "none"}
    made = learner(recipe, rows())
    plain = made.answered(asked, learned, params, seed=0)[0]
    assert not seen
    changed = made.answered(asked, learned, {**params, "augment": ["drop", "swap"]}, seed=0)[0]
    assert [list(each.columns["age"]) for each in seen] == [list(range(200))]
    assert changed.shape == plain.shape
    assert not np.array_equal(changed, plain)


def test_a_spec_may_ask_for_it_where_there_are_texts() -> None:
    asked = CandidateSpec(family="linear.v1", params={"augment": ["drop"]})
    assert fixed_params([asked], Shape(rows=10, classes=2)) == [{"augment": ["drop"]}]
    with pytest.raises(SpecError) as raised:
        fixed_params([CandidateSpec(family="linear.v1", params={"augment": ["shout"]})], Shape(rows=10, classes=2))
    assert "a list of drop, swap, synonyms" in str(raised.value.problems)
    with pytest.raises(SpecError, match="sees no text to augment"):
        Recipe.plan("linear.v1", {"age": Kind.NUMBER}, params={"augment": ["drop"]})
