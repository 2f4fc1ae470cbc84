"""An error in the data holds, until the spec accepts it."""

from __future__ import annotations

from ratchet.gate.decide import decide
from tests.gate.scenes import check, evidence, finding


def test_an_error_holds_and_says_which_check_and_how_to_accept_it() -> None:
    decision = decide(evidence(findings=[finding(), finding("serial_labels", column=None)]))
    assert (decision.outcome, decision.asked) == ("hold", False)
    assert "leakage" in decision.sentence
    assert "1 more error" in decision.sentence
    assert '[ingest] accept = ["leakage:x", "serial_labels"]' in decision.sentence


def test_an_error_is_accepted_by_check_or_by_check_and_column() -> None:
    for accept in (["leakage"], ["leakage:x"]):
        found = check(decide(evidence(findings=[finding()], accept=accept)), "findings")
        assert found.passed
        assert "leakage:x" in found.sentence
    assert decide(evidence(findings=[finding()], accept=["leakage:y"])).outcome == "hold"


def test_a_warning_stops_nothing() -> None:
    decision = decide(evidence(findings=[finding(severity="warning")]))
    assert decision.outcome == "promote"
    assert "no error" in check(decision, "findings").sentence


def test_a_first_candidate_is_compared_with_guessing_all_the_same() -> None:
    decision = decide(evidence(findings=[finding()], theirs=None))
    assert (decision.outcome, decision.asked) == ("hold", True)
    assert "beats_majority" in {each.rule for each in decision.checks}
    assert decision.sentence.startswith("The check leakage found an error")
