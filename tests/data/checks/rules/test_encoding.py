from collections.abc import Callable

import pytest

from ratchet.data.checks.checked_rows import CheckedRows
from ratchet.data.checks.rules.encoding import check_encoding
from ratchet.kinds.kind import Kind

MakeRows = Callable[..., CheckedRows]


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("mojibake", "école d'été".encode().decode("cp1252")),
        ("mojibake", "it\u2019s".encode().decode("cp1252")),
        ("mojibake", "naïve".encode().decode("latin-1")),
        ("lost_letters", "d\ufffdj\ufffd vu"),
        ("control_characters", "it\u2019s".encode("cp1252").decode("latin-1")),
        ("question_marks", "haute qualit? ?rire"),
        ("escapes", "I\\u2019m"),
        ("markup", "one<br />two"),
        ("markup", "Tom &amp; Jerry"),
    ],
)
def test_damage_is_found(make: MakeRows, what: str, text: str) -> None:
    rows = make({"t": Kind.TEXT}, {"t": [text] * 10 + ["fine"] * 10, "label": ["a", "b"] * 10})
    (found,) = check_encoding(rows)
    assert found.numbers == {what: 10.0}
    assert found.count == 10


@pytest.mark.parametrize(
    "text",
    [
        "Ça va, São Paulo? naïve \u201cquotes\u201d \u2013 dash\u2026 5 > 3 & 2 < 4",
        "日本語のテキスト",
        "C:\\users",
        "what? no!",
        "Ã",
    ],
)
def test_sound_texts_are_no_finding(make: MakeRows, text: str) -> None:
    assert not list(check_encoding(make({"t": Kind.TEXT}, {"t": [text] * 20, "label": ["a", "b"] * 10})))
