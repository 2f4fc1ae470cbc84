"""The learning curve of a version, in labels as people have them."""

from __future__ import annotations

from pathlib import Path

from ratchet.progress import silent
from ratchet.retrain import flow
from ratchet.retrain.learning_curve import document
from tests.retrain.shops import open_shop, take_in


def test_labels_are_all_that_were_taken_in_and_rows_those_to_learn_from(tmp_path: Path) -> None:
    shop = open_shop(tmp_path, gate={"metric": "accuracy"})
    take_in(shop, 600)
    flow.run(shop, actor="ann")
    found = document(shop, "1", budget=60.0, progress=silent)
    dataset = shop.records.newest()
    held = int((shop.records.datasets.frame(dataset)["_side"] == "holdout").sum())
    assert (found["labels"], found["rows"]) == (dataset.rows, dataset.rows - held)
    assert held
    assert found["sentence"].startswith(f"Twice the labels ({2 * dataset.rows:,} in all) would")
