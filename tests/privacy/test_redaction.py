"""Texts without what names somebody: nothing generated is missed, and plain numbers stay."""

from __future__ import annotations

import string
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ratchet.privacy.iban import LENGTHS, valid
from ratchet.privacy.redaction import redacted

_AROUND = st.sampled_from(["", "see ", "(", "Ann: ", "请联系", "Тел. ", "हाँ ", "x\n", "«", "a, ", "🙂"])
_BEHIND = st.sampled_from(["", ".", ", and so on", ")", "\n", "!", "»", "谢谢", " — да", "?"])
_GAPS = st.sampled_from(["", " ", "-", "\u00a0"])
_SCRIPTS = st.sampled_from(
    ["0123456789", "\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19", "٠١٢٣٤٥٦٧٨٩", "०१२३४५६७८९"]
)


@st.composite
def _emails(draw: st.DrawFn) -> str:
    letters = draw(st.sampled_from([string.ascii_letters, "абвгдежз", "αβγδε", "राम", "üöäñ", "אבגד"]))
    name = draw(st.text(letters + "0123456789", min_size=1, max_size=20)) + draw(
        st.sampled_from(["", ".x", "+tag", "_1"])
    )
    labels = draw(st.lists(st.text(letters + "0123456789", min_size=1, max_size=12), min_size=1, max_size=3))
    return f"{name}@{'.'.join(labels)}.{draw(st.sampled_from(['com', 'org', 'рф', 'भारत', 'museum', 'xn--p1ai']))}"


@st.composite
def _cards(draw: st.DrawFn) -> str:
    start = draw(st.sampled_from(["4", "51", "2221", "2720", "34", "37", "6011", "36", "3528", "62", "50", "9792"]))
    length = draw(st.sampled_from([13, 14, 15, 16, 19]))
    body = start + draw(st.text(string.digits, min_size=length - 1 - len(start), max_size=length - 1 - len(start)))
    total = sum(sum(divmod(int(each) * (2 - at % 2), 10)) for at, each in enumerate(reversed(body)))
    digits, gap = body + str(-total % 10), draw(_GAPS)
    shown = gap.join(digits[at : at + 4] for at in range(0, len(digits), 4))
    return shown.translate(str.maketrans(string.digits, draw(_SCRIPTS)))


@st.composite
def _ibans(draw: st.DrawFn) -> str:
    country = draw(st.sampled_from(sorted(LENGTHS)))
    body = draw(
        st.text(string.ascii_uppercase + string.digits, min_size=LENGTHS[country] - 4, max_size=LENGTHS[country] - 4)
    )
    check = next(f"{each:02}" for each in range(2, 99) if valid(f"{country}{each:02}{body}"))
    iban, gap = f"{country}{check}{body}", draw(_GAPS)
    shown = gap.join(iban[at : at + 4] for at in range(0, len(iban), 4))
    return draw(st.sampled_from([shown, shown.lower()]))


@st.composite
def _phones(draw: st.DrawFn) -> str:
    form = draw(
        st.sampled_from([
            "+## ## ### ## ##", "+# ### ### ####", "+#-###-###-####", "+############", "+## (0) ## ### ####",
            "+##.###.###.###",
            "00## ### #######", "0## #######", "0###/#######", "0### ### ####", "(0##) ### ####", "0# ## ## ## ##",
            "(2##) 2##-####", "2##-2##-####", "2##.2##.####", "1-2##-2##-####", "9#### #####", "13#########",
            "138 #### ####", "tel: #######", "phone number is ########", "Тел.: ### ## ##",
        ])
    )  # fmt: skip
    digits = "".join(draw(st.sampled_from("123456789")) if each == "#" else each for each in form)
    return digits.translate(str.maketrans(string.digits, draw(_SCRIPTS)))


@pytest.mark.parametrize(
    ("found", "name"),
    [(_emails(), "e-mail"), (_cards(), "card"), (_ibans(), "iban"), (_phones(), "phone")],
    ids=["emails", "cards", "ibans", "phones"],
)
def test_none_is_missed(found: st.SearchStrategy[str], name: str) -> None:
    @given(_AROUND, found, _BEHIND)
    def check(before: str, each: str, behind: str) -> None:
        left = redacted(f"{before}{each}{behind}")
        plain = "".join(str(int(sign)) for sign in left if sign.isdecimal())
        assert each not in left
        assert "[" in left, f"a {name} is found"
        assert len(plain) < 4, f"{left!r} still tells digits of {each!r}"

    check()


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%y"]))
def test_dates_stay(day: date, form: str) -> None:
    text = f"on {day.strftime(form)} 13:45, and by {day.strftime(form)} 08:15:30"
    assert redacted(text) == text


@given(st.floats(-1e7, 1e7), st.integers(0, 10**9), st.sampled_from(["{:,.2f} EUR", "${:.2f}", "{:.6f}", "{:,}"]))
def test_prices_and_numbers_stay(price: float, order: int, form: str) -> None:
    text = f"{form.format(price)} for order {order}, position {order % 97}"
    assert redacted(text) == text


@pytest.mark.parametrize(
    "text",
    ["ISBN 978-3-16-148410-0", "order ORD-2024-000123", "20240517134500", "2024-05-17T13:45:00.123456Z",
     "1716000000000", "version 1.22.333.4444", "3 < 4 @ 5", "me@home", "DE12 is a road", "10.0.0.1:8000", "@ann",
     "16 GB, 3.14159265358979"],
)  # fmt: skip
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert redacted(text) == text


@given(st.text(max_size=300))
def test_twice_is_once(text: str) -> None:
    once = redacted(text)
    assert redacted(once) == once


@given(
    st.lists(
        st.sampled_from(["@", "a", ".", "4", "1", " ", "-", "+", "0", "(", "D", "E", "8", "9", "é", "٤"]), max_size=200
    )
)
def test_any_mixture_is_taken(signs: list[str]) -> None:
    once = redacted("".join(signs))
    assert redacted(once) == once
