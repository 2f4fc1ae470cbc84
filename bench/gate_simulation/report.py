"""The tables: every share with its number of trials and where it lies with 95 % confidence."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field

import numpy as np

from bench import intervals, sets_simulation
from bench.gate_simulation.attack import READS, TRIES, attacks
from bench.gate_simulation.feedback import Feedback
from bench.gate_simulation.life import PATIENCE, Lived, Plan, lives
from bench.gate_simulation.stairs import MARGIN, STAIRS, STEP, staircases
from bench.gate_simulation.worlds import EQUALS, PLAIN, World
from ratchet.statistics.wilson import share as measured

GROWTH = Plan(weeks=104, held=10_000, grows=100, later=400, screened=40_000, tested=(2, 20, 52, 104), rotates=True)
QUICK = Plan(weeks=104, held=500, grows=100, later=400, screened=2_000)
GAIN = 0.01
SEED = 20_260_000
"""Where the seeds of what is reported begin: constants of the gate were chosen on others."""
_CHUNK = 10


@dataclass(frozen=True, kw_only=True)
class Part:
    """A table, and what pictures are drawn of."""

    text: str
    drawn: dict[str, list[float]] = field(default_factory=dict)


def seeds(count: int) -> list[range]:
    """Seeds in portions of work."""
    return [range(SEED + at, SEED + min(at + _CHUNK, count)) for at in range(0, count, _CHUNK)]


def share(found: Sequence[bool]) -> str:
    """``4.1 % (3.5 to 4.8)``."""
    each = measured(float(np.sum(found)), float(len(found)))
    return f"{100 * each.value:.1f} % ({100 * each.low:.1f} to {100 * each.high:.1f})" if len(found) else ""


def table(head: list[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _lives(pool: Executor, world: World, plan: Plan, count: int, gain: float = 0.0) -> list[Lived]:
    portions = seeds(count)
    many = len(portions)
    return [each for found in pool.map(lives, [world] * many, [plan] * many, portions, [gain] * many) for each in found]


def equals(pool: Executor, scale: float) -> Part:
    """Challengers that are no better, twenty on one holdout."""
    count = max(int(1_000 * scale), 20)
    rows = []
    for world in EQUALS:
        found = _lives(pool, world, Plan(), count)
        now, before = [any(each.promoted) for each in found], [each.first_edition is not None for each in found]
        rows.append([world.name, share(now), share(before)])
    text = (
        f"**Challengers that are no better.** {count:,} generations each: a holdout of 2,000 rows, an exam a week for "
        "20 weeks without any screen, and bets on what stays pending on 200 new rows a week. How many generations "
        "contain a false promotion.\n\n"
    )
    return Part(text=text + table(["", "the gate", "rule of 0.1.0"], rows))


def growth(pool: Executor, scale: float) -> Part:
    """Two years of weekly challengers, on a holdout that grows slowly, and one that grows so fast that it turns."""
    slow = _lives(pool, PLAIN, GROWTH, max(int(1_000 * scale), 20), GAIN)
    quick = _lives(pool, PLAIN, QUICK, max(int(500 * scale), 20))
    head = ["held out", "exams", "generations", "a generation errs", "two years err", "0.1.0", "0.1.0, rotating"]
    rows = [
        [f"{each.held:,} rows, {each.grows} more a week", *_erring(found, each)]
        for found, each in ((slow, GROWTH), (quick, QUICK))
    ]
    text = (
        f"**Two years of growth.** {len(slow):,} and {len(quick):,} lives of 104 weeks, a challenger a week that is "
        "no better: first the screen (out-of-fold rows, four times the first holdout), then an exam, then bets on 400 "
        f"newly labelled rows a week.\n\n{table(head, rows)}\n\n"
    )
    return Part(text=text + _power(slow), drawn=_drawn(slow))


def _erring(found: Sequence[Lived], plan: Plan) -> list[str]:
    generations = [each for one in found for each in one.promoted]
    return [
        f"{np.mean([each.exams for each in found]):.0f}",
        f"{len(generations) / len(found):.1f}",
        share(generations),
        share([any(each.promoted) for each in found]),
        share([each.first_edition is not None for each in found]),
        share([each.rotating is not None for each in found]) if plan.rotates else "",
    ]


def _power(found: Sequence[Lived]) -> str:
    rows = [
        [f"week {week}", share([each.at_once[at] for each in found]), share([each.in_time[at] for each in found])]
        for at, week in enumerate(GROWTH.tested)
    ]
    text = (
        "**A challenger that is better by one point of accuracy**, in the slowly growing lives above: how often it "
        "is promoted.\n\n"
    )
    return text + table(["", "at once", f"within {PATIENCE} weeks"], rows)


def _drawn(found: Sequence[Lived]) -> dict[str, list[float]]:
    weeks = list(range(1, GROWTH.weeks + 1))
    tested = range(len(GROWTH.tested))
    return {
        "gate": _by_week([min(each.by_week, default=None) for each in found], weeks),
        "0.1.0, rotating": _by_week([each.rotating for each in found], weeks),
        "at once": [float(np.mean([each.at_once[at] for each in found])) for at in tested],
        "in time": [float(np.mean([each.in_time[at] for each in found])) for at in tested],
    }


def _by_week(first: Sequence[int | None], weeks: Sequence[int]) -> list[float]:
    """The share of lives in which it had happened by each week."""
    return [float(np.mean([at is not None and at <= week for at in first])) for week in weeks]


def attack(pool: Executor, scale: float) -> Part:
    """The boosting attack, by what the attacker reads."""
    portions = seeds(max(int(400 * scale), 20))
    rows = []
    for reads in READS:
        found = [each for part in pool.map(attacks, [reads] * len(portions), portions) for each in part]
        rows.append([f"reads {reads}", *(share([each[at] for each in found]) for at in range(len(TRIES)))])
    text = (
        f"**The boosting attack.** {len(found):,} attackers each, on 2,000 rows that never grow: how many got a "
        "challenger through that is no better, after so many tries and one made of them.\n\n"
    )
    return Part(text=text + table(["", *(f"{tries} tries" for tries in TRIES)], rows))


def feedback(pool: Executor, scale: float) -> Part:
    """Feedback that prefers mistakes."""
    count = max(int(400 * scale), 20)
    rows = []
    for prefers in (3.0, 10.0):
        plan = Plan(held=500, later=50)
        told = _lives(pool, Feedback(name="", prefers=prefers, told=True), plan, count)
        blind = _lives(pool, Feedback(name="", prefers=prefers, told=False), plan, count)
        now = share([any(each.promoted) for each in told])
        mixed = share([any(each.promoted) for each in blind])
        rows.append([f"{prefers:g} times", now, mixed, share([each.first_edition is not None for each in blind])])
    text = (
        f"**Feedback that prefers mistakes.** {count:,} generations each, 20 challengers that are no better; about "
        "200 rows by lot are held out, beside them as many of feedback, to which mistakes come more often.\n\n"
    )
    head = ["mistakes come", "chosen rows never held out", "held out, the same gate", "held out, 0.1.0"]
    return Part(text=text + table(head, rows))


def stairs(pool: Executor, scale: float) -> Part:
    """Staircases under ``no_worse``."""
    portions = seeds(max(int(500 * scale), 20))
    rows = []
    for each in STAIRS:
        found = [one for part in pool.map(staircases, [each] * len(portions), portions) for one in part]
        rows.append([each.name, share([one[0] for one in found]), share([one[1] for one in found])])
    text = (
        f"**Staircases under `no_worse`.** {len(found):,} each, 20 challengers, each truly {100 * STEP:.1f} points "
        f"worse than the champion it meets, a margin of {100 * MARGIN:g} point: how often the champion ends truly "
        "worse than the margin allows.\n\n"
    )
    return Part(text=text + table(["holdout", "the gate", "rule of 0.1.0"], rows))


def coverage(pool: Executor, scale: float) -> Part:
    """Intervals of every metric, the worlds of `bench/intervals.py` with rows of their own."""
    trials = max(int(400 * scale), 20)
    worlds = [world for world in intervals.worlds() if world.units == "rows"]
    tasks = [(world, rows, trials, SEED, ()) for rows in intervals.ROWS for world in worlds]
    cells = [cell for found in pool.map(intervals.run, tasks) for cell in found]
    names = list(dict.fromkeys(cell.metric for cell in cells))
    rows = [[name.replace("_", "-"), *(_held(cells, name, count) for count in intervals.ROWS)] for name in names]
    text = (
        "**Intervals.** How often the 95 % interval holds the truth, over worlds of 2, 3 and 10 classes, balanced and "
        f"geometric, with a good and a middling model ({trials:,} holdouts each): on average (in the worst world). "
        "Only intervals that promise 95 % are counted; in brackets how many call themselves approximate instead.\n\n"
    )
    return Part(text=text + table(["", *(f"{count:,} rows" for count in intervals.ROWS)], rows))


def _held(cells: Sequence[intervals.Cell], name: str, rows: int) -> str:
    mine = [cell for cell in cells if cell.metric == name and cell.rows == rows]
    promised, about = sum(cell.promised for cell in mine), sum(cell.about for cell in mine)
    enough = [cell.held / cell.promised for cell in mine if cell.promised >= 20]
    named = f" [{100 * about / (promised + about):.0f} %]" if about else ""
    if not enough:
        return f"approximate{named}"
    return f"{100 * sum(cell.held for cell in mine) / promised:.1f} ({100 * min(enough):.1f}){named}"


def sets(pool: Executor, scale: float) -> Part:
    """Prediction sets, on average and in the worst class."""
    found = sets_simulation.simulate(max(scale / 4, 0.01))
    rows = [
        [
            f"{each.classes} classes, {each.kind}",
            f"{each.rows:,}",
            f"{100 * each.coverage:.1f} %",
            f"{100 * each.worst:.1f} %",
            f"{100 * each.right:.1f} %",
        ]
        for each in found
        if each.unit == 1 and each.rows in (300, 5_000)
    ]
    text = (
        "**Prediction sets.** What sets that promise 95 % hold, after so many rows to fit to "
        "(`bench/sets_simulation.py`): over all rows, in the worst class, and how often a single answer is right.\n\n"
    )
    return Part(text=text + table(["", "rows", "holds", "worst class", "single answers right"], rows))


PARTS = {
    "equals": equals,
    "growth": growth,
    "attack": attack,
    "feedback": feedback,
    "stairs": stairs,
    "coverage": coverage,
    "sets": sets,
}
