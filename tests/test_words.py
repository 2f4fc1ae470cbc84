import string
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ratchet.words import redacted

# a password that cannot be a part of what surrounds it by chance
PASSWORD = st.builds(
    lambda head, tail: head + "q7Zq" + tail,
    st.text(st.characters(exclude_categories=("Z", "C")), max_size=8),
    st.text(st.characters(exclude_categories=("Z", "C")), max_size=8),
)
SCHEME = st.sampled_from(["postgresql", "postgresql+psycopg", "mysql", "s3", "gs", "redis", "https", "http"])


@given(SCHEME, PASSWORD, st.booleans(), st.sampled_from(["", "see ", "could not open '"]))
def test_no_password_of_an_address_is_shown(scheme: str, password: str, encoded: bool, before: str) -> None:
    written = quote(password, safe="") if encoded else password
    shown = redacted(f"{before}{scheme}://ada:{written}@db.example.org/rows")
    assert "q7Zq" not in shown
    assert written not in shown
    assert shown.startswith(f"{before}{scheme}://ada:***")


@given(st.sampled_from(["password", "key", "secret", "token", "sslpassword", "api_key"]), PASSWORD)
def test_no_secret_of_a_query_is_shown(name: str, password: str) -> None:
    address = f"postgresql://db.example.org:5432/x?user=ada&{name}="
    assert redacted(f"{address}{quote(password, safe='')}&table=rows") == f"{address}***&table=rows"
    assert "q7Zq" not in redacted(address + password.replace("&", "%26"))


@given(st.lists(st.tuples(SCHEME, PASSWORD), min_size=2, max_size=5))
def test_several_in_one_text_are_all_hidden(addresses: list[tuple[str, str]]) -> None:
    text = " and ".join(f"{scheme}://ada:{password}@host" for scheme, password in addresses)
    assert redacted(text) == " and ".join(f"{scheme}://ada:***@host" for scheme, _ in addresses)


@given(st.text(string.ascii_letters + string.digits + "@:.,;/ -", max_size=60))
def test_a_text_without_an_address_or_a_name_of_a_secret_stays_as_it_is(text: str) -> None:
    plain = text.replace(":/", ":")
    assert redacted(plain) == plain


@given(st.text(max_size=80))
def test_what_is_hidden_stays_hidden(text: str) -> None:
    assert redacted(redacted(text)) == redacted(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("s3://AKIA:a/b+c@bucket/x", "s3://AKIA:***@bucket/x"),
        ("postgresql://u:12/34@h/x", "postgresql://u:***@h/x"),
        ("postgresql://u:pa ss@h/x", "postgresql://u:***@h/x"),
        ("postgresql://u@azure:pw@h/x", "postgresql://u@azure:***@h/x"),
        ("postgresql:/u:pw@h/x", "postgresql:/u:***@h/x"),
        ("redis://:pw@h", "redis://:***@h"),
        ("https://ghp_abc@github.com/a/b", "https://***@github.com/a/b"),
        ("host=h user=u password='a b' dbname=x", "host=h user=u password=*** dbname=x"),
        ("postgresql://h:5432/x?password=p@ss", "postgresql://h:***"),
        ("postgresql://u:a?key=b@h/x", "postgresql://u:***"),
    ],
)
def test_addresses_of_every_kind(text: str, shown: str) -> None:
    assert redacted(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "mail ada@example.org at 12:30, or ada:bob@x",
        "Ratchet answers at http://127.0.0.1:8000, ask ada@example.org",
        "http://localhost:8000/docs?mail=me@example.org",
        "http://[::1]:8000/x@y",
        "postgresql://ada@db:5432/x?table=rows",
        "sqlite:////data/.ratchet/ratchet.db?table=a",
        "git@github.com:a/b.git, https://medium.com/@ada/post",
        "max_tokens=5, primary_key=id",
    ],
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert redacted(text) == text
