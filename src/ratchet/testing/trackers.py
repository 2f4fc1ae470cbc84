"""The tracker kit: `check_tracker` tries to break every promise of `ratchet.tracking.tracker.Tracker`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from ratchet.tracking.tracker import RunRecord, Tracker


def check_tracker(make: Callable[[], Tracker]) -> None:
    """Run every check of this kit; ``make`` opens the same tracker each time."""
    for check in CHECKS:
        check(make)


def check_runs(make: Callable[[], Tracker]) -> None:
    """Each run has an id of its own, or none has one; another opening of the tracker goes on."""
    with TemporaryDirectory() as folder:
        ids = [make().record(run(Path(folder), name)) for name in ("1", "2", "3")]
    assert ids == [None] * 3 or len({each for each in ids if each}) == 3, f"ids tell runs apart, found {ids}"


def check_same_run(make: Callable[[], Tracker]) -> None:
    """A run that is told again, as after a crash, is the same run."""
    with TemporaryDirectory() as folder:
        ids = {tracker.record(run(Path(folder), "again")) for tracker in (make(), make())}
    assert len(ids) == 1, f"one run has one id, found {ids}"


def check_bare_run(make: Callable[[], Tracker]) -> None:
    """A run may have next to nothing to tell."""
    make().record(RunRecord(classifier="reviews", name="bare", params={}, metrics={}, tags={}))


def check_odd_values(make: Callable[[], Tracker]) -> None:
    """Long values, many values, values without a number: none of them loses the run."""
    odd = RunRecord(
        classifier="reviews",
        name="odd",
        params={"long": "x" * 20_000, "none": None, "list": [1, 2], **{f"p{number}": number for number in range(250)}},
        metrics={
            "nan": float("nan"),
            "infinite": float("inf"),
            **{f"m{number}": 1 / (number + 1) for number in range(250)},
        },
        tags={"sentence": "déjà vu \U0001f600 " * 900},
        documents={"deep/scorecard.json": {"a": [{"b": None}]}},
        trials=({"family": "a.v1", "params": {"C": 1.0}, "score": 0.5}, {"family": "b.v1", "score": None}),
    )
    make().record(odd)


def check_champions(make: Callable[[], Tracker]) -> None:
    """A champion may be told, told again, moved on and moved back."""
    tracker = make()
    with TemporaryDirectory() as folder:
        ids = {name: tracker.record(run(Path(folder), name)) for name in ("7", "8")}
        for name in ("7", "7", "8", "7"):
            found = ids[name]
            if found is not None:
                tracker.champion("reviews", found, name)


CHECKS = (check_runs, check_same_run, check_bare_run, check_odd_values, check_champions)


def run(folder: Path, name: str) -> RunRecord:
    """A run with something of everything."""
    bundle = folder / f"bundle-{name}"
    bundle.mkdir(exist_ok=True)
    (bundle / "manifest.json").write_text(f'{{"name": "{name}"}}')
    (bundle / "arrays").mkdir(exist_ok=True)
    (bundle / "arrays" / "w.bin").write_bytes(b"123")
    return RunRecord(
        classifier="reviews",
        name=name,
        params={"family": "linear.v1", "C": 1.5},
        metrics={"macro_f1": 0.81, "macro_f1_low": 0.79, "macro_f1_high": 0.83},
        tags={"spec": "0123456789abcdef", "outcome": "promote"},
        documents={"spec.json": {"name": "reviews"}, "scorecard.json": {"summary": "It beats the baselines."}},
        bundle=bundle,
        trials=(
            {"family": "linear.v1", "params": {"C": 1.5}, "score": 0.8},
            {"family": "boosted.v1", "params": {"leaves": 31}, "score": 0.7},
        ),
    )
