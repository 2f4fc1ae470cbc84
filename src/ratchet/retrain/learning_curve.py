"""Would more labels help: the learning curve of a version's recipe on the newest rows."""

from __future__ import annotations

from typing import Any

from ratchet.documents import plain
from ratchet.metrics.catalogue import heading
from ratchet.progress import Report
from ratchet.retrain.workshop import Workshop
from ratchet.training import session as sessions
from ratchet.training.learning_curve import learning_curve
from ratchet.training.rows import training_rows


def document(shop: Workshop, number: str, *, budget: float | None, progress: Report) -> dict[str, Any]:
    """The curve as a document; the holdout takes no part.  ``budget`` is in seconds, that of the search by default."""
    records = shop.records
    dataset, spec = records.newest(), records.spec
    frame = records.datasets.frame(dataset)
    rows = training_rows(frame, dataset.schema, spec)
    recipe = records.versions.bundle(number).recipe
    seconds = spec.search.budget if budget is None else budget
    with sessions.opened(shop.cache) as session:
        found = learning_curve(
            recipe,
            rows,
            spec=spec,
            engine=shop.engine,
            session=session,
            budget=seconds,
            labels=frame.height,
            progress=progress,
        )
    about = {"name": spec.name, "version": number, "family": recipe.family, "dataset": dataset.id}
    return {**about, "heading": heading(found.metric), **plain(found)}
