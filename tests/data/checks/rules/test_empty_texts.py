from collections.abc import Callable

from ratchet.data.checks.checked_rows import CheckedRows
from ratchet.data.checks.rules.boilerplate import check_boilerplate
from ratchet.data.checks.rules.empty_texts import check_empty_texts
from ratchet.kinds.kind import Kind

MakeRows = Callable[..., CheckedRows]


def test_empty_and_wordless_texts_are_counted(make: MakeRows) -> None:
    texts = [None, None, " ... ", *(f"text {each}" for each in range(97))]
    (found,) = check_empty_texts(make({"t": Kind.TEXT}, {"t": texts, "label": ["a", "b"] * 50}))
    assert found.sentence == "3 of 100 texts in 't' (3.0 %) are empty, 1 of them without a letter or digit"
    assert (found.count, found.numbers) == (3, {"missing": 2.0, "wordless": 1.0})


def test_texts_of_their_own_are_no_finding(make: MakeRows) -> None:
    texts = [f"{each} is a text that begins in its own way and also ends so, {each}" for each in range(100)]
    rows = make({"t": Kind.TEXT}, {"t": texts, "label": ["a", "b"] * 50})
    assert not list(check_empty_texts(rows))
    assert not list(check_boilerplate(rows))


def test_a_pictograph_says_something_and_so_does_every_script(make: MakeRows) -> None:
    texts = [
        "\U0001f600",
        "\u2764\ufe0f",
        "\U0001f44d\U0001f3fd",
        "\U0001f1eb\U0001f1f7",
        "好",
        "हाँ",
        "مرحبا",
        "ดี",
        "½",
        "...",
    ]
    (found,) = check_empty_texts(make({"t": Kind.TEXT}, {"t": texts, "label": ["a", "b"] * 5}))
    assert found.examples == ("'...'",)
