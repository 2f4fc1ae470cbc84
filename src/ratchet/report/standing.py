"""How the holdout stands, and how much of it is shown: what a reader must know beside the numbers it gave."""

from __future__ import annotations

from typing import Any

from ratchet.data.dataset import Dataset
from ratchet.gate import printed
from ratchet.gate.decision import Decision
from ratchet.gate.uses import exam_number, exam_share
from ratchet.registry.generations import Generation, generation
from ratchet.registry.records import Records
from ratchet.registry.versions import Version
from ratchet.words import count_of, odds


def standing(records: Records, version: Version, decision: Decision, *, look: bool) -> dict[str, Any]:
    """The holdout that judged a version: ``id`` and ``rows`` then, its ``generation``, and how that stands today.

    ``uses`` (``exams`` and ``looks``), ``units`` of evidence, those of them ``fresh`` (never asked) and ``missing``
    (how many more would turn it) are of its generation as it is now, or was when it ended (``over``); ``next`` is what
    the next exam may spend.  ``shown`` says how the numbers are told: in full, rounded, left out, or not asked.  The
    sentences tell people: ``sentence`` how it stands, ``reading`` how the numbers are to be read.
    """
    judged, today = records.datasets.get(version.dataset_id), records.newest()
    over = today.split.generation != judged.split.generation
    now = generation(records, today)
    then, rows = (generation(records, judged), judged) if over else (now, today)
    looks = sum(use.kind == "look" for use in then.uses)
    shown = "in full" if look else printed.how(decision)
    return {
        "id": judged.split_id,
        "rows": sum(map(sum, version.scorecard.confusion)),
        "generation": then.number,
        "over": over,
        "uses": len(then.uses),
        "exams": len(then.uses) - looks,
        "looks": looks,
        "units": then.asked_units + then.fresh_units,
        "fresh": then.fresh_units,
        "missing": then.missing,
        "next": {"exam": exam_number(now.uses), "allowance": _allowance(records, now)},
        "shown": shown,
        "sentence": _over(then, now) if over else _stands(records, now, rows, look=look),
        "reading": looked(records, now) if look else _reading(version.number, shown),
    }


def looked(records: Records, now: Generation) -> str:
    """That a look at the holdout is recorded, and what it costs; ``now`` holds it already."""
    k, may = exam_number(now.uses), _allowance(records, now)
    before = exam_share(k - 1, records.spec.gate.confidence)
    return (
        f"Recorded as a look at the holdout: the next exam against a champion is number {k} of its generation and may "
        f"err {odds(may)} of the time, where without this look it could err {odds(before)}."
    )


def _reading(number: str, shown: str) -> str:
    rest = f"ratchet show {number} --look shows them in full and counts as a look at the holdout."
    if shown == "rounded":
        return (
            "Numbers of the holdout are rounded to steps of about their standard error, as this version was not let "
            f"through; {rest}"
        )
    why = {
        "left out": "as the version was not shown to be better than the champion, and each would tell of its rows",
        "not asked": "as it was not asked",
    }
    return f"Numbers of the holdout are left out, {why[shown]}; {rest}" if shown in why else ""


def _stands(records: Records, now: Generation, dataset: Dataset, *, look: bool) -> str:
    """How many rows there are and what they were asked; what is next, unless a look has just said that."""
    rows, units = dataset.sides.get("holdout", 0), now.asked_units + now.fresh_units
    alike = f", which count as {units:,} (rows alike or of one group count once)" if units != rows else ""
    looks = sum(use.kind == "look" for use in now.uses)
    uses = count_of(len(now.uses) - looks, "exam") + (f" and {count_of(looks, 'look')}" if looks else "")
    stands = f"Holdout, generation {now.number}: {count_of(rows, 'row')}{alike}, asked in {uses}. {_turns(now)}"
    if look:
        return stands
    may = odds(_allowance(records, now))
    return f"{stands} The next exam against a champion is number {exam_number(now.uses)} and may err {may} of the time."


def _turns(now: Generation) -> str:
    """How far the next generation is."""
    if not now.uses:
        return "None of them was ever asked."
    if now.is_over:
        return f"{now.fresh_units:,} of them were never asked; with the next training those begin the next generation."
    if not now.fresh_units:
        return f"All of them were asked; once {now.missing:,} new ones are held out, those begin the next generation."
    return (
        f"{now.fresh_units:,} of them were never asked; with {now.missing:,} more of those the next generation begins."
    )


def _over(then: Generation, now: Generation) -> str:
    return (
        f"Judged on generation {then.number} of the holdout, which is over: its rows may be learned from now, and "
        f"generation {now.number} judges."
    )


def _allowance(records: Records, now: Generation) -> float:
    return exam_share(exam_number(now.uses), records.spec.gate.confidence)
