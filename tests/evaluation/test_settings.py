"""Which settings mattered: what moves the score gets the share, what does not gets none."""

from __future__ import annotations

from typing import Any

import numpy as np

from ratchet.evaluation.settings import setting_shares


def _trials(count: int = 40, family: str = "linear.v1") -> list[dict[str, Any]]:
    """The score follows ``C`` alone; ``loss`` is as it falls, ``scaling`` always the same."""
    rng = np.random.default_rng(0)
    return [
        {
            "family": family,
            "params": {"C": c, "loss": str(rng.choice(["hinge", "log"])), "scaling": "none"},
            "score": 0.7 + 0.1 * np.log10(c),
        }
        for c in 10 ** rng.uniform(-2, 2, count)
    ]


def test_what_moves_the_score_gets_the_share() -> None:
    found = {each.setting: each for each in setting_shares(_trials())}
    assert found.keys() == {"C", "loss"}
    assert found["C"].share > 0.9
    assert found["loss"].share < 0.05
    assert found["C"].trials == 40


def test_a_text_setting_matters_too() -> None:
    trials = [{**each, "score": 0.9 if each["params"]["loss"] == "log" else 0.6} for each in _trials()]
    assert setting_shares(trials)[0].setting == "loss"


def test_little_is_not_made_much_of() -> None:
    assert setting_shares(_trials(7)) == ()
    assert setting_shares([{**each, "score": None} for each in _trials()]) == ()
    assert setting_shares([{**each, "score": 0.7} for each in _trials()]) == ()
    families = {each.family for each in setting_shares([*_trials(), *_trials(5, "boosted.v1")])}
    assert families == {"linear.v1"}


def test_many_trials_are_drawn_from_and_the_same_trials_give_the_same_shares() -> None:
    found = setting_shares(_trials(600))
    assert found[0].trials == 500
    assert found == setting_shares(_trials(600))
