"""Labels that are decided by class factors: what is served is what is measured, compared and judged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ratchet.arrays import Probabilities
from ratchet.documents import plain
from ratchet.models import decision
from ratchet.models.decision import Chosen, ClassFactors
from ratchet.report import comparison
from ratchet.report.document import document
from ratchet.retrain import flow
from ratchet.serving.predictor import Predictor
from tests.retrain.shops import open_shop, take_in


@pytest.fixture
def _lopsided(monkeypatch: pytest.MonkeyPatch) -> None:
    """Factors under which hardly a row is what it most probably is."""
    factors = ClassFactors((0.2, 5.0))

    def chosen(metric: object, labels: object, probabilities: Probabilities, **more: object) -> Chosen:
        return Chosen(factors=factors, weighed=factors.weighed(probabilities), gain=0.1)

    monkeypatch.setattr(decision, "choose", chosen)


@pytest.mark.usefixtures("_lopsided")
def test_scorecard_gate_and_comparison_see_the_labels_that_are_served(tmp_path: Path) -> None:
    shop = open_shop(tmp_path, gate={"metric": "accuracy"})
    take_in(shop, 600)
    version = flow.run(shop, actor="ann").version
    bundle, frame = shop.records.versions.bundle(version.number), shop.records.datasets.frame(shop.records.newest())
    held = frame.filter(frame["_side"] == "holdout")
    rows = held.select(list(bundle.pipeline.columns)).to_dicts()
    given = [each.label for each in Predictor(bundle, version.number).predict(rows)]
    right = float(np.mean([one == other for one, other in zip(given, held["outcome"].to_list(), strict=True)]))
    card = version.scorecard
    assert card.metrics["accuracy"].value == pytest.approx(right)
    assert card.labelling is not None
    assert card.labelling.plain is not None
    assert card.labelling.plain.value > right, "these factors are not worth it"
    floor = next(each for each in version.decision.checks if each.rule == "beats_majority")
    assert floor.numbers["challenger"] == pytest.approx(right)
    assert card.search is not None
    assert card.search.value < card.labelling.plain.value - 0.05, "the search's score is of labels, too"
    shown = document(shop.records, version.number, look=True)
    assert shown["labelling"]["sentence"].startswith("Decision threshold")


def test_who_has_no_factors_is_compared_by_most_probable_classes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = open_shop(tmp_path, gate={"metric": "accuracy"})
    take_in(shop, 600)
    flow.run(shop, actor="ann")
    shop.records.ledger.promote("1", actor="ann", reason="the test needs a champion")
    factors = ClassFactors((0.2, 5.0))
    monkeypatch.setattr(
        decision, "choose", lambda m, y, p, **more: Chosen(factors=factors, weighed=factors.weighed(p), gain=0.1)
    )
    take_in(shop, 300, seed=1)
    second = flow.run(shop, actor="ann").version
    screen = next(each for each in second.decision.checks if each.rule == "screen")
    assert screen.passed is False, "worse labels are seen before the holdout is asked"
    found = comparison.document(shop.records, "1", second.number)
    assert found["agreement"] < 0.9
    better = next(each for each in found["decision"]["checks"] if each["rule"] == "better")
    assert better["passed"] is False
    kept = next(each for each in found["decision"]["checks"] if each["rule"] == "calibration_kept")
    assert kept["passed"] is True, "confidence is what it was"
    assert plain(second.scorecard)["labelling"]
