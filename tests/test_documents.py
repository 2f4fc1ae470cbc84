from __future__ import annotations

import subprocess
import sys
import textwrap
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from ratchet import documents


@dataclass(frozen=True, kw_only=True, slots=True)
class Interval:
    low: float
    high: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    name: str
    intervals: tuple[Interval, ...]


CARD = Card(name="a", intervals=(Interval(low=0.25, high=0.5), Interval(low=0.0, high=1.0)))


def test_what_is_written_is_read_again() -> None:
    assert documents.convert(documents.plain(CARD), Card) == CARD
    assert documents.read(msgspec.json.encode(CARD), Card) == CARD
    assert documents.typed(documents.plain(CARD), Card) == CARD


def test_what_is_of_another_form_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match=r"intervals\[0\].low"):
        documents.convert({"name": "a", "intervals": [{"low": "x", "high": 1.0}]}, Card)
    with pytest.raises(msgspec.DecodeError):
        documents.read(b"{", Card)


def test_what_is_nested_too_deeply_is_refused_like_any_text_that_is_no_json() -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    with pytest.raises(msgspec.DecodeError, match="nested too deeply"):
        documents.read(deep, Any)
    with pytest.raises(msgspec.DecodeError, match="nested too deeply"):
        documents.reader(list[Any])(deep)


def test_threads_may_be_the_first_to_read_a_type_together() -> None:
    """Each round makes a type that nothing has looked through yet, and four threads that read it at once.

    In a process of its own, with threads that change places at every step: what fails here fails with a crash.
    """
    script = textwrap.dedent("""
        import sys, threading
        from dataclasses import make_dataclass
        from ratchet import documents

        sys.setswitchinterval(1e-6)
        reads = (documents.typed, documents.convert) * 2
        value = {f"outer{i}": [{f"inner{j}": 1.0 for j in range(30)}] for i in range(10)}

        def read(read, kind, together):
            together.wait()
            assert read(value, kind).outer0[0].inner0 == 1.0

        for _ in range(50):
            inner = make_dataclass("Inner", [(f"inner{j}", float) for j in range(30)])
            outer = make_dataclass("Outer", [(f"outer{i}", tuple[inner, ...]) for i in range(10)])
            together = threading.Barrier(4)
            threads = [threading.Thread(target=read, args=(read_it, outer, together)) for read_it in reads]
            for each in threads:
                each.start()
            for each in threads:
                each.join()
    """)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
