"""What `ratchet train` reaches with its defaults on real data, beside scikit-learn and AutoML systems on the same rows.

    python -m bench.learning [CASE ...] [--budget 120s] [--splits 1] [--beside flaml=PYTHON] [--beside autogluon=PYTHON]
        [--write]

Every table is drafted, ingested and trained by the command line in a fresh folder; the rivals learn from the rows that
were not held out and are judged on the very same holdout, where an AutoML system has the budget that Ratchet has.
``--write`` puts the table into ``docs/benchmarks.md``.
"""

from __future__ import annotations

import argparse
import math
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.learning.cases import CASES, Case
from bench.learning.ours import Trained, train
from bench.learning.rivals import SCRIPTS, Rivalled, automl, scikit_learn
from bench.page import put
from ratchet.spec.learning import Search

_OURS = "ratchet"


@dataclass(frozen=True, kw_only=True)
class Result:
    """One table: of every way to learn the figures of its splits, and what they took."""

    case: Case
    rows: int
    families: tuple[str, ...]
    values: dict[str, list[float]]
    seconds: dict[str, list[float]]
    low: float
    high: float
    """The interval of the only split; NaN where several are averaged."""


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[[], *(case.name for case in CASES)])
    parser.add_argument("--budget", help="such as 120s, in place of the default")
    parser.add_argument("--splits", type=int, default=9, help="at most so many splits of a small table")
    parser.add_argument("--beside", action="append", default=[], help=f"{' or '.join(SCRIPTS)}=INTERPRETER")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args(arguments)
    beside = {name: Path(python) for name, _, python in (each.partition("=") for each in options.beside)}
    results = []
    for case in CASES:
        if not options.names or case.name in options.names:
            fewer = replace(case, holdouts=min(case.holdouts, options.splits))
            results.append(_run(fewer, options.budget, beside))
            print(_row(results[-1], tuple(beside)), flush=True)
    table = _table(results, tuple(beside))
    print(f"\n{table}")
    if options.write:
        put("learning", table)


def _run(case: Case, budget: str | None, beside: dict[str, Path]) -> Result:
    names = (_OURS, "scikit-learn", *beside)
    values: dict[str, list[float]] = {name: [] for name in names}
    seconds: dict[str, list[float]] = {name: [] for name in names}
    families, trained = [], None
    for seed in range(case.holdouts):
        with tempfile.TemporaryDirectory() as scratch:
            trained = train(case, Path(scratch), budget=budget, seed=seed)
            families.append(trained.document["family"])
            for name in names:
                each = _reached(name, trained, case, budget, beside, Path(scratch))
                print(f"{case.name}, split {seed}: {name} {each.value:.4f} in {each.seconds:.0f} s", flush=True)
                values[name].append(each.value)
                seconds[name].append(each.seconds)
    assert trained is not None
    low, high = _interval(case, trained)
    return Result(
        case=case, rows=len(trained.frame), families=tuple(dict.fromkeys(families)), values=values, seconds=seconds,
        low=low, high=high,
    )  # fmt: skip


def _reached(
    name: str, trained: Trained, case: Case, budget: str | None, beside: dict[str, Path], scratch: Path
) -> Rivalled:
    if name == _OURS:
        return Rivalled(value=trained.document["metrics"][case.metric]["value"], seconds=trained.seconds)
    if name == "scikit-learn":
        return scikit_learn(trained, case.metric)
    return automl(name, beside[name], trained, case.metric, _seconds(budget), scratch)


def _seconds(budget: str | None) -> float:
    return Search().budget if budget is None else Search.model_validate({"budget": budget}).budget


def _interval(case: Case, trained: Trained) -> tuple[float, float]:
    if case.holdouts > 1:
        return math.nan, math.nan
    measured = trained.document["metrics"][case.metric]
    return measured["low"], measured["high"]


def _row(result: Result, beside: tuple[str, ...]) -> str:
    case, ours = result.case, statistics.mean(result.values[_OURS])
    spread = (
        f"({result.low:.3f} to {result.high:.3f})" if case.holdouts == 1
        else f"({min(result.values[_OURS]):.3f} to {max(result.values[_OURS]):.3f} on {case.holdouts} splits)"
    )  # fmt: skip
    reached = "reached" if ours >= case.goal else "MISSED"
    rivals = " | ".join(
        f"{_mean(result.values[name])} | {statistics.mean(result.seconds[name]):.0f} s"
        for name in ("scikit-learn", *beside)
    )
    return (
        f"| `{case.name}` | {result.rows:,} | {case.metric.replace('_', ' ')} | {case.goal:g} | **{ours:.3f}** "
        f"{spread} {reached} | {', '.join(result.families)} | {statistics.mean(result.seconds[_OURS]):.0f} s "
        f"| {rivals} |"
    )


def _mean(values: Sequence[float]) -> str:
    """Of the splits on which there were answers."""
    found = [value for value in values if not math.isnan(value)]
    return f"{statistics.mean(found):.3f}" if found else "no answer"


def _table(results: Sequence[Result], beside: tuple[str, ...]) -> str:
    rivals = [part for name in ("scikit-learn", *beside) for part in (name, "took")]
    heads = ["table", "rows", "metric", "goal", "Ratchet, holdout", "family", "`ratchet train`", *rivals]
    lines = "|".join("---:" if head in {"rows", "goal", "took"} else "---" for head in heads)
    return "\n".join([f"| {' | '.join(heads)} |", f"|{lines}|", *(_row(each, beside) for each in results)])


if __name__ == "__main__":
    main()
