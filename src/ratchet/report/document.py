"""The document of one version: what `show` prints, the page shows and scripts read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from ratchet.documents import plain
from ratchet.errors import NotFoundError
from ratchet.evaluation import holdout
from ratchet.evaluation.scorecard import Scorecard
from ratchet.gate import printed
from ratchet.gate.decision import Decision
from ratchet.metrics.catalogue import heading
from ratchet.metrics.predicted import most_probable
from ratchet.registry.events import Event
from ratchet.registry.learned import learned
from ratchet.registry.pending import odds
from ratchet.registry.records import Records
from ratchet.registry.runs import STAGE
from ratchet.registry.stages import decision_now, is_pending, stage
from ratchet.registry.versions import Version
from ratchet.report.anew import corrected_since, mark, measured_anew
from ratchet.report.history import history
from ratchet.report.leaderboard import of_version
from ratchet.report.standing import standing


def document(records: Records, number: str | None = None, *, look: bool = False) -> dict[str, Any]:
    """Everything that may be shown of a version; the champion, else the newest, by default.

    ``version family dataset holdout metrics baselines decision findings`` stay as they are for scripts; the rest of the
    scorecard stands beside them.  What the holdout says of a version that the gate has not let through is rounded, or
    left out, as `ratchet.gate.printed` says; with ``look`` it is told in full, with the rows it is most wrong about
    (``worst``), and recorded as a look, which makes the next exam stricter.  ``corrected`` counts the held-out rows
    whose label was corrected since it was judged: by the new ones a look measures it.  Raises `NotFoundError`.
    """
    version = records.versions.get(number) if number is not None else default(records)
    dataset = records.datasets.get(version.dataset_id)
    seen = {"worst": worst(records, version.number)} if look else {}
    if look:
        now = records.newest()
        records.holdouts.look([version.number], generation=now.split.generation, dataset_id=now.id, what="show")
    events = records.ledger.events()
    at, decision = stage(version, events), decision_now(version, events)
    corrected = corrected_since(records, version)
    card = _card(records, version, decision, corrected, look=look)
    how = records.versions.how_learned(version)
    return {
        "name": records.spec.name,
        "version": version.number,
        "family": version.family,
        "pretrained": plain(records.versions.pretrained(version)),
        "champion": at == "champion",
        "stage": at,
        "created_at": version.created_at,
        "spec": version.learning_hash,
        "dataset": {"id": dataset.id, "rows": dataset.rows},
        "corrected": corrected,
        "holdout": standing(records, version, decision, look=look),
        **plain(card),
        "headings": headings(card),
        "decision": plain(decision if look else printed.decision(decision)),
        "history": history(records, events),
        "pending": _pending(records, version, events),
        "trials": of_version(records, version),
        "explained": plain(how.explained),
        "findings": plain(records.findings(version.dataset_id, version.learning_hash) or ()),
        **seen,
    }


def _card(records: Records, version: Version, decision: Decision, corrected: int, *, look: bool) -> Scorecard:
    """What is shown of the scorecard; with a look all of it, by the labels of today."""
    if look:
        return measured_anew(records, version) if corrected else version.scorecard
    card = printed.scorecard(version.scorecard, decision)
    return replace(card, notes=(mark(version.number, corrected), *card.notes)) if corrected and card.metrics else card


def _pending(records: Records, version: Version, events: Sequence[Event]) -> dict[str, Any] | None:
    """How the bet on a pending version stands; None for any other, and where the bet cannot go on."""
    waits = odds(records, version) if is_pending(version, events) else None
    if waits is None:
        return None
    by_hand = records.runs.get(version.run_id).kind == STAGE
    who = f"ratchet promote {version.number}" if by_hand else "the next ratchet train"
    end = f"Enough: {who} makes it champion" if waits.reached else f"Once they are reached, {who} makes it champion"
    told: dict[str, Any] = plain(waits)
    return told | {"sentence": f"Pending: {waits}. {end}."}


def headings(card: Scorecard) -> dict[str, str]:
    """Metric -> what people call it, also in a scorecard that was made before it carried that."""
    return {name: card.headings.get(name) or heading(name) for name in card.metrics}


def worst(records: Records, number: str, count: int = 10) -> list[dict[str, Any]]:
    """The holdout rows that the version is most wrong about, worst first: ``text label predicted confidence``.

    Rows that it has learned from are left out; there are none for a version that reads columns which are gone.
    """
    opened = records.versions.bundle(number)
    dataset = records.newest()
    frame = records.datasets.frame(dataset)
    held = holdout.take(frame, dataset.schema, records.spec, dataset.split_id)
    known = learned(records, number, frame, dataset, held.units)
    if known is None or not held.can_ask(opened.pipeline):
        return []
    probabilities = held.probabilities(opened.pipeline, opened.schema.classes)
    truth = probabilities[np.arange(len(held)), held.labels]
    given = most_probable(opened.labelled(probabilities, held.classes))
    rows = frame.filter(pl.col("_side") == "holdout").select(list(dataset.schema.features))
    return [
        {
            "text": ", ".join(f"{name} {value}" for name, value in rows.row(at, named=True).items())[:400],
            "label": held.classes[held.labels[at]],
            "predicted": held.classes[given[at]],
            "confidence": float(probabilities[at, given[at]]),
        }
        for at in np.argsort(truth, kind="stable")[:count].tolist()
        if given[at] != held.labels[at] and not known[at]
    ]


def default(records: Records) -> Version:
    """The champion, else the newest version; raises `NotFoundError` where there is none."""
    champion = records.ledger.champion()
    if champion is not None:
        return records.versions.get(champion)
    versions = records.versions.list()
    if not versions:
        raise NotFoundError(f"'{records.spec.name}' has no version yet", todo="ratchet train")
    return max(versions, key=lambda version: int(version.number))
