"""A workspace with an encrypted column, and all that rows go through in one."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ratchet

CITY = "Ouagaquill"
MARK = "quillfeather"
"""A word of every text."""
PHRASE = f"the secret {MARK} of patient number"
LONG = f"{PHRASE} nine " * 2_000


def new_key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


def make(root: Path, encrypt: str = '["transcript"]') -> Path:
    root.mkdir()
    words = ["dull", "weak", "poor", "bright", "moving", "fine"]
    lines = [
        f'"{PHRASE} {at}, a {words[at % 6]} word",{at % 97},{CITY if at % 3 else "Ghent"},'
        f"{'bad' if at % 6 < 3 else 'good'}\n"
        for at in range(240)
    ]
    (root / "calls.csv").write_text("transcript,age,city,verdict\n" + "".join(lines))
    (root / "more.csv").write_text(
        f'transcript,age,city,verdict\n"{PHRASE} one hundred",{MARK},Ghent,good\n' + "".join(lines[:50])
    )
    (root / "ratchet.toml").write_text(
        'name = "calls"\nlabel = "verdict"\n[columns]\ntranscript = "text"\nage = "number"\ncity = "category"\n'
        '[ingest]\naccept = ["labelled_by_rule"]\n[[candidates]]\nfamily = "linear.v1"\n'
        f'[search]\ntrials = 1\nfolds = 2\nbudget = "20s"\n[privacy]\nencrypt = {encrypt}\n'
    )
    return root


def files(root: Path) -> Iterator[Path]:
    return (path for path in (root / ".ratchet").rglob("*") if path.is_file())


def telling(root: Path, word: str = MARK) -> list[str]:
    """The files of a workspace that hold a word."""
    return [str(path.relative_to(root)) for path in files(root) if word.encode() in path.read_bytes()]


def live(root: Path, **settings: Any) -> str:
    """Everything that rows go through; the id of an answer with a label, whose text is long."""
    with ratchet.open(root, engine="inline", **settings) as calls:
        calls.train(str(root / "calls.csv"), actor="ann")
        if calls.champion() is None:
            calls.promote("1", override=True, reason="the test needs one", actor="ann")
        calls.ingest(str(root / "more.csv"))
        calls.predict([{"transcript": f"{PHRASE} {at}", "age": at, "city": CITY} for at in range(20)], subject="ann")
        asked = calls.predict(
            [{"transcript": LONG, "age": 7, "city": "Ghent"}, {"transcript": PHRASE, "age": 8, "city": "Ghent"}],
            subject="bo",
        )
        assert telling(root) == []
        for each in asked:
            calls.feedback(each.id, "good")
        assert calls.ingest_feedback().added == 2
        assert telling(root) == []
        assert sum(place.forget("ann").rows for place in calls._log.places())
        return asked[0].id
