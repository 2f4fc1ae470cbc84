from collections.abc import Callable

import numpy as np

from ratchet.data.checks.checked_rows import CheckedRows
from ratchet.data.checks.rules.label_errors import check_label_errors
from ratchet.kinds.kind import Kind

MakeRows = Callable[..., CheckedRows]


GOOD = ["great", "lovely", "wonderful", "superb", "charming"]
BAD = ["awful", "boring", "dreadful", "poor", "stupid"]


def reviews(count: int, flipped: int) -> tuple[list[str], list[str], set[int]]:
    rng = np.random.default_rng(0)
    labels = rng.choice(["neg", "pos"], count)
    texts = [
        " ".join(rng.choice(GOOD if label == "pos" else BAD, 6)) + f" film {each}" for each, label in enumerate(labels)
    ]
    wrong = set(rng.choice(count, flipped, replace=False).tolist())
    given = [("neg" if label == "pos" else "pos") if each in wrong else str(label) for each, label in enumerate(labels)]
    return texts, given, wrong


def test_flipped_labels_are_found(make: MakeRows) -> None:
    texts, labels, wrong = reviews(1_000, 25)
    (found,) = check_label_errors(make({"t": Kind.TEXT}, {"t": texts, "label": labels}))
    assert 20 <= found.count <= 27
    assert found.severity == "warning"
    for example in found.examples:
        assert int(example.split()[1].replace(",", "")) - 1 in wrong


def test_a_model_that_knows_nothing_says_nothing(make: MakeRows) -> None:
    rng = np.random.default_rng(0)
    columns = {"n": rng.normal(size=1_000), "label": rng.choice(["a", "b"], 1_000)}
    assert not list(check_label_errors(make({"n": Kind.NUMBER}, columns)))
