from collections.abc import Callable

import numpy as np

from ratchet.data.checks.checked_rows import CheckedRows
from ratchet.data.checks.rules.label_in_words import check_label_in_words
from ratchet.kinds.kind import Kind

MakeRows = Callable[..., CheckedRows]

RNG = np.random.default_rng(0)

LABELS = RNG.choice(["bad", "good"], 2_000, p=[0.7, 0.3])


def test_a_text_that_spells_the_label_out(make: MakeRows) -> None:
    columns = {"path": [f"train/{label.upper()}/{each}.jpg" for each, label in enumerate(LABELS)], "label": LABELS}
    (found,) = check_label_in_words(make({"path": Kind.TEXT}, columns))
    assert found.sentence == "The column 'path' spells the label out in 100 % of the rows"
    assert not list(check_label_in_words(make({"t": Kind.TEXT}, {"t": ["good and bad"] * 2_000, "label": LABELS})))
