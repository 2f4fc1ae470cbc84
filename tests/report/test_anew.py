"""Labels that were corrected since mark the scorecards that used them, which are measured anew for who asks."""

from __future__ import annotations

import polars as pl
import pytest

from ratchet.data.ingest.ingest import ingest
from ratchet.report.anew import corrected_since
from ratchet.report.document import document
from ratchet.retrain.workshop import Workshop

_CORRECTED = 12


@pytest.fixture
def corrected(shop: Workshop) -> Workshop:
    """The same, where the labels of some held-out rows were turned round."""
    held = shop.records.datasets.frame(shop.records.newest()).filter(pl.col("_side") == "holdout").head(_CORRECTED)
    turned = pl.when(pl.col("outcome") == "good").then(pl.lit("bad")).otherwise(pl.lit("good")).alias("outcome")
    path = shop.workspace / "corrected.csv"
    held.with_columns(turned).drop("_id", "_side", "_unit", "_chosen").write_csv(path)
    aside = shop.workspace / "quarantine"
    ingest(shop.records.datasets, [str(path)], shop.records.spec, quarantine=aside, correct=True)
    return shop


def test_a_scorecard_by_old_labels_is_marked(corrected: Workshop) -> None:
    assert corrected_since(corrected.records, corrected.records.versions.get("1")) == _CORRECTED
    found = document(corrected.records, "1")
    assert found["corrected"] == _CORRECTED
    assert f"The labels of {_CORRECTED} held-out rows were corrected since" in found["notes"][0]


def test_a_look_measures_by_the_labels_of_today_on_the_same_rows(corrected: Workshop) -> None:
    before = corrected.records.versions.get("1").scorecard
    found = document(corrected.records, "1", look=True)
    assert sum(map(sum, found["confusion"])) == sum(map(sum, before.confusion))
    right = [sum(table[each][each] for each in range(2)) for table in (before.confusion, found["confusion"])]
    assert right[0] != right[1]
    assert found["metrics"]["accuracy"]["value"] == pytest.approx(right[1] / sum(map(sum, before.confusion)))
    assert found["summary"].startswith("Measured anew by the labels of today.")
    assert "corrected since" not in " ".join(found["notes"])
    assert corrected.records.versions.get("1").scorecard == before, "what was judged stays on record"


def test_without_corrections_nothing_is_marked(shop: Workshop) -> None:
    assert document(shop.records, "1")["corrected"] == 0
