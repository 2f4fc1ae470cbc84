"""The family kit: `check_family` tries to break every promise of `ratchet.models.family.Family` and its models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ratchet.arrays import Labels, Probabilities
from ratchet.clock import rng
from ratchet.features.encoder import Columns, Matrix
from ratchet.features.matrix import take
from ratchet.features.table import TableEncoder
from ratchet.kinds.kind import Kind
from ratchet.models.family import Choice, Family, Model, Range, Shape
from ratchet.testing.matrices import VERSIONED, through_disk


@dataclass(frozen=True, kw_only=True, slots=True)
class EncodedRows:
    """Encoded rows with their labels, and the names of the outputs."""

    matrix: Matrix
    labels: Labels
    classes: int
    names: tuple[str, ...]

    @property
    def shape(self) -> Shape:
        """What a family may look at."""
        sparse = self.matrix.sparse.width if self.matrix.sparse else 0
        return Shape(rows=len(self.labels), classes=self.classes, dense=self.matrix.dense.shape[1], sparse=sparse)


def check_family(family: Family, *, rows: EncodedRows | None = None, learns: bool = True) -> None:
    """Run every check of this kit; raises AssertionError that names the promise that is broken.

    ``rows`` are made up and encoded as the family wants them, where they are not given (it then has to see numbers,
    categories, dates or texts).  ``learns`` is False for a family that answers without looking at the rows.
    """
    known = rows or made_up(family)
    check_space(family, known)
    check_fixing(family, known.shape)
    check_answers(family, known, learns=learns)
    check_determinism(family, known)
    check_saving(family, known)
    check_few_rows(family, known)
    check_whole_space(family, known)


def check_space(family: Family, rows: EncodedRows) -> None:
    """The name carries a version; the space is well formed and the defaults lie in it."""
    assert VERSIONED.fullmatch(family.name), f"the name is like 'linear.v1', found {family.name!r}"
    space, defaults = family.space(rows.shape), family.defaults(rows.shape)
    for name, part in space.items():
        assert name in defaults, f"every parameter of the space has a default: {name} has none"
        if isinstance(part, Choice):
            assert part.options, f"{name} has options"
            assert defaults[name] in part.options, f"{name} = {defaults[name]!r} is one of {part.options}"
            continue
        assert part.low <= part.high, f"{name} goes from low to high, found {part.low} to {part.high}"
        assert part.scale == "linear" or part.low > 0, f"{name} on a log scale begins above 0, found {part.low}"
        assert part.low <= defaults[name] <= part.high, f"{name} = {defaults[name]} lies in {part.low} to {part.high}"
        assert not part.whole or defaults[name] == int(defaults[name]), f"{name} = {defaults[name]} is whole"


def check_fixing(family: Family, shape: Shape) -> None:
    """Which parameters there are does not depend on the shape, and a spec may fix each to all that is tried of it."""
    space, defaults = family.space(shape), family.defaults(shape)
    tried = [(name, value) for name, part in space.items() for value in (defaults[name], *_ends(part))]
    for other in _shapes():
        there = family.space(other)
        assert family.defaults(other).keys() == defaults.keys(), f"{other} has the parameters that {shape} has"
        for name, value in tried:
            assert name not in there or _takes(there[name], value), f"{name} = {value!r} may be fixed in {other}"


def check_answers(family: Family, rows: EncodedRows, *, learns: bool = True) -> None:
    """Probabilities for every row, each row's own; better than always the largest class; rows are left as they are."""
    before = through_bytes(rows.matrix)
    model = _fit(family, rows)
    whole = _answers(model, rows.matrix, rows.classes)
    assert through_bytes(rows.matrix) == before, "fit and predict leave the rows as they were"
    assert model.family == family.name, f"the model names its family {family.name!r}, found {model.family!r}"
    _answers(model, take(rows.matrix, np.zeros(0, dtype=np.int64)), rows.classes)
    for row in range(0, len(rows.labels), 7):
        alone = _answers(model, take(rows.matrix, np.array([row])), rows.classes)
        # A product of one row and of many may add in another order: the last bits are free, a decision is not.
        assert np.allclose(alone[0], whole[row], rtol=1e-5, atol=1e-6), f"row {row} has the same answer alone"
    if learns:
        right = float((whole.argmax(axis=1) == rows.labels).mean())
        largest = float(np.bincount(rows.labels).max() / len(rows.labels))
        assert right > largest, f"right more often than the largest class alone ({largest:.2f}), found {right:.2f}"


def check_determinism(family: Family, rows: EncodedRows) -> None:
    """The same rows, parameters and seed give the same answers, bit by bit."""
    first, second = (_fit(family, rows, seed=3).predict(rows.matrix) for _ in range(2))
    assert np.array_equal(first, second), "fitted twice with one seed, the answers are equal"


def check_saving(family: Family, rows: EncodedRows) -> None:
    """What comes back from the disk gives bit-equal answers, and can be saved again."""
    model = _fit(family, rows)
    back = type(model).from_state(through_disk(model.state()))
    twice = type(model).from_state(through_disk(back.state()))
    answers = model.predict(rows.matrix)
    assert np.array_equal(answers, back.predict(rows.matrix)), "saved and read, the answers are equal"
    assert np.array_equal(answers, twice.predict(rows.matrix)), "saved and read twice, the answers are equal"


def check_few_rows(family: Family, rows: EncodedRows) -> None:
    """Classes without rows, one class only, and a handful of rows are legal."""
    only = np.flatnonzero(rows.labels == rows.labels[0])
    for chosen, classes in ((np.arange(4), rows.classes), (only, rows.classes), (np.arange(30), rows.classes + 2)):
        part = EncodedRows(
            matrix=take(rows.matrix, chosen), labels=rows.labels[chosen], classes=classes, names=rows.names
        )
        model = _fit(family, part)
        _answers(model, rows.matrix, classes)
        back = type(model).from_state(through_disk(model.state()))
        assert np.array_equal(model.predict(rows.matrix), back.predict(rows.matrix)), "few rows survive saving"


def check_whole_space(family: Family, rows: EncodedRows) -> None:
    """Every option, and both ends of every range, can be fitted; the other parameters stay at their defaults."""
    defaults = family.defaults(rows.shape)
    for name, part in family.space(rows.shape).items():
        for value in _ends(part):
            model = _fit(family, rows, params={**defaults, name: value})
            _answers(model, rows.matrix, rows.classes)


def made_up(family: Family, *, count: int = 90, classes: int = 3) -> EncodedRows:
    """A small table whose every column tells something of the class, encoded as the family wants it."""
    random = rng("families", count, classes)
    labels = random.integers(0, classes, count).astype(np.int32)
    labels[:classes] = np.arange(classes)
    columns, kinds = _columns(labels, random)
    encoders = {name: family.encoders[kind] for name, kind in kinds.items() if kind in family.encoders}
    encoder = TableEncoder.fit(columns, kinds, encoders)
    return EncodedRows(matrix=encoder.transform(columns), labels=labels, classes=classes, names=tuple(encoder.names()))


def through_bytes(matrix: Matrix) -> tuple[bytes, ...]:
    """All that a matrix holds, to see whether it changed."""
    sparse = matrix.sparse
    parts = () if sparse is None else (sparse.indptr, sparse.indices, sparse.values)
    return tuple(part.tobytes() for part in (matrix.dense, *parts))


def _columns(labels: Labels, random: np.random.Generator) -> tuple[Columns, Mapping[str, Kind]]:
    count = len(labels)
    amount = labels * 2.0 + random.normal(size=count)
    amount[::11] = np.nan
    day = np.datetime64("2024-01-01T00:00:00", "us") + (labels * 90 + random.integers(0, 60, count)) * np.timedelta64(
        1, "D"
    )
    day[5::17] = np.datetime64("NaT")
    words = (("calm", "slow"), ("bright", "quick"), ("heavy", "late"))
    text: list[str | None] = [" ".join(random.choice([*words[k % 3], "and", "the", "so"], 8)) for k in labels]  # nosec B311
    colour: list[str | None] = [("red", "green", "blue")[(k + (random.random() < 0.3)) % 3] for k in labels]  # nosec B311
    text[7], colour[9] = None, None
    columns: Columns = {"amount": amount, "day": day, "colour": colour, "text": text}
    kinds = {"amount": Kind.NUMBER, "day": Kind.DATE, "colour": Kind.CATEGORY, "text": Kind.TEXT}
    return columns, kinds


def _fit(family: Family, rows: EncodedRows, *, params: Mapping[str, Any] | None = None, seed: int = 1) -> Model:
    chosen = family.defaults(rows.shape) if params is None else params
    return family.fit(rows.matrix, rows.labels, rows.classes, chosen, seed=seed, threads=1, names=rows.names)


def _answers(model: Model, matrix: Matrix, classes: int) -> Probabilities:
    found = model.predict(matrix)
    assert found.shape == (len(matrix), classes), f"probabilities are {(len(matrix), classes)}, found {found.shape}"
    assert found.dtype == np.float64, f"probabilities are float64, found {found.dtype}"
    assert np.isfinite(found).all(), "probabilities are finite"
    assert (found >= 0).all(), "probabilities are not negative"
    assert np.allclose(found.sum(axis=1), 1, atol=1e-6), "each row of probabilities sums to one"
    return found


def _takes(part: Choice | Range, value: Any) -> bool:
    try:
        return bool(part.taken(value) == value)
    except ValueError:
        return False


def _shapes() -> Iterator[Shape]:
    """Few rows and many, few classes and many, dense outputs, sparse ones, both or none."""
    for rows, classes in ((10, 2), (1_000_000, 500)):
        for dense, sparse in ((0, 0), (20, 0), (0, 10_000), (20, 10_000)):
            yield Shape(rows=rows, classes=classes, dense=dense, sparse=sparse)


def _ends(part: Choice | Range) -> Iterator[Any]:
    if isinstance(part, Choice):
        yield from part.options
    else:
        yield from (int(part.low), int(part.high)) if part.whole else (part.low, part.high)
