"""The last step of a training: calibration, prediction sets and the profile, all from out-of-fold probabilities."""

from __future__ import annotations

from dataclasses import dataclass

from ratchet import clock
from ratchet.arrays import Hashes, Labels, Probabilities
from ratchet.features.profile import Profile
from ratchet.models import conformal
from ratchet.models.calibrated import calibrate
from ratchet.models.conformal import Conformal
from ratchet.models.pipeline import Pipeline
from ratchet.spec import Serve, Spec
from ratchet.training.task import TrainingRows
from ratchet.training.train import Candidate
from ratchet.training.trial import OutOfFold


@dataclass(frozen=True, kw_only=True, slots=True)
class Finished:
    """What is kept and served: the calibrated pipeline, its prediction sets, and the profile of rows and answers."""

    pipeline: Pipeline
    sets: Conformal | None
    profile: Profile
    out_of_fold: OutOfFold
    """The out-of-fold answers, calibrated as the pipeline's are."""


def finish(spec: Spec, candidate: Candidate, rows: TrainingRows) -> Finished:
    """Calibrate a candidate, fit its prediction sets and draw its profile, on its out-of-fold probabilities.

    ``rows`` are those it was trained on; the holdout takes no part.
    """
    fold = candidate.out_of_fold
    truth = rows.labels[fold.indices]
    seed = clock.seed(spec.learning_hash, "calibrate")
    pipeline, probabilities = calibrate(candidate.pipeline, fold.probabilities, truth, seed=seed)
    sets = _sets(spec.serve, probabilities, truth, rows.units_of(fold.indices))
    columns = {name: rows.columns[name] for name in pipeline.columns}
    drawn = Profile.of(columns, pipeline.columns, probabilities, truth)
    answers = OutOfFold(fold.indices, probabilities)
    return Finished(pipeline=pipeline, sets=sets, profile=drawn, out_of_fold=answers)


def _sets(serve: Serve, probabilities: Probabilities, truth: Labels, units: Hashes | None) -> Conformal | None:
    if not serve.coverage:
        return None
    return conformal.fit(probabilities, truth, serve.coverage, classwise=serve.sets == "classwise", units=units)
