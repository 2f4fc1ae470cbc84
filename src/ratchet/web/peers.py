"""What the workers of one server measure, brought together, so that whoever is asked tells of all of them.

Each leaves what it measured in a folder that they share, about once a second; who is asked adds what the others left
to what it knows itself.  What a worker counted outlives it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
from prometheus_client.core import Metric

from ratchet import platforms

GONE = "gone"
"""The file of what workers counted that are no more."""
_HOW = re.compile(r"Processes: (sum|min|max)\.")
_TOGETHER: Mapping[str, Callable[[float, float], float]] = {"sum": lambda a, b: a + b, "min": min, "max": max}
_Labels = tuple[tuple[str, str], ...]


class Left(msgspec.Struct, frozen=True):
    """What one worker left."""

    families: list[Family]
    buried: list[str] = []
    """Of `GONE`: the files that it holds the counts of."""


class Family(msgspec.Struct, frozen=True):
    """One measurement: its samples by name and labels."""

    name: str
    kind: str
    text: str
    samples: list[tuple[str, dict[str, str], float]]

    @property
    def how(self) -> str:
        """How the samples of several processes are brought together; the help of a gauge says it."""
        found = _HOW.search(self.text)
        return "sum" if self.kind != "gauge" else found[1] if found else "max"


class Peers:
    """The workers of one server, seen from one of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._own = str(os.getpid())

    def tell(self, measured: Iterable[Metric]) -> None:
        """Leave what this worker has measured until now."""
        _write(self._folder / self._own, Left([_family(each) for each in measured]))

    def together(self, measured: Iterable[Metric], names: Collection[str] | None) -> list[Metric]:
        """What this worker has measured, with what the others left: of some classifiers, or (None) of all."""
        own = [_family(each) for each in measured]
        others = [left.families for name, left in _left(self._folder) if name != self._own]
        return [_metric(each) for each in merged([own, *others], names)]


def bury(folder: Path) -> None:
    """Bring what dead workers counted into one file."""
    dead = {name: left for name, left in _left(folder) if name == GONE or not _alive(name)}
    if dead.keys() <= {GONE}:
        return
    families = merged([left.families for left in dead.values()], None)
    counted = [each for each in families if each.kind != "gauge"]
    _write(folder / GONE, Left(counted, buried=[name for name in dead if name != GONE]))
    for name in dead.keys() - {GONE}:
        (folder / name).unlink(missing_ok=True)


def merged(several: Sequence[Sequence[Family]], names: Collection[str] | None) -> list[Family]:
    """Families of several processes as one; ``names`` are the classifiers whose samples stay.

    >>> one = Family("ready", "gauge", "Processes: min.", [("ready", {"classifier": "films"}, 1.0)])
    >>> two = Family("ready", "gauge", "Processes: min.", [("ready", {"classifier": "films"}, 0.0)])
    >>> merged([[one], [two]], ["films"])[0].samples
    [('ready', {'classifier': 'films'}, 0.0)]
    """
    first: dict[str, Family] = {}
    values: dict[str, dict[tuple[str, _Labels], float]] = {}
    for family in (each for families in several for each in families):
        first.setdefault(family.name, family)
        found, how = values.setdefault(family.name, {}), _TOGETHER[family.how]
        for sample, labels, value in family.samples:
            if names is None or labels.get("classifier") in names:
                key = sample, tuple(labels.items())
                found[key] = how(found[key], value) if key in found else value
    return [
        msgspec.structs.replace(
            family, samples=[(sample, dict(labels), value) for (sample, labels), value in values[name].items()]
        )
        for name, family in first.items()
    ]


def _family(metric: Metric) -> Family:
    samples = [(each.name, dict(each.labels), float(each.value)) for each in metric.samples]
    return Family(metric.name, metric.type, metric.documentation, samples)


def _metric(family: Family) -> Metric:
    metric = Metric(family.name, family.text, family.kind)
    for sample, labels, value in family.samples:
        metric.add_sample(sample, labels, value)
    return metric


def _left(folder: Path) -> Iterator[tuple[str, Left]]:
    """What the workers left, by the names of their files; of the dead only what they counted."""
    found = dict[str, Left]()
    for path in folder.iterdir():
        if path.name == GONE or path.name.isdigit():
            with suppress(OSError, msgspec.DecodeError):  # buried, or a disk that is full
                found[path.name] = msgspec.json.decode(path.read_bytes(), type=Left)
    buried = set(found[GONE].buried) if GONE in found else set[str]()
    for name, left in found.items():
        if name not in buried:
            alive = name == GONE or _alive(name)
            yield name, left if alive else Left([each for each in left.families if each.kind != "gauge"])


def _alive(name: str) -> bool:
    try:
        return platforms.began(int(name)) is not None
    except OSError:
        return True


def _write(path: Path, left: Any) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}")
    with suppress(OSError):  # a full disk: what was left before stays
        part.write_bytes(msgspec.json.encode(left))
        part.replace(path)
