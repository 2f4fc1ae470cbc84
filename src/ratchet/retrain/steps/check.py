"""Check: what is wrong with the rows."""

from __future__ import annotations

from ratchet.data import checks
from ratchet.data.findings import SEVERITIES
from ratchet.progress import Progress, Report
from ratchet.retrain.workshop import Workshop
from ratchet.training.reads import unread_columns


def check(shop: Workshop, dataset_id: str, progress: Report) -> str:
    """The key of the findings about a dataset, most harmful first.

    They are kept beside it, so that a version is inspected once under a spec that learns the same.  Raises `SpecError`
    where the spec names a positive class that is none of two.
    """
    records, identity = shop.records, shop.records.spec.learning_hash
    dataset = records.datasets.get(dataset_id)
    records.spec.gate.check_positive(dataset.schema.classes)
    if records.findings(dataset_id, identity) is None:
        progress(Progress(stage="check"))
        found = checks.run(
            records.datasets.frame(dataset),
            dataset.schema,
            spec=records.spec,
            known=min(dataset.rows, records.datasets.get(dataset.parents[-1]).rows) if dataset.parents else 0,
            progress=progress,
        )
        unread = unread_columns(dataset.schema.features, records.spec.candidates)
        findings = tuple(sorted((*unread, *found), key=lambda each: SEVERITIES.index(each.severity)))
        records.keep_findings(dataset_id, identity, findings)
    return records.findings_key(dataset_id, identity)
