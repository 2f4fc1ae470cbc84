"""The identity of what is learned: what changes it, and what never does."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ratchet.kinds.kind import FEATURES
from ratchet.spec import Gate, Search, Section, Serve, Spec, load, parse

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "specs.json").read_text(encoding="utf-8"))
SMALL: dict[str, Any] = {
    "name": "reviews",
    "label": "sentiment",
    "columns": {"text": "text", "stars": "number"},
    "candidates": [{"family": "linear.v1"}],
}


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: golden["what"])
def test_hashes_stay_for_ever(golden: dict[str, Any]) -> None:
    assert parse(golden["spec"]).learning_hash == golden["learning_hash"]


def test_what_is_only_operated_otherwise_has_the_same_hash_and_nothing_else_has() -> None:
    hashes = {golden["what"]: golden["learning_hash"] for golden in GOLDEN}
    assert hashes.pop("operated otherwise") == hashes["the least there is"]
    assert hashes.pop("an ignored column more") == hashes["the least there is"]
    assert len(set(hashes.values())) == len(hashes)


class Monitor(Section):
    every: float = 7200.0


class Watched(Spec):
    monitor: Monitor = Monitor()
    retrain: tuple[Monitor, ...] = ()


class KeenGate(Gate):
    worth_usd: float | None = 3.0


class KeenServe(Serve):
    threshold: float = 0.5


class KeenSearch(Search):
    pruning: bool = True


class Keen(Spec):
    search: KeenSearch = KeenSearch()
    gate: KeenGate = KeenGate()
    serve: KeenServe = KeenServe()


@pytest.mark.parametrize("release", [Watched, Keen])
@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: golden["what"])
def test_sections_and_keys_added_with_defaults_change_no_hash(release: type[Spec], golden: dict[str, Any]) -> None:
    assert release.model_validate(golden["spec"]).learning_hash == golden["learning_hash"]


def test_only_an_added_key_of_learning_that_is_set_changes_the_hash() -> None:
    small = parse(SMALL).learning_hash
    operated: dict[str, Any] = {"gate": {"worth_usd": 1}, "serve": {"threshold": 0.9}}
    assert Watched.model_validate(SMALL | {"monitor": {"every": 60}}).learning_hash == small
    assert Keen.model_validate(SMALL | operated).learning_hash == small
    assert Keen.model_validate(SMALL | {"search": {"pruning": False}}).learning_hash != small


names = st.text(st.characters(exclude_characters="\0"), min_size=1, max_size=6)
shares = st.floats(0, 1)
OPERATED = st.fixed_dictionaries(
    {},
    optional={
        "name": st.from_regex(r"[a-z][a-z0-9_-]{0,20}", fullmatch=True),
        "ignored": st.sets(names.map("ignored {}".format), max_size=3),
        "labels": st.dictionaries(names, names, max_size=3),
        "serve": st.fixed_dictionaries({}, optional={"top": st.integers(1, 9), "coverage": st.floats(0, 0.99)}),
        "gate": st.fixed_dictionaries(
            {},
            optional={
                "floor": shares,
                "confidence": st.floats(0.5, 0.99),
                "rule": st.sampled_from(["better", "no_worse"]),
                "margin": shares,
                "p99_ms": st.floats(0.1, 1e6),
                "bundle_mb": st.floats(0.1, 1e6),
                "slices": st.lists(names, max_size=3),
            },
        ),
    },
)


@given(st.sampled_from(GOLDEN), OPERATED)
def test_changing_anything_operational_never_changes_the_hash(golden: dict[str, Any], change: dict[str, Any]) -> None:
    metric = golden["spec"].get("gate", {}).get("metric", "macro_f1")
    changed = golden["spec"] | change
    changed["columns"] = golden["spec"]["columns"] | dict.fromkeys(changed.pop("ignored", ()), "ignore")
    changed["gate"] = {**changed.get("gate", {}), "metric": metric}
    assert parse(changed).learning_hash == golden["learning_hash"]


kinds = st.sampled_from(FEATURES)
families = st.sampled_from(["linear.v1", "boosted.v1", "mine.v1"])
candidates = st.lists(
    st.fixed_dictionaries(
        {"family": families},
        optional={
            "params": st.dictionaries(names, st.one_of(st.integers(), st.floats(0, 9), names), min_size=1, max_size=2),
            "encoders": st.dictionaries(kinds, names, min_size=1, max_size=2),
        },
    ),
    min_size=1,
    max_size=3,
)
LEARNED = st.fixed_dictionaries(
    {"columns": st.dictionaries(st.sampled_from(list("abcd")), kinds, min_size=1)},
    optional={
        "label": st.sampled_from(["sentiment", "mood"]),
        "candidates": candidates,
        "gate": st.fixed_dictionaries({"metric": st.sampled_from(["accuracy", "brier"])}),
        "search": st.fixed_dictionaries({}, optional={"trials": st.integers(1, 99), "folds": st.integers(2, 9)}),
        "split": st.fixed_dictionaries({}, optional={"holdout": st.floats(0, 0.5), "seed": st.integers(-9, 9)}),
        "ingest": st.fixed_dictionaries({}, optional={"max_bad": shares, "max_classes": st.integers(2, 99)}),
    },
)


def learned(spec: Spec) -> list[Any]:
    """What a spec says of learning, spelled out whole, apart from `Spec.learning`."""
    whole = spec.model_dump(mode="json", exclude={"name", "labels", "serve", "gate"})
    return [whole, spec.gate.metric]


@given(LEARNED, LEARNED)
def test_changing_anything_learned_changes_the_hash(one: dict[str, Any], other: dict[str, Any]) -> None:
    first, second = parse(SMALL | one), parse(SMALL | other)
    assert (first.learning_hash == second.learning_hash) == (learned(first) == learned(second))


def shuffled(value: Any, chance: random.Random) -> Any:
    if isinstance(value, dict):
        keys = list(value)
        chance.shuffle(keys)
        return {key: shuffled(value[key], chance) for key in keys}
    return [shuffled(each, chance) for each in value] if isinstance(value, list) else value


@given(st.sampled_from(GOLDEN), st.randoms(use_true_random=False))
def test_neither_key_order_nor_spelled_out_defaults_count(golden: dict[str, Any], chance: random.Random) -> None:
    spelled_out = shuffled(json.loads(parse(golden["spec"]).model_dump_json()), chance)
    assert parse(spelled_out).learning_hash == golden["learning_hash"]


def test_formatting_does_not_count(tmp_path: Path) -> None:
    tidy, messy = tmp_path / "a.toml", tmp_path / "b.toml"
    tidy.write_text('name = "r"\nlabel = "y"\n[columns]\nx = "text"\n[[candidates]]\nfamily = "linear.v1"\n')
    messy.write_text('# hello\nlabel="y"\nname  =  \'r\'\ncolumns = {x = "text"}\ncandidates=[{family="linear.v1"}]')
    assert load(tidy).learning_hash == load(messy).learning_hash


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("C = 1", "C = 1.0", True),
        ("steps = [{a = 2, b = 0.5}]", "steps = [{b = 0.5, a = 2.0}]", True),
        ("C = 1", "C = 1.5", False),
        ("C = 1", "C = true", False),
        ("C = 1", 'C = "1"', False),
        ("seed = 9007199254740993", "seed = 9007199254740992.0", False),
    ],
)
def test_equal_parameters_are_one_however_they_are_written(tmp_path: Path, one: str, other: str, equal: bool) -> None:
    hashes = []
    for params in (one, other):
        path = tmp_path / "ratchet.toml"
        head = 'name = "r"\nlabel = "y"\n[columns]\nx = "text"\n[[candidates]]\nfamily = "linear.v1"\n'
        path.write_text(f"{head}[candidates.params]\n{params}\n")
        hashes.append(load(path).learning_hash)
    assert (hashes[0] == hashes[1]) is equal
