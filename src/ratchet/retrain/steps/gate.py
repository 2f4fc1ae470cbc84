"""Gate: champion and challenger, out of fold and then on the same held-out rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from ratchet.arrays import Bools
from ratchet.data.dataset import Dataset
from ratchet.evaluation import holdout
from ratchet.evaluation.holdout import Holdout, label_indices, learned_labels
from ratchet.gate import anchor as anchors
from ratchet.gate.decide import decide
from ratchet.gate.decision import Decision
from ratchet.gate.evidence import Evidence, Screen
from ratchet.metrics.metric import Metric
from ratchet.progress import Progress, Report
from ratchet.registry import out_of_fold
from ratchet.registry.bundle import Bundle
from ratchet.registry.generations import Generation, generation
from ratchet.registry.manifest import scorecard_of
from ratchet.registry.versions import Judged
from ratchet.retrain import baselines
from ratchet.retrain.champions import Answers, answers
from ratchet.retrain.stage import Stage, StagedDecision, StagedScore, StagedTraining
from ratchet.retrain.workshop import Workshop
from ratchet.spec import Spec


def gate(shop: Workshop, score: str, progress: Report) -> str:
    """The key of the staged decision (`StagedDecision`) about a staged score.

    It is made in view of the uses of the holdout that are on record now, the champion and the settings of the gate,
    and made anew where one of them has changed since.  Nothing is spent before `register` records the use; and nobody
    is shown the decision before that.  Raises `NotFoundError` where ``score`` is the key of none, and `RefusedError`
    where the spec asks for something else to be learned since.
    """
    stage = Stage.of(shop, score)
    case, settings = _case(shop, stage, score), judging(shop.records.spec)
    uses = len(case.generation.uses)

    def stands(each: StagedDecision) -> bool:
        judged = each.judged
        view = (each.score, each.gate, judged.generation, judged.uses, judged.champion)
        return view == (score, settings, case.generation.number, uses, case.champion)

    made_before = stage.find(StagedDecision, stands)
    if made_before is not None:
        return made_before
    progress(Progress(stage="gate"))
    judged = Judged(
        decision=_decided(shop, stage, case),
        bundle_id=case.challenger.id,
        champion=case.champion,
        generation=case.generation.number,
        uses=uses,
    )
    return stage.write(StagedDecision(score=score, gate=settings, judged=judged))


def judging(spec: Spec) -> dict[str, Any]:
    """What of a spec a decision depends on, beside what is learned."""
    return {"gate": spec.gate.model_dump(mode="json"), "accept": list(spec.ingest.accept)}


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Case:
    """What is to be judged, and in view of what."""

    training: StagedTraining
    challenger: Bundle
    dataset: Dataset
    generation: Generation
    champion: str | None


def _case(shop: Workshop, stage: Stage, score: str) -> _Case:
    records = shop.records
    staged = stage.read(score, StagedScore)
    challenger = stage.open(staged.bundle)
    dataset = records.datasets.get(challenger.manifest.dataset_id)
    found, version = generation(records, dataset), records.versions.of_run(stage.run_id)
    if version is not None:  # judged again after it was registered: in view of what there was before its own use
        places = [use.run_id for use in found.uses]
        before = places.index(stage.run_id) if stage.run_id in places else len(places)
        found = replace(found, uses=found.uses[:before])
    return _Case(
        training=stage.read(staged.training, StagedTraining),
        challenger=challenger,
        dataset=dataset,
        generation=found,
        champion=records.ledger.champion() if version is None else version.champion,
    )


def _decided(shop: Workshop, stage: Stage, case: _Case) -> Decision:
    records, dataset = shop.records, case.dataset
    frame = records.datasets.frame(dataset)
    held = holdout.take(frame, dataset.schema, records.spec, dataset.split_id)
    terms = records.spec.gate.settled(held.classes, learned_labels(frame, dataset.schema))
    metric = terms.measure(held.classes, held.labels)
    champion = _standing(shop, case.champion, held, dataset, frame, metric)
    other = _anchor(shop, case.champion)
    anchor = _standing(shop, other, held, dataset, frame, metric)
    answered = held.probabilities(case.challenger.pipeline, held.classes)
    kept = ~(_learned(champion, held) | _learned(anchor, held))
    beside = baselines.answers(baselines.opened(stage, case.training), held, frame, dataset.schema, records.spec)
    return decide(
        Evidence(
            gate=terms,
            classes=held.classes,
            labels=held.labels[kept],
            challenger=case.challenger.seen_by(metric, answered, held.classes)[kept],
            champion=None if champion is None else champion.judged[kept],
            believed=None if champion is None else (answered[kept], champion.probabilities[kept]),
            champion_version=case.champion,
            champion_by="itself" if champion is None else champion.by,
            anchor_version=other,
            anchor=None if anchor is None else anchor.judged[kept],
            baselines={family: each[kept] for family, each in beside.items()},
            units=held.units[kept],
            fresh=~np.isin(held.ids, case.generation.asked)[kept],
            slices={name: values[kept] for name, values in held.slices.items()},
            uses=case.generation.uses,
            screen=_screen(shop, stage, case, frame, metric),
            findings=records.findings(dataset.id, records.spec.learning_hash) or (),
            accept=records.spec.ingest.accept,
            search=case.training.search,
            rule=dataset.split.rule,
            cost=scorecard_of(case.challenger.manifest).cost,
            champion_cost=None if case.champion is None else records.versions.get(case.champion).scorecard.cost,
        )
    )


def _standing(
    shop: Workshop, number: str | None, held: Holdout, dataset: Dataset, frame: pl.DataFrame, metric: Metric
) -> Answers | None:
    return None if number is None else answers(shop, number, held, dataset, frame, metric)


def _learned(standing: Answers | None, held: Holdout) -> Bools:
    return np.zeros(len(held), dtype=bool) if standing is None else standing.learned


def _anchor(shop: Workshop, champion: str | None) -> str | None:
    """The version that ``no_worse`` is held against, where it is another than the champion."""
    if champion is None or shop.records.spec.gate.rule != "no_worse":
        return None
    found = anchors.anchor(shop.records.ledger.events())
    return None if found == champion else found


def _screen(shop: Workshop, stage: Stage, case: _Case, frame: pl.DataFrame, metric: Metric) -> Screen | None:
    """The out-of-fold answers of both on the rows that both had to learn from; None where there are none to compare."""
    versions = shop.records.versions
    theirs = None if case.champion is None else versions.out_of_fold(case.champion)
    if case.champion is None or theirs is None:
        return None
    ours, classes = out_of_fold.decode(stage.out_of_fold(case.training.out_of_fold)), case.dataset.schema.classes
    rows = frame.filter(pl.col("_side").is_in(["train", "tune"]))
    at, mine, other = out_of_fold.common(rows["_id"].to_numpy(), ours.ids, theirs.ids)
    both = rows[at]
    return Screen(
        labels=label_indices(both, case.dataset.schema),
        challenger=case.challenger.seen_by(metric, ours.of(classes)[mine], classes),
        champion=versions.bundle(case.champion).seen_by(metric, theirs.of(classes)[other], classes),
        units=both["_unit"].to_numpy(),
    )
