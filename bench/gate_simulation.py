"""Is the gate right as often as it says?  Simulated with the real gate: python bench/gate_simulation.py [--write].

Worlds whose truth is known: rows of known classes, a champion that is right on a known share of each, challengers
that disagree with it on a known share of rows and are truly equal, better or worse.  ``--write`` puts the tables and
the plot into docs/evidence.md; ``--scale 0.1`` runs a tenth of it.
"""

from __future__ import annotations

import argparse
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import NormalDist
from typing import Any, Literal

import numpy as np

from ratchet.arrays import Bools, Floats64, Labels, Probabilities
from ratchet.gate.decide import decide
from ratchet.gate.decision import Decision
from ratchet.gate.evidence import Evidence
from ratchet.gate.uses import HoldoutUse, exam_share
from ratchet.metrics import catalogue
from ratchet.metrics.predicted import ClassCounts, PredictedMetric
from ratchet.spec import Gate

Metric = Literal["accuracy", "macro_f1"]
BUDGET = 20
"""How many gates a sequence has."""
DISAGREE = 0.06
ALPHA = 0.05
_DOCS = Path(__file__).parents[1] / "docs"


@dataclass(frozen=True, kw_only=True)
class World:
    """Classes with their shares, and how often the champion is right on each."""

    name: str
    prior: tuple[float, ...]
    recall: tuple[float, ...]

    @property
    def classes(self) -> int:
        return len(self.prior)

    def rows(self, rng: np.random.Generator, count: int) -> tuple[Labels, Labels]:
        """True classes, and the champion's answers; a wrong answer is any other class."""
        labels = rng.choice(self.classes, count, p=np.array(self.prior)).astype(np.int32)
        right = rng.random(count) < np.array(self.recall)[labels]
        return labels, np.where(right, labels, self.other(rng, labels)).astype(np.int32)

    def other(self, rng: np.random.Generator, labels: Labels) -> Labels:
        return ((labels + rng.integers(1, self.classes, len(labels))) % self.classes).astype(np.int32)

    def challenger(self, rng: np.random.Generator, labels: Labels, champion: Labels, tilt: float) -> Labels:
        """Answers that turn `DISAGREE` of the rows from right to wrong or back; ``tilt`` above 0: more to right."""
        right = champion == labels
        share, recall = np.array(DISAGREE), np.array(self.recall)[labels]
        chance = np.where(right, share * (1 - tilt) / 2 / recall, share * (1 + tilt) / 2 / (1 - recall))
        turned = rng.random(len(labels)) < chance
        return np.where(turned, np.where(right, self.other(rng, labels), labels), champion).astype(np.int32)

    def truth(self, metric: str, tilt: float) -> float:
        """What a challenger of this tilt truly scores; the champion's own score is that of ``tilt`` 0."""
        prior, recall = np.array(self.prior), np.array(self.recall) + DISAGREE * tilt
        wrong = prior * (1 - recall) / (self.classes - 1)
        predicted = prior * recall + wrong.sum() - wrong
        every = np.ones(self.classes, dtype=bool)
        found = catalogue.metric(metric)
        assert isinstance(found, PredictedMetric)
        return float(
            found.of_counts(ClassCounts(hits=prior * recall, support=prior, predicted=predicted, present=every))
        )

    def tilt(self, metric: str, gain: float) -> float:
        """The tilt that truly gains so much."""
        low, high = -1.0, 1.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if self.truth(metric, middle) - self.truth(metric, 0) < gain else (low, middle)
        return (low + high) / 2


WORLDS = (
    World(name="2 classes, 50:50", prior=(0.5, 0.5), recall=(0.85, 0.85)),
    World(name="2 classes, 95:5", prior=(0.95, 0.05), recall=(0.93, 0.60)),
    World(name="27 classes", prior=(1 / 27,) * 27, recall=(0.80,) * 27),
)
METRICS: tuple[Metric, ...] = ("accuracy", "macro_f1")
SCORED = ("roc_auc", "pr_auc", "log_loss")
_USE = HoldoutUse(kind="exam", generation=0, dataset_id="simulated", at=datetime(2024, 1, 1, tzinfo=UTC), champion="1")


def probabilities(predicted: Labels, classes: int) -> Probabilities:
    """Each answer with confidence 0.9."""
    spread = np.full((len(predicted), classes), 0.1 / (classes - 1))
    spread[np.arange(len(predicted)), predicted] = 0.9
    return spread


def gate(world: World, metric: Metric, labels: Labels, champion: Labels, challenger: Labels, used: int) -> Decision:
    """The real gate's decision on these answers, at the next use after ``used``."""
    return decide(
        Evidence(
            gate=Gate(metric=metric, confidence=1 - ALPHA),
            classes=tuple(map(str, range(world.classes))),
            labels=labels,
            challenger=probabilities(challenger, world.classes),
            champion=probabilities(champion, world.classes),
            uses=[_USE] * used,
        )
    )


def better(decision: Decision) -> tuple[float, float]:
    """The difference and the p-value that the gate found."""
    check = next(each for each in decision.checks if each.rule == "better")
    return check.numbers["difference"], check.numbers["p_value"]


# --- equally good challengers -----------------------------------------------------------------------------------------


def equal(task: tuple[World, Metric, int, int]) -> tuple[Floats64, Floats64, Bools]:
    """(sequences, BUDGET) differences, p-values and promotions of challengers that are truly no better."""
    world, metric, sequences, seed = task
    rng = np.random.default_rng(seed)
    differences, chance = np.empty((sequences, BUDGET)), np.empty((sequences, BUDGET))
    promoted = np.zeros((sequences, BUDGET), dtype=bool)
    for sequence in range(sequences):
        labels, champion = world.rows(rng, 2_000)
        for use in range(BUDGET):
            decision = gate(world, metric, labels, champion, world.challenger(rng, labels, champion, 0.0), use)
            differences[sequence, use], chance[sequence, use] = better(decision)
            promoted[sequence, use] = decision.outcome == "promote"
    return differences, chance, promoted


def equal_scores(task: tuple[float, str, int, int]) -> tuple[Floats64, Floats64, Bools]:
    """As `equal`, for metrics of probabilities: two models that see the truth through different noise."""
    share, metric, sequences, seed = task
    rng = np.random.default_rng(seed)
    differences, chance = np.empty((sequences, BUDGET)), np.empty((sequences, BUDGET))
    promoted = np.zeros((sequences, BUDGET), dtype=bool)
    for sequence in range(sequences):
        labels = (rng.random(2_000) < share).astype(np.int32)
        seen = 1.5 * labels + rng.standard_normal(2_000)
        champion = _noisy(rng, seen, share)
        for use in range(BUDGET):
            decision = decide(
                Evidence(
                    gate=Gate.model_validate({"metric": metric, "confidence": 1 - ALPHA}),
                    classes=("0", "1"),
                    labels=labels,
                    challenger=_noisy(rng, seen, share),
                    champion=champion,
                    uses=[_USE] * use,
                )
            )
            differences[sequence, use], chance[sequence, use] = better(decision)
            promoted[sequence, use] = decision.outcome == "promote"
    return differences, chance, promoted


def _noisy(rng: np.random.Generator, seen: Floats64, share: float) -> Probabilities:
    logit = 1.2 * (seen + 0.5 * rng.standard_normal(len(seen))) - 0.9 + np.log(share / (1 - share))
    second = 1 / (1 + np.exp(-logit))
    return np.column_stack([1 - second, second])


# --- hill climbing ----------------------------------------------------------------------------------------------------

RULES = ("new >= old", "uncorrected", "gate")


def climb(task: tuple[World, Metric, str, bool, int, int]) -> Floats64:
    """(sequences, BUDGET + 1) the champion's true quality, in points above the first one's, as it is climbed upon.

    Each proposal changes the champion on `DISAGREE` of the rows at random and is truly 0.1 points worse.  A climber
    that sees the scores too tries, every third time, all changes together that looked good so far.
    """
    world, metric, rule, sees_scores, sequences, seed = task
    rng = np.random.default_rng(seed)
    tilt = world.tilt(metric, -0.001)
    quality = np.zeros((sequences, BUDGET + 1))
    for sequence in range(sequences):
        labels, champion = world.rows(rng, 2_000)
        lucky: list[tuple[Bools, Labels]] = []
        for use in range(BUDGET):
            together = sees_scores and use % 3 == 2 and len(lucky) > 1
            challenger = champion.copy()
            if together:
                for changed, predicted in lucky:
                    challenger[changed] = predicted[changed]
            else:
                challenger = world.challenger(rng, labels, champion, tilt)
            decision = gate(world, metric, labels, champion, challenger, use)
            gained, p_value = better(decision)
            if not together and gained > 0:
                lucky.append((challenger != champion, challenger))
            taken = {"new >= old": gained >= 0, "uncorrected": p_value <= ALPHA, "gate": decision.outcome == "promote"}
            cost = -0.1 * (len(lucky) if together else 1)
            quality[sequence, use + 1] = quality[sequence, use] + (cost if taken[rule] else 0.0)
            if taken[rule]:
                champion, lucky = challenger, []
    return quality


# --- truly better and truly worse -------------------------------------------------------------------------------------


def power(task: tuple[World, Metric, str, float, int, int]) -> tuple[Floats64, Bools, float]:
    """p-values, whether promoted at the first and the last use (trials, 2), and what perfect knowledge could reach."""
    world, metric, gained_in, gain, trials, seed = task
    rng = np.random.default_rng(seed)
    tilt = world.tilt(gained_in, gain)
    chance, promoted, differences = np.empty(trials), np.zeros((trials, 2), dtype=bool), np.empty(trials)
    for trial in range(trials):
        labels, champion = world.rows(rng, 10_000)
        challenger = world.challenger(rng, labels, champion, tilt)
        for at, used in enumerate((0, BUDGET - 1)):
            decision = gate(world, metric, labels, champion, challenger, used)
            promoted[trial, at] = decision.outcome == "promote"
        differences[trial], chance[trial] = better(decision)
    normal, last = NormalDist(), exam_share(BUDGET, 1 - ALPHA) / 2
    true = world.truth(metric, tilt) - world.truth(metric, 0)
    reachable = normal.cdf(true / float(differences.std()) - normal.inv_cdf(1 - last))
    return chance, promoted, reachable


# --- intervals --------------------------------------------------------------------------------------------------------


def coverage(task: tuple[World, str, int, int, int]) -> float:
    """How often the interval on ``rows`` rows holds the truth."""
    world, metric, rows, trials, seed = task
    rng = np.random.default_rng(seed)
    held, distance = 0, 1.5
    for _ in range(trials):
        labels, champion = world.rows(rng, rows)
        if metric == "roc_auc":
            scores = rng.standard_normal((rows, world.classes))
            scores[np.arange(rows), labels] += distance
            truth = NormalDist().cdf(distance / 2**0.5)
            found = catalogue.metric(metric).measured(labels, scores)
        else:
            truth = world.truth(metric, 0)
            found = catalogue.metric(metric).measured(labels, probabilities(champion, world.classes))
        held += found.low <= truth <= found.high
    return held / trials


# --- the report -------------------------------------------------------------------------------------------------------

SCHEDULES: dict[str, Floats64] = {
    "no correction": np.full(BUDGET, ALPHA),
    "parameter-free Ladder (z > 1)": np.full(BUDGET, 1 - NormalDist().cdf(1)),
    "equal shares (Bonferroni)": np.full(BUDGET, ALPHA / BUDGET),
    "shares 1, 1/2, 1/3 ...": ALPHA / np.arange(1, BUDGET + 1) / (1 / np.arange(1, BUDGET + 1)).sum(),
    "1 / (k (k + 1)), half kept for later (used)": np.array(
        [exam_share(k, 1 - ALPHA) / 2 for k in range(1, BUDGET + 1)]
    ),
}


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def run(scale: float, processes: int) -> tuple[str, dict[str, Any]]:
    """Every simulation; the tables as Markdown, and the curves for the plot."""
    many = max(int(1_000 * scale), 20)
    pairs = [(world, metric) for world in WORLDS for metric in METRICS]
    with ProcessPoolExecutor(processes) as pool:
        equals = list(pool.map(equal, [(w, m, many, at) for at, (w, m) in enumerate(pairs)]))
        scored = [(share, metric) for metric in SCORED for share in (0.5, 0.05)]
        scores = list(pool.map(equal_scores, [(*each, max(many // 4, 10), 300) for each in scored]))
        climbers = [(w, m, rule, sees) for w, m in pairs[:4] for sees in (False, True) for rule in RULES]
        climbs = list(pool.map(climb, [(*each, max(many // 5, 10), 50) for each in climbers]))
        gains = [(w, m, "accuracy", gain) for gain in (0.01, -0.01) for w, m in pairs]
        gains.insert(len(pairs), (WORLDS[1], "macro_f1", "macro_f1", 0.01))
        powers = list(pool.map(power, [(*each, many // 2, 100 + at) for at, each in enumerate(gains)]))
        cells = [(w, m, n) for w in WORLDS for m in ("accuracy", "macro_f1", "roc_auc") for n in (200, 2_000, 20_000)]
        trials = [many * 2 if w.classes == 2 or n < 20_000 else max(many // 2, 10) for w, _, n in cells]
        held = list(pool.map(coverage, [(*each, t, 200) for each, t in zip(cells, trials, strict=True)]))
    parts = [
        _equal_part([f"{world.name}, {metric}" for world, metric in pairs], equals),
        _equal_part([f"2 classes, {100 - 100 * s:g}:{100 * s:g}, {metric}" for s, metric in scored], scores),
        _climb_part(climbers, climbs),
        _power_part(gains, powers),
        _schedule_part(equals[0], powers[0][0]),
        _coverage_part(cells, held),
    ]
    curves = {
        "naive": np.maximum.accumulate(equals[0][0] >= 0, axis=1).mean(axis=0),
        "uncorrected": np.maximum.accumulate(equals[0][1] <= ALPHA, axis=1).mean(axis=0),
        "gate": np.maximum.accumulate(equals[0][2], axis=1).mean(axis=0),
        "climbs": {rule: climbs[climbers.index((*pairs[0], rule, False))].mean(axis=0) for rule in RULES},
    }
    return "\n\n".join(parts), curves


def _equal_part(names: list[str], found: list[Any]) -> str:
    rows = []
    for name, (differences, chance, promoted) in zip(names, found, strict=True):
        shares = [(differences >= 0).any(axis=1), (chance <= ALPHA).any(axis=1), promoted.any(axis=1)]
        rows.append([name, *(percent(float(each.mean())) for each in shares)])
    text = (
        f"**Equally good challengers.** {len(found[0][0]):,} sequences of {BUDGET} gates on one holdout of 2,000 rows: "
        "the share of sequences with at least one promotion.\n\n"
    )
    return text + table(["", "new >= old", "paired test, uncorrected", "the gate"], rows)


def _climb_part(climbers: list[tuple[World, Metric, str, bool]], found: list[Floats64]) -> str:
    last = {each: float(quality[:, -1].mean()) for each, quality in zip(climbers, found, strict=True)}
    rows = [
        [
            f"{world.name}, {metric}, {'also sees the scores' if sees else 'sees the answers'}",
            *(f"{last[world, metric, rule, sees]:+.2f}" for rule in RULES),
        ]
        for world, metric, rule, sees in climbers
        if rule == "gate"
    ]
    text = (
        f"**Hill climbing on the holdout.** {BUDGET} proposals, each truly 0.1 points worse, kept when promoted: the "
        "champion's true quality at the end, in points above the first champion's, on average.\n\n"
    )
    return text + table(["", "new >= old", "paired test, uncorrected", "the gate"], rows)


def _power_part(gains: list[tuple[World, Metric, str, float]], found: list[Any]) -> str:
    rows = []
    for (world, metric, gained_in, gain), (_, promoted, reachable) in zip(gains, found, strict=True):
        most = percent(reachable) if gain > 0 else ""
        gained = f"{100 * gain:+.0f} point of {gained_in}"
        rows.append([f"{world.name}, gate on {metric}, {gained}", *map(percent, promoted.mean(axis=0)), most])
    text = (
        "**Truly better, truly worse.** Holdout of 10,000 rows, disagreement on 6 % of them: how often the challenger "
        "is promoted.  The last column is about what a test that knew the spread of the difference exactly "
        f"would reach at use {BUDGET} (give or take three points).\n\n"
    )
    return text + table(["", "first use", f"use {BUDGET}", f"reachable at use {BUDGET}"], rows)


def _schedule_part(null: Any, better_p: Floats64) -> str:
    rows = []
    for name, shares in SCHEDULES.items():
        false = (null[1] <= shares[None, :]).any(axis=1).mean()
        reached = [percent(float((better_p <= shares[use]).mean())) for use in (0, 1, 4, BUDGET - 1)]
        rows.append([name, percent(float(false)), *reached])
    text = (
        f"**How to spend the allowance.** {WORLDS[0].name}, accuracy: sequences of {BUDGET} with a false promotion "
        "(2,000 rows), and how often a challenger one point better is promoted (10,000 rows) at four of the uses.\n\n"
    )
    return text + table(["", "false promotions", "use 1", "use 2", "use 5", f"use {BUDGET}"], rows)


def _coverage_part(cells: list[tuple[World, str, int]], held: list[float]) -> str:
    found = {(world.name, metric, rows): share for (world, metric, rows), share in zip(cells, held, strict=True)}
    rows = [
        [f"{world.name}, {metric}", *(percent(found[world.name, metric, count]) for count in (200, 2_000, 20_000))]
        for world in WORLDS
        for metric in ("accuracy", "macro_f1", "roc_auc")
    ]
    text = "**Intervals.** How often the 95 % interval holds the truth, by rows of the holdout.\n\n"
    return text + table(["", "200", "2,000", "20,000"], rows)


def plot(curves: dict[str, Any], path: Path) -> None:
    """Two pictures: promotions of equals over the uses, and the champion's true quality under hill climbing."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "ratchet"
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8))
    uses = np.arange(1, BUDGET + 1)
    colours = {"new >= old": "#b0413e", "uncorrected": "#d98e04", "gate": "#1b6b5c"}
    for label, key in (("new >= old", "naive"), ("uncorrected", "uncorrected"), ("gate", "gate")):
        left.plot(uses, 100 * curves[key], label=label, color=colours[label])
        right.plot(np.arange(BUDGET + 1), curves["climbs"][label], label=label, color=colours[label])
    left.axhline(5, color="grey", linewidth=0.8, linestyle=":")
    left.set(xlabel="uses of the holdout", ylabel="% of sequences", title="A model that is no better was promoted")
    right.set(xlabel="uses of the holdout", ylabel="points", title="True quality under hill climbing")
    left.legend(frameon=False)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def write(text: str, path: Path) -> None:
    """Puts the tables between the markers of the page."""
    start, end = "<!-- simulation -->", "<!-- /simulation -->"
    before, _, rest = path.read_text().partition(start)
    path.write_text(f"{before}{start}\n{text}\n{end}{rest.partition(end)[2]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="put tables and plot into docs/evidence.md")
    chosen = parser.parse_args()
    began = time.monotonic()
    text, curves = run(chosen.scale, chosen.processes)
    text += f"\n\nMade in {(time.monotonic() - began) / 60:.0f} minutes by {chosen.processes} processes."
    print(text)
    if chosen.write:
        plot(curves, _DOCS / "evidence-simulation.svg")
        write(text, _DOCS / "evidence.md")


if __name__ == "__main__":
    main()
