"""The Scorecard: measured quality with uncertainty, overall, per class, per slice, beside its baselines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ratchet.statistics.measured import Measured


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """What an answer costs: milliseconds for one row (median, 99th percentile), megabytes on disk; and the training."""

    p50_ms: float
    p99_ms: float
    bundle_mb: float
    train_seconds: float | None = None
    """How long the search and the last fit took together; None where nobody watched."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReliabilityBin:
    """One step of the reliability curve: rows answered with about this confidence, and how many were right."""

    low: float
    high: float
    rows: int
    confidence: float
    """The mean confidence of its rows."""
    accuracy: Measured


@dataclass(frozen=True, kw_only=True, slots=True)
class Threshold:
    """What answering only when at least this sure would bring."""

    confidence: float
    answered: Measured
    """The share of rows that would be answered."""
    accuracy: Measured
    """How many of those answers are right."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """A part of the rows where the model is clearly worse, found by looking for it."""

    rule: str
    """Such as ``tenure <= 6.5 and contract = monthly``."""
    accuracy: Measured
    """On rows that took no part in finding it."""
    elsewhere: float
    """The accuracy on the other rows."""
    p_value: float
    """Corrected for how many segments were looked at (Holm)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Lift:
    """How far the chosen metric lies from a baseline's on the same rows (``difference`` above zero: better)."""

    difference: Measured
    better: bool
    """Whether it is better beyond chance (one-sided, 95 %)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """What the search measured beside the holdout: the best of many trials looks better than it is."""

    search: float
    holdout: float
    worrying: bool
    """Whether the search's interval lies wholly on the good side of the holdout's."""
    sentence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassCoverage:
    """How often the sets of the rows of one class hold it."""

    name: str
    coverage: Measured
    """Its interval holds for whichever class was picked out as the worst."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sets:
    """How the prediction sets did: answers that are several classes where one would not be sure enough."""

    promised: float
    """How often a set should hold the true class."""
    coverage: Measured
    """How often it does."""
    mean_size: Measured
    abstained: Measured
    """The share of rows without a single class for an answer."""
    single_right: Measured | None = None
    """How many of the answers of a single class are right; None where there are none."""
    kind: Literal["average", "classwise"] = "average"
    """Whether the promise is made on average over rows, or for the rows of each class."""
    worst: ClassCoverage | None = None
    """The class whose rows are covered worst; None where nobody looked."""
    sentence: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Labelling:
    """How labels are decided, where it is not by the most probable class: by class factors chosen out of fold."""

    factors: Mapping[str, float]
    """class -> what its probability is multiplied by; the label is the class of the largest product."""
    positive: str | None = None
    """Of two classes the one that the threshold is on."""
    threshold: float | None = None
    """Of two classes: from which probability of the positive one on that is the label."""
    metric: str
    here: Measured | None
    """The metric on these rows, as they are labelled; None where what they say is not told."""
    plain: Measured | None
    """The metric on these rows if each had its most probable class; None with ``here``."""
    out_of_fold: float | None = None
    """The metric out of fold, each row labelled by factors that were chosen without it."""
    out_of_fold_plain: float | None = None
    """The score of the trial that was chosen: out of fold too, each row with its most probable class."""
    sentence: str = ""
    beside_trials: str = ""
    """How far the scores of trials may be held against ``out_of_fold``, in words."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MemberScore:
    """One of the models that answer together."""

    family: str
    weight: float
    """How much it counts, together one."""
    score: Measured | None = None
    """What it has by itself, on the rows that all are compared on; None of one that was not scored on all folds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CurvePoint:
    """One place of a curve, with its interval."""

    at: float
    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranking:
    """How well the rows of a class are told from all others by its probability."""

    name: str
    share: float
    """How much of all rows the class is: the precision of guessing."""
    roc: tuple[CurvePoint, ...]
    """At the share of the others that is taken for it, the share of the class that is found."""
    precision_recall: tuple[CurvePoint, ...]
    """At the share of the class that is found, how many of the rows taken for it are of it."""
    top_tenth: Measured
    """The share of the class among the tenth of all rows where it is most probable; a tenth of it by chance."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CandidateScore:
    """The best settings that the search found for one candidate of the spec."""

    family: str
    params: Mapping[str, Any]
    """The settings; of a candidate without a score, those that the spec fixes."""
    score: Measured | None = None
    """The metric on the rows it was tuned on, which flatters the best of many; None where no trial gave one."""
    trials: int
    seconds: float
    """What its trials took together."""
    chosen: bool
    """Whether it became the version."""
    members: tuple[MemberScore, ...] = ()
    """Those that answer together, where it is made of others."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scorecard:
    """Measured quality of one candidate on the holdout."""

    classes: tuple[str, ...]
    metrics: Mapping[str, Measured]
    per_class: Mapping[str, Mapping[str, Measured]]
    """class -> precision, recall, f1, pr_auc (where it has rows), support (as Measured)."""
    confusion: tuple[tuple[int, ...], ...]
    """[true class][predicted class] in rows."""
    baselines: Mapping[str, Mapping[str, Measured]]
    """family -> metrics, for majority.v1 and, where it can read a column, one_feature.v1."""
    slices: Mapping[str, Mapping[str, Measured]] = field(default_factory=dict)
    """"column=value" -> metrics."""
    cost: Cost | None = None
    search_score: float | None = None
    """The score that chose it, on rows it was tuned on."""
    search: Measured | None = None
    """The metric of its answers to rows left out of learning: how far it lies above the holdout's is judged."""
    summary: str = ""
    """The first line: in words, whether it beats the baselines."""
    metric: str = "macro_f1"
    """The metric that says what better means."""
    positive: str | None = None
    """Of two classes the one that PR-AUC is about."""
    headings: Mapping[str, str] = field(default_factory=dict)
    """metric -> what people call it, of these classes, at the head of a row."""
    reliability: tuple[ReliabilityBin, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    ranking: tuple[Ranking, ...] = ()
    """Of the positive one of two classes, or of each of a few."""
    lift: Mapping[str, Lift] = field(default_factory=dict)
    """family of the baseline -> how far the candidate lies above it."""
    segments: tuple[Segment, ...] = ()
    """The weakest parts of the rows, worst first; none where none is clearly worse."""
    gap: Gap | None = None
    training_notes: tuple[str, ...] = ()
    """What must be known of the training: copies of held-out rows taken out, columns left out, trials that failed."""
    notes: tuple[str, ...] = ()
    """What a reader must know before believing the numbers: classes with few or no rows, and such."""
    sets: Sets | None = None
    """How the prediction sets did, where answers carry them."""
    labelling: Labelling | None = None
    """How labels are decided; None: each row has its most probable class."""
    candidates: tuple[CandidateScore, ...] = ()
    """The candidates of the spec in their order, each with the best that the search found for it."""
    train_seconds: float | None = None
    """What the training took, search and fitting the best together."""
