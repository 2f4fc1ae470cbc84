"""The tracker kit: `check_tracker` tries to break every promise of `ratchet.tracking.tracker.Tracker`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ratchet.errors import NotFoundError
from ratchet.progress import Progress
from ratchet.tracking.tracker import RunRecord, Tracker

_CURVE = {"measure": "log-loss", "steps": [1, 2, 3], "learned": [0.7, 0.5, 0.4], "held": [0.7, 0.6, 0.6]}
_TRIALS: tuple[dict[str, Any], ...] = (
    {"number": 0, "family": "linear.v1", "params": {"C": 1.5}, "state": "finished", "score": 0.8, "seconds": 1.5}
    | {"curves": [_CURVE], "facts": {"rounds": 3}},
    {"number": 1, "family": "boosted.v1", "params": {"leaves": 31}, "state": "failed", "score": None}
    | {"seconds": 0.5, "reason": "it ran out of memory"},
)


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
    make().record(_bare("bare"))


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
        for name in ("7", "8"):
            tracker.record(run(Path(folder), name))
    for name in ("7", "7", "8", "7"):
        tracker.champion("reviews", name, name)


def check_unknown_champion(make: Callable[[], Tracker]) -> None:
    """A champion whose run was never told is not found, so that the run can be told first."""
    tracker = make()
    if tracker.record(_bare("known")) is None:
        return
    try:
        tracker.champion("reviews", "unknown", "9")
    except NotFoundError:
        return
    raise AssertionError("a champion of which no run was told is a NotFoundError")


def check_heard(make: Callable[[], Tracker]) -> None:
    """A run that was heard while it went on is the same run once it is told whole, and is told once."""
    tracker = make()
    for progress in heard():
        tracker.hear("reviews", "heard", progress)
    with TemporaryDirectory() as folder:
        first = tracker.record(run(Path(folder), "heard"))
        tracker.hear("reviews", "heard", heard()[0])  # a thread that was slow
        ids = {first, tracker.record(run(Path(folder), "heard")), make().record(run(Path(folder), "heard"))}
    assert len(ids) == 1, f"one run has one id, found {ids}"


def check_left_by_half(make: Callable[[], Tracker]) -> None:
    """What a process told of a run before it died keeps no other from telling it."""
    for progress in heard():
        make().hear("reviews", "left", progress)
    with TemporaryDirectory() as folder:
        ids = {make().record(run(Path(folder), "left")) for _ in range(2)}
    assert len(ids) == 1, f"one run has one id, found {ids}"


def check_forgotten(make: Callable[[], Tracker]) -> None:
    """A run may come to nothing, be forgotten twice or by another process, and be told after all; a whole one stays."""
    tracker = make()
    tracker.forget("reviews", "never heard of")
    for progress in heard():
        tracker.hear("reviews", "forgotten", progress)
    make().forget("reviews", "forgotten")
    tracker.forget("reviews", "forgotten")
    first = tracker.record(_bare("forgotten"))
    make().forget("reviews", "forgotten")
    assert make().record(_bare("forgotten")) == first, "a run that was told whole is not forgotten"


CHECKS = (
    check_runs,
    check_same_run,
    check_bare_run,
    check_odd_values,
    check_champions,
    check_unknown_champion,
    check_heard,
    check_left_by_half,
    check_forgotten,
)


def heard() -> list[Progress]:
    """What a run reports: two trials that ended, the first with curves, and the best score so far."""
    first, second = _TRIALS
    return [
        Progress(stage="search", done=1, total=3, best=0.8, trial=first),
        Progress(stage="search", done=1, total=3, best=0.8, trial=first),
        Progress(stage="search", done=2, total=3, best=0.81),
        Progress(stage="search", done=3, total=3, trial=second),
    ]


def _bare(name: str) -> RunRecord:
    return RunRecord(classifier="reviews", name=name, params={}, metrics={}, tags={})


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
        trials=_TRIALS,
    )
