from __future__ import annotations

import base64
import io
import json
import tomllib
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ratchet.drafting.candidates import OF_TABLES, OF_TEXTS
from ratchet.drafting.draft import Draft, draft
from ratchet.drafting.guess import _size, guessed
from ratchet.errors import DataError
from ratchet.kinds.kind import Kind
from ratchet.models.catalogue import BASELINES, FAMILIES
from ratchet.spec import parse
from ratchet.spec.names import why_not

ROWS = 200


def drafted(folder: Path, columns: dict[str, Any], name: str = "my rows.csv") -> Draft:
    frame = pl.DataFrame({"y": [("p", "q", "q")[n % 3] for n in range(ROWS)], **columns})
    path = folder / name
    if path.suffix == ".csv":
        frame.write_csv(path)
    else:
        frame.write_parquet(path)
    return draft(str(path), "y")


def why(made: Draft, column: str) -> str:
    line = next(line for line in made.toml.splitlines() if line.startswith((f"{column} = ", f'"{column}" = ')))
    return line.split("#", 1)[1]


BASE = {"n": [(n * 37 % 101) / 4 for n in range(ROWS)]}


@pytest.mark.parametrize(
    ("name", "values", "kind", "reason"),
    [
        ("price", [f"{n % 17}.50" for n in range(ROWS)], Kind.NUMBER, "from 0.5 to 16.5"),
        ("price", [n % 17 if n % 2 else None for n in range(ROWS)], Kind.NUMBER, "from"),
        ("price", ["oops", *[f"{n}.5" for n in range(ROWS - 1)]], Kind.NUMBER, "1 values are none"),
        ("zip", [f"0{n % 7}000" for n in range(ROWS)], Kind.CATEGORY, "7 different values"),
        ("city", [("Oslo", "Rome", "Bonn")[n // 2 % 3] for n in range(ROWS)], Kind.CATEGORY, "different values"),
        ("flag", [n % 7 < 3 for n in range(ROWS)], Kind.CATEGORY, "different values"),
        ("review", [f"this is review number {n} of many" for n in range(ROWS)], Kind.TEXT, "200 different texts"),
        ("day", [f"2026-03-{1 + n % 28:02}" for n in range(ROWS)], Kind.DATE, "from 2026-03-01"),
        ("at", [f"2026-03-{1 + n % 28:02} 10:{n % 60:02}" for n in range(ROWS)], Kind.DATE, '"time"'),
        ("empty", [None] * ROWS, Kind.IGNORE, "empty in every row"),
        ("blank", [" "] * ROWS, Kind.IGNORE, "empty in every row"),
        ("same", ["x"] * ROWS, Kind.CATEGORY, "the same in every row so far ('x'): it is told when that changes"),
        ("code", [f"{n * 7919 % 99991:x}-a" for n in range(ROWS)], Kind.IGNORE, "unique per row"),
        ("row", list(range(ROWS)), Kind.IGNORE, "a row number"),
        ("customer_id", [n // 3 + 1000 for n in range(ROWS)], Kind.IGNORE, '"group"'),
        ("customerID", [(n * 77) % 67 for n in range(ROWS)], Kind.IGNORE, '"group"'),
        ("split", ["test" if n % 5 == 0 else "TRAIN" for n in range(ROWS)], Kind.SPLIT, "the table's own split"),
        ("split", ["left" if n % 5 == 0 else "right" for n in range(ROWS)], Kind.CATEGORY, "2 different values"),
        ("answer", [("yes", "no", "no")[n % 3] for n in range(ROWS)], Kind.IGNORE, "says the label in other words"),
        ("stars", [(5, 1, 2)[n % 3] - n % 2 * 10 for n in range(ROWS)], Kind.IGNORE, "made from the label"),
    ],
)  # fmt: skip
def test_kinds_are_told_with_their_reason(
    tmp_path: Path, name: str, values: list[Any], kind: Kind, reason: str
) -> None:
    made = drafted(tmp_path, {**BASE, name: values})
    assert made.spec.columns[name] is kind
    assert reason in why(made, name)
    assert made.spec.columns["n"] is Kind.NUMBER


def test_typed_columns_and_bytes(tmp_path: Path) -> None:
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(100))
    made = drafted(
        tmp_path,
        {
            **BASE,
            "picture": [b"\xff\xd8\xff\xe0" + bytes([n]) for n in range(ROWS)],
            "sound": [sound.getvalue()] * ROWS,
            "list": [[n] for n in range(ROWS)],
            "flag": [n % 7 < 3 for n in range(ROWS)],
        },
        "t.parquet",
    )
    kinds = dict(made.spec.columns)
    assert kinds == {
        "n": Kind.NUMBER, "picture": Kind.IGNORE, "sound": Kind.IGNORE, "list": Kind.IGNORE, "flag": Kind.CATEGORY,
    }  # fmt: skip
    assert "JPEG" in why(made, "picture")
    assert "WAV" in why(made, "sound")
    assert "'picture' is left out. It holds pictures (JPEG), which no family reads yet" in " / ".join(made.notes)
    assert "'sound' is left out. It holds recordings (WAV), which no family reads yet" in " / ".join(made.notes)


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("shots/{}.jpg", "pictures"),
        ("C:\\my pictures\\{}.PNG", "pictures"),
        ("https://x.org/{}.webp?w=90", "pictures"),
        ("{}.wav", "recordings"),
    ],
)
def test_paths_of_pictures_and_sound_are_no_texts(tmp_path: Path, path: str, content: str) -> None:
    made = drafted(tmp_path, {**BASE, "file": [path.format(n) for n in range(ROWS)]})
    assert made.spec.columns["file"] is Kind.IGNORE
    assert f"'file' is left out. It holds paths of {content}: a name says nothing" in " / ".join(made.notes)
    assert f"paths of {content}" in why(made, "file")


def test_pictures_in_base64_are_no_texts(tmp_path: Path) -> None:
    spelled = [base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes([n]) * 90).decode() for n in range(ROWS)]
    made = drafted(tmp_path, {**BASE, "file": spelled})
    assert made.spec.columns["file"] is Kind.IGNORE
    assert "'file' is left out. It holds pictures (PNG in base64), which no family reads yet" in " / ".join(made.notes)
    with pytest.raises(DataError, match="file: pictures"):
        drafted(tmp_path, {"file": spelled})


def test_a_table_of_paths_alone_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="file: paths of pictures") as caught:
        drafted(tmp_path, {"file": [f"shots/{n}.jpg" for n in range(ROWS)]})
    assert "what the files show or say, in words or numbers" in str(caught.value.todo)


def test_repeated_texts_with_one_label_are_no_leak(tmp_path: Path) -> None:
    texts = [f"words of review {n if n > 40 else n // 3 * 3}" for n in range(ROWS)]
    assert drafted(tmp_path, {"text": texts}).spec.columns == {"text": Kind.TEXT}


def test_the_only_column_is_used_even_if_it_looks_like_an_id(tmp_path: Path) -> None:
    made = drafted(tmp_path, {"name": [f"n{n * 7919 % 99991}" for n in range(ROWS)]})
    assert made.spec.columns == {"name": Kind.TEXT}
    assert "nothing was left to learn from" in made.notes[0]


def test_what_may_be_chosen_besides_stands_in_comments(tmp_path: Path) -> None:
    made = drafted(tmp_path, {"n": [float(each % 7) for each in range(ROWS)]})
    others = [line for line in made.toml.splitlines() if line.startswith("#   ")]
    for each in set(FAMILIES) - {*BASELINES, "ensemble.v1"}:
        named = any(line.startswith(f"#   {each}: ") for line in others)
        assert named is not any(candidate.family == each for candidate in made.spec.candidates)
    assert "#   transformer.v1: a pretrained network, fine-tuned (extra torch)" in others
    said = made.toml.replace('# device = "auto"', 'device = "cpu"').replace("# positive = ", "positive = ")
    spec = parse(tomllib.loads(said))
    assert (spec.search.device, spec.gate.positive) == ("cpu", "p")


def test_families_metric_and_name(tmp_path: Path) -> None:
    text = {"text": [f"review number {n}" for n in range(ROWS)]}
    made = drafted(tmp_path, text)
    assert (made.spec.name, made.spec.gate.metric) == ("my-rows", "macro_f1")
    assert [candidate.family for candidate in made.spec.candidates] == list(OF_TEXTS)
    assert f"[columns]  # {' | '.join(kind.value for kind in Kind)}\n" in made.toml
    assert "folds = 5  # parts of the training rows that take turns as judge, 3 times over where" in made.toml
    rare = drafted(tmp_path, {**text, **BASE, "y": ["p" if n % 10 else "q" for n in range(ROWS)]})
    assert rare.spec.gate.metric == "roc_auc"
    assert [candidate.family for candidate in rare.spec.candidates] == list(OF_TABLES)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("Y,n\n" + "a,1\nb,2\n" * 20, "no column 'y'; it has Y, n"),
        ("y,n\n" + "a,1\n" * 40, "one class only"),
        ("y,n\n" + "a,1\nb,2\n" * 5, "10 labelled rows are too few"),
        ("y,n\n" + "".join(f"c{n},1\n" for n in range(2000)), "2,000 different values"),
        ("y,n\n" + "".join(f"c{n},1\n" for n in range(200)), "no class of 'y' has two rows"),
        ("y,n\n" + ",1\n" * 40, "no rows with a label"),
        ("y,n\n" + "a,\nb,\n" * 20, "no column to learn from"),
        ("y\n" + "a\nb\n" * 20, "there is only the label"),
        ("y,n\n1\n2\n", "no rows that can be read"),
    ],
)
def test_tables_that_cannot_be_learned_from(tmp_path: Path, lines: str, words: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(lines)
    with pytest.raises(DataError, match=words) as caught:
        draft(str(path), "y")
    assert caught.value.todo


def test_what_was_set_aside_is_noted(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("y,n\n" + "a,1.5\nb,2\n" * 20 + "a,b,c\n,3\nrare,4\n")
    notes = " / ".join(draft(str(path), "y").notes)
    assert "1 rows cannot be read; the first: " in notes
    assert "1 of 42 rows looked at have no label" in notes
    assert "class 'rare' has one row only" in notes


names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8).filter(
    lambda name: bool(name.strip()) and name != "y" and why_not(name) is None
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    columns=st.lists(names, min_size=1, max_size=4, unique=True),
    labels=st.lists(
        st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1, max_size=6).filter(str.strip),
        min_size=2,
        max_size=4,
        unique_by=str.strip,
    ),
    value=st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=5),
)
def test_the_file_says_the_spec_whatever_columns_and_labels_are_called(
    tmp_path: Path, columns: list[str], labels: list[str], value: str
) -> None:
    path = tmp_path / "t.jsonl"
    rows = [
        {**dict.fromkeys(columns, n * 7 % 13 + 0.5), "odd": value if n % 2 else "x", "y": labels[n % len(labels)]}
        for n in range(40)
    ]
    path.write_text("\n".join(json.dumps(row) for row in rows))
    made = draft(str(path), "y")
    assert parse(tomllib.loads(made.toml)) == made.spec
    assert all(line == "" or line.startswith("[[") or "#" in line for line in made.toml.split("\n"))


EXPECTED = {
    "imdb": {"text": "text", "split": "split", "rating": "ignore", "review_id": "ignore"},
    "flipkart_products": {
        "title": "text", "description": "text", "retail_price": "number", "category_2": "ignore",
        "category_3": "ignore", "product_category_tree": "ignore", "uniq_id": "ignore", "image": "ignore",
    },
    "bank_marketing": {"row_order": "ignore", "age": "number", "job": "category", "euribor3m": "number"},
    "rakuten_fr_products_sample": {"text": "text", "prdtypecode": "ignore", "product_id": "ignore"},
    "telco_churn": {"customerID": "ignore", "TotalCharges": "number", "Contract": "category"},
    "uruti_transcripts": {"transcript": "text"},
    "clothing_images": {"image": "ignore", "split": "split", "source_file": "ignore"},
}  # fmt: skip


@pytest.mark.parametrize("name", EXPECTED)
def test_real_tables(real_data: Callable[[str], Path], name: str) -> None:
    made = draft(str(real_data(f"{name}.parquet")), "label")
    assert parse(tomllib.loads(made.toml)) == made.spec
    kinds = {column: kind.value for column, kind in made.spec.columns.items()}
    assert {column: kinds[column] for column in EXPECTED[name]} == EXPECTED[name]
    if name == "bank_marketing":
        assert '"time" fits' in why(made, "row_order")


def serial_table(folder: Path, **more: Any) -> Draft:
    """Labels that stay for a while along ``day``, in rows of no order."""
    order = [n * 77 % 1_000 for n in range(1_000)]
    frame = pl.DataFrame(
        {
            "y": [("p", "q", "q")[n // 7 % 3] for n in order],
            "day": [f"20{20 + n // 336}-{1 + n // 28 % 12:02}-{1 + n % 28:02}" for n in order],
            "born": [f"19{50 + n * 31 % 40}-0{1 + n * 7 % 9}-11" for n in order],
            **more,
        }
    )
    frame.write_csv(folder / "serial.csv")
    return draft(str(folder / "serial.csv"), "y")


def test_a_date_is_the_time_of_the_rows_where_labels_are_serial_by_it(tmp_path: Path) -> None:
    made = serial_table(tmp_path, n=[n * 37 % 101 / 4 for n in range(1_000)])
    assert (made.spec.columns["day"], made.spec.columns["born"]) == (Kind.TIME, Kind.DATE)
    assert "labels stay as they are for a while" in why(made, "day")


def test_a_table_with_its_own_split_keeps_it(tmp_path: Path) -> None:
    made = serial_table(tmp_path, split=["test" if n % 5 == 0 else "train" for n in range(1_000)])
    assert made.spec.columns["day"] is Kind.DATE


def test_the_only_feature_is_not_taken_away_for_its_time(tmp_path: Path) -> None:
    made = serial_table(tmp_path, born=["" for _ in range(1_000)])
    assert made.spec.columns["day"] is Kind.DATE


@pytest.mark.parametrize(("rows", "share"), [(999, 0.4), (1_000, 0.2)])
def test_of_few_rows_more_are_held_out(tmp_path: Path, rows: int, share: float) -> None:
    table = tmp_path / "t.csv"
    pl.DataFrame({"x": range(rows), "y": ["a", "b", "b"] * (rows // 3) + ["a"] * (rows % 3)}).write_csv(table)
    made = draft(str(table), "y")
    assert made.spec.split.holdout == share
    assert ("fewer would show nothing" in made.toml) == (share > 0.2)


def test_the_positive_class_of_the_comment_is_the_rarer_and_the_share_held_out_is_said(tmp_path: Path) -> None:
    made = drafted(tmp_path, {"n": [float(each % 7) for each in range(ROWS)]})
    (line,) = [each for each in made.toml.splitlines() if each.startswith("# positive = ")]
    assert line.startswith('# positive = "p"  # the class that pr_auc, lift and the decision threshold are about')
    assert any(each.startswith(f"40% of the {ROWS} rows are held out (split.holdout)") for each in made.notes)


def test_one_word_is_one_word() -> None:
    texts = pl.Series("note", [f"w{'x' * (each % 7)}{each}" for each in range(40)] + ["one"])
    why = guessed(texts, pl.Series(["a", "b"] * 20 + ["a"])).why
    assert "1 words" not in why
    assert _size(1.2, 1.0) == "1 character and 1 word"
