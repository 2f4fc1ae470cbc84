from __future__ import annotations

import csv
import io
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ratchet.data.readers.records import UNCLOSED, careful_records, table_of

COMMA = ord(",")
messy = st.lists(st.sampled_from([b'"', b",", b"\n", b"\r\n", b"a", b'""', b"\xc3\xa9", b" "]), max_size=30).map(
    b"".join
)


@given(messy)
@example(b'a,"b\nc"\n,\n')
@example(b'"a""b",\r\n')
def test_the_fast_cut_agrees_with_the_careful_one_wherever_it_answers(block: bytes) -> None:
    table = table_of(block, COMMA, final=True)
    if table is None:
        return
    records = list(careful_records(block, COMMA, final=True))
    assert [record.end for record in records] == table.ends.tolist()
    assert [len(record.fields) for record in records] == table.widths.tolist()
    assert not any(record.wrong for record in records)


@given(messy)
def test_careful_records_cover_every_byte_once(block: bytes) -> None:
    place = 0
    for record in careful_records(block, COMMA, final=True):
        assert record.start == place < record.end
        place = record.end
    assert place == len(block)


@given(messy, st.integers(0, 60))
def test_records_that_end_within_a_first_half_are_the_same_when_the_rest_comes(block: bytes, cut: int) -> None:
    early = list(careful_records(block[:cut], COMMA, final=False))
    whole = list(careful_records(block, COMMA, final=True))
    assert early == whole[: len(early)]


@given(st.lists(st.lists(st.text(alphabet='a,"\n é', max_size=6), min_size=2, max_size=4), max_size=8))
def test_what_the_csv_module_writes_is_well_formed_and_read_alike(rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    block = text.getvalue().encode()
    assert table_of(block, COMMA, final=True) is not None
    found = [[field.decode() for field in record.fields] for record in careful_records(block, COMMA, final=True)]
    assert found == rows


@pytest.mark.parametrize(
    ("block", "good", "wrong"),
    [
        (b'a,b\nc,"d\ne,f\n', [[b"a", b"b"], [b"e", b"f"]], ["a quote that is never closed"]),
        (b'a,"b"x\nc,d\n', [[b"c", b"d"]], ["text behind a closing quote"]),
        (b'a,5" pipe\nc,d\n', [[b"a", b'5" pipe'], [b"c", b"d"]], []),
        (b'a,"he said "hi" to me"\nc,d\n', [[b"c", b"d"]], ["text behind a closing quote"]),
    ],
)
def test_a_stray_quote_spoils_its_own_line_only(block: bytes, good: list[list[bytes]], wrong: list[str]) -> None:
    assert table_of(block, COMMA, final=True) is None
    records = list(careful_records(block, COMMA, final=True))
    assert [record.fields for record in records if not record.wrong] == good
    assert [record.wrong for record in records if record.wrong] == wrong


def test_a_quote_that_is_never_closed_is_found_out_at_once() -> None:
    block = b'"' + b"a,b\n" * 8_000_000
    before = time.thread_time()
    first = next(careful_records(block, ord(","), final=True))
    assert time.thread_time() - before < 0.3  # seconds, in which no other thread of the process runs
    assert (first.wrong, first.end) == (UNCLOSED, 5)
