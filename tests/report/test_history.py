"""The versions so far: of those that were never let through, nothing of the holdout is told."""

from __future__ import annotations

from ratchet.report.document import document
from ratchet.report.history import history
from ratchet.report.page import page
from ratchet.retrain.workshop import Workshop


def test_champions_have_their_score_and_the_others_their_outcome(shop: Workshop) -> None:
    second, first = history(shop.records, shop.records.ledger.events())
    assert (first["version"], first["stage"], first["was_champion"]) == ("1", "champion", True)
    card = shop.records.versions.get("1").shown.scorecard
    assert first["score"] == {**first["score"], "value": card.metrics["macro_f1"].value}
    assert (second["version"], second["was_champion"], second["score"]) == ("2", False, None)


def test_document_and_page_tell_the_search_and_the_history(shop: Workshop) -> None:
    found = document(shop.records, "1")
    assert {each["family"] for each in found["trials"]} == {"linear.v1"}
    assert len(found["trials"]) == 2
    assert found["explained"]["importance"]["columns"]
    shown = page({**found, "created_at": str(found["created_at"])})
    for heading in ("The versions so far", "Every trial of the search", "What it rests on", "How well it ranks rows"):
        assert heading in shown


def test_a_version_without_what_is_kept_today_is_told_without(shop: Workshop) -> None:
    version = shop.records.versions.get("2")
    shop.records.blobs.delete(f"how-learned/loans/{version.bundle_id}.json")
    found = document(shop.records, "2")
    assert found["trials"] == []
    assert found["explained"]["importance"] is None
    assert found["ranking"] == [], "a curve tells single rows: not of one that was not let through"
