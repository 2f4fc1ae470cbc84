from collections.abc import Callable
from datetime import datetime, timedelta

import numpy as np
import pytest

from ratchet.arrays import Ints
from ratchet.data.checks.checked_rows import CheckedRows
from ratchet.data.checks.rules.label_errors import check_label_errors
from ratchet.data.checks.rules.serial_labels import check_serial_labels
from ratchet.kinds.kind import Kind

MakeRows = Callable[..., CheckedRows]

COUNT = 3_000
KINDS = {"n": Kind.NUMBER}
START = datetime(2026, 1, 1)


def weather(seed: int = 0, stays: float = 0.6) -> Ints:
    """Labels that each repeat the last one, or else are drawn anew."""
    rng = np.random.default_rng(seed)
    anew = np.where(rng.random(COUNT) < stays, 0, np.arange(COUNT))
    return np.where(rng.random(COUNT) < 0.3, "rain", "dry")[np.maximum.accumulate(anew)]


def table(labels: object, order: object = None) -> dict[str, object]:
    places = np.arange(COUNT) if order is None else np.asarray(order)
    when = [START + timedelta(hours=int(each)) for each in places]
    return {"n": np.random.default_rng(1).normal(size=COUNT), "when": when, "label": np.asarray(labels)[places]}


def test_by_a_date_it_is_an_error_whatever_the_order_of_the_rows(make: MakeRows) -> None:
    for order in (None, np.random.default_rng(2).permutation(COUNT)):
        (found,) = check_serial_labels(make({**KINDS, "when": Kind.DATE}, table(weather(), order)))
        assert (found.severity, found.column) == ("error", "when")
        assert found.sentence.startswith("The labels are serial: in the order of 'when', 8")
        assert "where chance would give 5" in found.sentence
        assert found.todo.startswith('columns.when = "time"')
        assert found.examples[0].startswith("from the first row on: ")


def test_by_the_order_of_the_rows_alone_it_is_a_warning(make: MakeRows) -> None:
    rows = {name: values for name, values in table(weather()).items() if name != "when"}
    (found,) = check_serial_labels(make(KINDS, rows))
    assert (found.severity, found.column) == ("warning", None)


@pytest.mark.parametrize("kind", [Kind.TIME, Kind.GROUP, Kind.SPLIT])
def test_another_split_than_by_hash_settles_it(make: MakeRows, kind: Kind) -> None:
    columns = table(weather()) | {"who": ["test", "train"] * (COUNT // 2)}
    kinds = {**KINDS, "when": kind} if kind is Kind.TIME else {**KINDS, "when": Kind.DATE, "who": kind}
    assert not list(check_serial_labels(make(kinds, columns)))


def test_files_sorted_by_label_say_nothing_nor_do_random_labels(make: MakeRows) -> None:
    for seed in range(20):
        drawn = weather(seed, stays=0)
        day = [START + timedelta(days=int(each) // 500) for each in range(COUNT)]
        for labels in (drawn, np.sort(drawn), np.concatenate([np.sort(drawn[:1_000]), np.sort(drawn[1_000:])])):
            rows = table(labels)
            assert not list(check_serial_labels(make({**KINDS, "when": Kind.DATE}, rows)))
            assert not list(check_serial_labels(make(KINDS, {"n": rows["n"], "label": labels})))
        by_day = np.concatenate([np.sort(drawn[at : at + 500]) for at in range(0, COUNT, 500)])
        assert not list(check_serial_labels(make({"when": Kind.DATE}, {"when": day, "label": by_day}))), (
            "days are coarse"
        )


def test_label_errors_are_not_told_where_labels_are_serial(make: MakeRows) -> None:
    rng = np.random.default_rng(0)
    labels = weather()
    doubtful = rng.random(COUNT) < 0.03
    number = np.where((labels == "rain") ^ doubtful, 1.0, 0.0)
    kinds = {"a": Kind.NUMBER, "b": Kind.NUMBER, "c": Kind.NUMBER}
    columns = {name: number + rng.normal(0, 0.01, COUNT) for name in kinds}
    order = rng.permutation(COUNT)
    shuffled = {name: values[order] for name, values in {**columns, "label": labels}.items()}
    assert list(check_label_errors(make(kinds, shuffled)))
    assert not list(check_label_errors(make(kinds, {**columns, "label": labels})))
