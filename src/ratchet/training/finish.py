"""The last step of a training: calibration, sets, class factors and the profile, all from out-of-fold probabilities."""

from __future__ import annotations

from dataclasses import dataclass

from ratchet import clock
from ratchet.arrays import Hashes, Labels, Probabilities
from ratchet.features.profile import Profile
from ratchet.metrics.metric import Metric
from ratchet.models import conformal, decision
from ratchet.models.calibrated import calibrate
from ratchet.models.conformal import Conformal
from ratchet.models.decision import Chosen
from ratchet.models.pipeline import Pipeline
from ratchet.spec import Serve, Spec
from ratchet.training.task import TrainingRows
from ratchet.training.train import Candidate
from ratchet.training.trial import OutOfFold


@dataclass(frozen=True, kw_only=True, slots=True)
class Finished:
    """What is kept and served: the calibrated pipeline, its prediction sets, class factors, and the profile."""

    pipeline: Pipeline
    sets: Conformal | None
    profile: Profile
    out_of_fold: OutOfFold
    """The out-of-fold answers, calibrated as the pipeline's are."""
    chosen: Chosen | None = None
    """The class factors, where some are worth it for the gate's metric."""

    def judged(self, metric: Metric) -> Probabilities:
        """The out-of-fold answers as a metric sees them: one of labels only sees each as it would be labelled."""
        return self.chosen.weighed if self.chosen and metric.predicted_only else self.out_of_fold.probabilities


def finish(spec: Spec, candidate: Candidate, rows: TrainingRows) -> Finished:
    """Calibrate a candidate, fit its prediction sets, choose its class factors and draw its profile, out of fold.

    ``rows`` are those it was trained on; the holdout takes no part.
    """
    fold = candidate.out_of_fold
    truth = rows.labels[fold.indices]
    seed = clock.seed(spec.learning_hash, "calibrate")
    pipeline, probabilities = calibrate(candidate.pipeline, fold.probabilities, truth, seed=seed)
    sets = _sets(spec.serve, probabilities, truth, rows.units_of(fold.indices))
    columns = {name: rows.columns[name] for name in pipeline.columns}
    drawn = Profile.of(columns, pipeline.columns, probabilities, truth)
    metric, units = spec.gate.measure(rows.classes, rows.labels), rows.units_of(fold.indices)
    chosen = decision.choose(metric, truth, probabilities, seed=seed, units=units)
    answers = OutOfFold(fold.indices, probabilities)
    return Finished(pipeline=pipeline, sets=sets, profile=drawn, out_of_fold=answers, chosen=chosen)


def _sets(serve: Serve, probabilities: Probabilities, truth: Labels, units: Hashes | None) -> Conformal | None:
    if not serve.coverage:
        return None
    return conformal.fit(probabilities, truth, serve.coverage, classwise=serve.sets == "classwise", units=units)
