"""Sound data: a model that learned from rows with an error in them is not judged, but the rows are mended first."""

from __future__ import annotations

from collections.abc import Iterable

from ratchet.data import findings
from ratchet.data.findings import Finding
from ratchet.gate.decision import Check
from ratchet.gate.evidence import Evidence
from ratchet.gate.rules.ruling import Ruling
from ratchet.words import count_of, listed

FINDINGS = "findings"


def data_sound(evidence: Evidence) -> list[Ruling]:
    """Failed where a check found an error that the spec's ``[ingest] accept`` does not name."""
    errors = [each for each in evidence.findings if each.severity == "error"]
    stopping = findings.stopping(errors, evidence.accept)
    numbers = {"errors": float(len(errors)), "stopping": float(len(stopping))}
    if stopping:
        first = stopping[0]
        more = f" ({count_of(len(stopping) - 1, 'more error')})" if len(stopping) > 1 else ""
        sentence = f"The check {first.check} found an error: {first.sentence}{more}. What to do: {first.todo}"
        sentence += f"; or accept it: [ingest] accept = [{_names(stopping)}]"
    elif errors:
        sentence = f"Errors in the data that the spec accepts: {listed([_name(each) for each in errors], 8)}."
    else:
        sentence = "The checks found no error in the data."
    check = Check(rule=FINDINGS, passed=not stopping, sentence=sentence, plain=sentence, numbers=numbers)
    return [Ruling(check=check)]


def _name(finding: Finding) -> str:
    return finding.check if finding.column is None else f"{finding.check}:{finding.column}"


def _names(errors: Iterable[Finding]) -> str:
    return ", ".join(f'"{name}"' for name in dict.fromkeys(map(_name, errors)))
