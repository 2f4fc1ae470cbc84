"""A better average does not pay for a class, a slice or a confidence that is worse."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ratchet.gate.decide import decide
from ratchet.gate.evidence import Evidence
from ratchet.spec import Gate
from tests.gate.scenes import answers, check, evidence, passed, sure


def _rare_class_harmed() -> Evidence:
    labels = np.repeat(np.arange(3), [1_500, 1_500, 200]).astype(np.int32)
    ours, theirs = answers(labels, 0.95, 1), answers(labels, 0.80, 2)
    ours[3_000:] = np.where(np.arange(200) < 120, 0, 2)
    theirs[:3_000][theirs[:3_000] == 2] = 0
    made = evidence(rows=3_200, gate=Gate(metric="accuracy"))
    return replace(made, labels=labels, challenger=sure(ours), champion=sure(theirs), baselines={})


def test_a_better_average_does_not_pay_for_a_harmed_class() -> None:
    decision = decide(_rare_class_harmed())
    assert decision.outcome == "hold"
    assert "c loses" in decision.sentence
    assert check(decision, "no_class_harmed").plain == "Harmed beyond chance: c."


def test_a_class_that_is_copies_of_a_few_rows_shows_no_harm() -> None:
    found = _rare_class_harmed()
    units = np.arange(3_200, dtype=np.uint64)
    units[3_000:] = 3_000 + np.arange(200) // 100
    assert passed(decide(replace(found, units=units)))["no_class_harmed"]


def test_a_better_average_does_not_pay_for_a_harmed_slice() -> None:
    found = evidence(rows=3_000, ours=0.95, theirs=0.85)
    challenger = found.challenger.copy()
    french = np.arange(3_000) >= 2_700
    challenger[french] = sure(answers(found.labels[french], 0.5, 9))
    language = np.where(french, "fr", "en")
    harmed = replace(found, challenger=challenger, slices={"language": language})
    decision = decide(harmed)
    assert decision.outcome == "hold"
    assert "language=fr loses" in decision.sentence
    units = np.where(french, 0, np.arange(3_000)).astype(np.uint64)
    assert passed(decide(replace(harmed, units=units)))["no_slice_harmed"], "all of it copies of one row"


def test_calibration_may_not_get_lost() -> None:
    found = evidence(ours=0.93, theirs=0.90)
    flat = found.challenger**0.15
    shy = replace(found, challenger=flat / flat.sum(axis=1, keepdims=True))
    assert passed(decide(shy))["calibration_kept"] is False
    assert passed(decide(found))["calibration_kept"] is True
