"""What holds only on rows that were asked before is held."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ratchet.arrays import Bools
from ratchet.gate.decide import decide
from ratchet.gate.evidence import Evidence
from tests.gate.scenes import check, evidence, passed


def _last(share: float, rows: int = 2_000) -> Bools:
    return np.arange(rows) >= rows * (1 - share)


def _better_on_asked_rows_only(fresh: Bools) -> Evidence:
    found = evidence(fresh=fresh)
    assert found.champion is not None
    return replace(found, challenger=np.where(fresh[:, None], found.champion, found.challenger))


def test_better_on_asked_and_fresh_rows_is_promoted() -> None:
    decision = decide(evidence(fresh=_last(0.4)))
    assert decision.outcome == "promote"
    assert check(decision, "fresh").passed
    assert "800 rows never asked before" in check(decision, "fresh").sentence


def test_better_on_asked_rows_only_is_held() -> None:
    decision = decide(_better_on_asked_rows_only(_last(0.4)))
    assert decision.outcome == "hold"
    assert passed(decision)["better"], "all rows together show it"
    assert "holds only on rows that were asked before" in decision.sentence


def test_few_fresh_rows_have_no_say_and_all_fresh_rows_need_none() -> None:
    few = decide(_better_on_asked_rows_only(_last(0.2)))
    assert few.outcome == "promote"
    for fresh in (_last(0.2), _last(1.0), None):
        assert "fresh" not in passed(decide(evidence(fresh=fresh)))


def test_copies_of_asked_rows_are_not_fresh() -> None:
    fresh = _last(0.5)
    copies = (np.arange(2_000) % 1_000).astype(np.uint64)
    assert "fresh" not in passed(decide(evidence(fresh=fresh, units=copies))), "each is a copy of one that was asked"
    assert "fresh" in passed(decide(evidence(fresh=fresh)))


def test_what_all_rows_do_not_show_is_not_asked_of_the_fresh_ones() -> None:
    assert "fresh" not in passed(decide(evidence(ours=0.8, theirs=0.85, fresh=_last(0.4))))
