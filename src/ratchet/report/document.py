"""The document of one version: what `show` prints, the page shows and scripts read."""

from __future__ import annotations

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
from ratchet.registry.learned import learned
from ratchet.registry.pending import odds, waiting
from ratchet.registry.promotion import standing
from ratchet.registry.records import Records
from ratchet.registry.stages import stage
from ratchet.registry.versions import Version


def document(records: Records, number: str | None = None, *, look: bool = False) -> dict[str, Any]:
    """Everything that may be shown of a version; the champion, else the newest, by default.

    ``version family dataset holdout metrics baselines decision findings`` stay as they are for scripts; the rest of the
    scorecard stands beside them.  What the holdout says of a version that the gate has not let through is rounded, or
    left out, as `ratchet.gate.printed` says; with ``look`` it is told in full, with the rows it is most wrong about
    (``worst``), and recorded as a look, which makes the next exam stricter.  Raises `NotFoundError`.
    """
    version = records.versions.get(number) if number is not None else _default(records)
    dataset = records.datasets.get(version.dataset_id)
    seen = {"worst": worst(records, version.number)} if look else {}
    if look:
        now = records.newest()
        records.holdouts.look([version.number], generation=now.split.generation, dataset_id=now.id, what="show")
    at = stage(version, records.ledger.events())
    decision = standing(records, version)
    card = version.scorecard if look else printed.scorecard(version.scorecard, decision)
    waits = odds(records, version) if version in waiting(records) else None
    return {
        "name": records.spec.name,
        "version": version.number,
        "family": version.family,
        "champion": at == "champion",
        "stage": at,
        "created_at": version.created_at,
        "spec": version.learning_hash,
        "dataset": {"id": dataset.id, "rows": dataset.rows},
        "holdout": {
            "id": dataset.split_id,
            "rows": sum(map(sum, version.scorecard.confusion)),
            "uses": len(records.holdouts.uses(dataset.split.generation)),
            "generation": dataset.split.generation,
            "shown": _how(decision, look=look),
        },
        **plain(card),
        "headings": headings(card),
        "decision": plain(decision if look else printed.decision(decision)),
        "pending": None if waits is None else plain(waits) | {"sentence": str(waits)},
        "findings": plain(records.findings(version.dataset_id, version.learning_hash) or ()),
        **seen,
    }


def _how(decision: Decision, *, look: bool) -> str:
    """How the holdout's numbers are shown."""
    if look or decision.outcome == "promote":
        return "in full"
    return "rounded" if decision.asked else "not asked"


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
    rows = frame.filter(pl.col("_side") == "holdout").select(list(dataset.schema.features))
    return [
        {
            "text": ", ".join(f"{name} {value}" for name, value in rows.row(at, named=True).items())[:400],
            "label": held.classes[held.labels[at]],
            "predicted": held.classes[probabilities[at].argmax()],
            "confidence": float(probabilities[at].max()),
        }
        for at in np.argsort(truth, kind="stable")[:count].tolist()
        if probabilities[at].argmax() != held.labels[at] and not known[at]
    ]


def _default(records: Records) -> Version:
    champion = records.ledger.champion()
    if champion is not None:
        return records.versions.get(champion)
    versions = records.versions.list()
    if not versions:
        raise NotFoundError(f"'{records.spec.name}' has no version yet", todo="ratchet train")
    return max(versions, key=lambda version: int(version.number))
