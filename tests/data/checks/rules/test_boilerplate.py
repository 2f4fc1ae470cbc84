from collections.abc import Callable

from ratchet.data.checks.checked_rows import CheckedRows
from ratchet.data.checks.rules.boilerplate import check_boilerplate
from ratchet.kinds.kind import Kind

MakeRows = Callable[..., CheckedRows]


def test_a_shared_ending_is_shown(make: MakeRows) -> None:
    texts = [f"This is product {each} of our shop. Only genuine products. Free shipping." for each in range(40)]
    texts += [f"A text of quite another kind, of more than sixty letters, the {each}th" for each in "abcdefghij"]
    found = list(check_boilerplate(make({"t": Kind.TEXT}, {"t": texts, "label": ["a", "b"] * 25})))
    assert any("end with the same words: 'products. Free shipping.'" in each.sentence for each in found)
