from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from ratchet.access.entries import GENESIS, MOST_DETAIL, Entry, canonical, detail, worded

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
SOME = st.none() | st.text(max_size=5)
ENTRIES = st.builds(
    Entry, seq=st.integers(1, 9), at=MOMENTS, actor=st.text(max_size=5), via=st.sampled_from(["local", "key"]),
    key_id=SOME, address=SOME, action=st.text(max_size=5), classifier=SOME, target=st.text(max_size=5), before=JSON,
    after=JSON, previous=st.just(GENESIS), digest=st.just(""),
)  # fmt: skip
FIRST = Entry(
    seq=1, at=datetime(2026, 1, 2, 3, 4, 5, 6, UTC), actor="ann", via="key", key_id="rk_1", address="10.0.0.7",
    action="promote", classifier="reviews", target="version 2", before={"champion": "1"}, after={"champion": "2"},
    previous=GENESIS, digest="",
)  # fmt: skip


def test_the_bytes_of_an_entry_are_what_they_were_in_every_release() -> None:
    assert canonical(FIRST) == (
        b'{"action":"promote","actor":"ann","address":"10.0.0.7","after":{"champion":"2"},'
        b'"at":"2026-01-02T03:04:05.000006+00:00","before":{"champion":"1"},"classifier":"reviews","key_id":"rk_1",'
        b'"previous":"' + GENESIS.encode() + b'","seq":1,"target":"version 2","via":"key"}'
    )
    assert FIRST.sealed() == "4ea6d1a8204de2e1e5526de32e31c32e3dc361e152ca634007e606e3988f2c2c"


def test_the_bytes_do_not_depend_on_the_time_zone() -> None:
    there = FIRST.at.astimezone(timezone(timedelta(hours=5, minutes=45)))
    assert canonical(replace(FIRST, at=there)) == canonical(FIRST)


@given(one=ENTRIES, other=ENTRIES)
def test_two_entries_have_the_same_bytes_only_if_they_are_the_same(one: Entry, other: Entry) -> None:
    same = json.dumps([one.before, one.after], sort_keys=True) == json.dumps(
        [other.before, other.after], sort_keys=True
    )
    alike = replace(one, before=None, after=None) == replace(other, before=None, after=None)
    assert (canonical(one) == canonical(other)) == (alike and same)


@given(ENTRIES)
def test_what_json_gives_back_has_the_same_bytes(entry: Entry) -> None:
    again = replace(entry, before=json.loads(json.dumps(entry.before)), after=json.loads(json.dumps(entry.after)))
    assert canonical(again) == canonical(entry)
    assert again.sealed() == entry.sealed()


@given(JSON)
def test_a_detail_kept_again_stays_what_it_is(value: object) -> None:
    kept = detail(value)
    assert detail(kept) == kept
    assert len(json.dumps(kept)) <= MOST_DETAIL


def test_a_long_detail_is_told_by_its_size_and_digest() -> None:
    kept = detail({"rows": ["x" * 100] * 1000})
    assert set(kept) == {"bytes", "sha256"}


def test_texts_are_in_one_line_and_hold_no_password() -> None:
    kept = worded("a\r\n2026-01-01 root forged\x1b[2J\u202e\ud800\0 postgresql://ada:hunter2@db/x", 500)
    assert kept.isprintable()
    assert "hunter2" not in kept
    assert "hunter2" not in json.dumps(detail({"password=hunter2": ["s3://K:hunter2@b", {"u": "token=hunter2"}]}))
    assert len(worded("x" * 1000, 128)) == 128
