"""Many rows in one request, in every format, answered as a stream."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from httpx import Client

from ratchet.serving.rows import MOST_TEXT
from ratchet.web.batch import MOST_ROWS
from ratchet.web.bodies import MOST_ROW

Problem = Callable[[Any, int], dict[str, Any]]

JSON = {"content-type": "application/json"}
ROWS = [{"text": f"so {'good' if at % 2 else 'bad'}", "plan": "gold", "age": at} for at in range(2_500)]
FRAME = pl.DataFrame(ROWS)
PARQUET = "application/vnd.apache.parquet"


def bodies() -> dict[str, bytes]:
    parquet = io.BytesIO()
    FRAME.write_parquet(parquet)
    return {
        "application/json": json.dumps(ROWS).encode(),
        "application/x-ndjson": "".join(json.dumps(row) + "\n" for row in ROWS).encode(),
        "text/csv": FRAME.write_csv().encode(),
        PARQUET: parquet.getvalue(),
    }


def parsed(response: Any) -> list[dict[str, Any]]:
    kind = response.headers["content-type"].split(";")[0]
    if kind == "application/json":
        found: list[dict[str, Any]] = response.json()
        return found
    if kind == "application/x-ndjson":
        return [json.loads(line) for line in response.text.splitlines()]
    return [
        {**row, "row": int(row["row"]), "confidence": float(row["confidence"]) if row["confidence"] else None}
        for row in csv.DictReader(io.StringIO(response.text))
    ]


@pytest.mark.parametrize("sent", ["application/json", "application/x-ndjson", "text/csv", PARQUET])
@pytest.mark.parametrize("accept", ["application/json", "application/x-ndjson", "text/csv", "*/*"])
def test_every_row_is_answered_in_every_format(client: Client, films: Any, sent: str, accept: str) -> None:
    response = client.post("/predict/batch", content=bodies()[sent], headers={"content-type": sent, "accept": accept})
    assert response.status_code == 200
    answers = parsed(response)
    assert [each["row"] for each in answers] == list(range(1, len(ROWS) + 1))
    assert [each["label"] for each in answers] == ["good" if at % 2 else "bad" for at in range(len(ROWS))]
    assert len({each["id"] for each in answers}) == films.counts().answered == films.spooled().logged == len(ROWS)
    one = client.post("/predict", json=ROWS[7]).json()
    assert answers[7]["confidence"] == pytest.approx(one["confidence"])
    assert response.headers["content-type"].split(";")[0] == (
        accept if accept != "*/*" else sent.replace(PARQUET, "application/x-ndjson")
    )


@pytest.mark.parametrize("sent", ["application/json", "text/csv"])
def test_csv_has_a_column_for_each_class(client: Client, sent: str) -> None:
    url, headers = "/predict/batch?top=1", {"content-type": sent, "accept": "text/csv"}
    found = pl.read_csv(client.post(url, content=bodies()[sent], headers=headers).content)
    assert found.columns[-3:] == ["error", "p_bad", "p_good"] or found.columns[-3:] == ["error", "p_good", "p_bad"]
    assert (found["p_good"] + found["p_bad"]).to_list() == pytest.approx([1.0] * len(ROWS))
    likely = [p if label == "good" else 1 - p for label, p in zip(found["label"], found["p_good"], strict=True)]
    assert likely == pytest.approx(found["confidence"].to_list())


def test_an_array_with_mistakes_is_refused_whole(client: Client, films: Any, problem: Problem) -> None:
    rows = [*ROWS[:5], {"age": "x"}, {"text": 3}]
    told = problem(client.post("/v1/films/predict/batch", json=rows), 422)
    assert {each["where"] for each in told["errors"]} == {"row 6: age", "row 7: text"}
    assert films.spooled().logged == 0


def test_a_line_that_is_nested_too_deeply_is_one_bad_row(client: Client, films: Any) -> None:
    row = '{"plan": "gold", "age": 1, "text": %s}'
    lines = [row % '"good"', row % ("[" * 5_000 + "]" * 5_000), row % '"bad"']
    headers = {"content-type": "application/x-ndjson"}
    answers = parsed(client.post("/predict/batch", content="\n".join(lines), headers=headers))
    assert [each["row"] for each in answers] == [1, 2, 3]
    assert "nested" in answers[1]["errors"][0]["reason"]
    assert films.spooled().logged == 2


@pytest.mark.parametrize("accept", ["application/x-ndjson", "application/json", "text/csv"])
def test_a_files_good_rows_are_answered_and_bad_ones_explained_in_their_place(
    client: Client, films: Any, accept: str
) -> None:
    body = "text,plan,age\ngood,gold,1\nbad,gold,twelve\ntoo,many,1,fields\ngood,gold,\n"
    headers = {"content-type": "text/csv; charset=utf-8", "accept": accept}
    answers = parsed(client.post("/predict/batch", content=body, headers=headers))
    assert [each["row"] for each in answers] == [1, 2, 3, 4]
    assert answers[0]["label"] == answers[3]["label"] == "good"
    if accept == "text/csv":
        assert "age: not a number, found 'twelve'" in answers[1]["error"]
        assert answers[1]["label"] == ""
    else:
        assert answers[1]["errors"] == [{"column": "age", "found": "'twelve'", "reason": "not a number"}]
    assert films.spooled().logged == 2


@pytest.mark.parametrize(
    ("kind", "body", "status", "found"),
    [
        ("application/json", b"{", 400, "not JSON"),
        ("application/json", b"{}", 400, "not an array"),
        ("application/json", b"[" + b"{}," * MOST_ROWS + b"{}]", 400, "50,001 rows"),
        ("application/json", b"[1]", 422, "1 mistake"),
        ("application/pdf", b"%PDF", 415, "application/pdf"),
        ("text/csv", b"txet,agge\na,1\n", 400, "the request body has no column"),
        ("text/csv", b"", 400, "the request body is empty"),
        (PARQUET, b"PAR1 cut off", 400, "the request body is not a whole Parquet file"),
        ("text/csv", b"text,plan,age\n" + b"a,b,1\n" * 50_000, 413, "more than 195 KB"),
    ],
)
def test_what_is_no_table_is_refused(
    films: Any, served: Any, problem: Problem, kind: str, body: bytes, status: int, found: str
) -> None:
    with served(films, most_batch=200_000) as client:
        response = client.post("/predict/batch", content=body, headers={"content-type": kind})
        assert found in problem(response, status)["found"]
        assert "body." not in response.text, "no path of the server"
    assert films.spooled().logged == 0


def test_an_unknown_format_of_answers_is_refused(client: Client, problem: Problem) -> None:
    response = client.post("/predict/batch", json=ROWS[:2], headers={"accept": "image/png"})
    assert "text/csv" in problem(response, 415)["todo"]


def test_no_rows_are_no_answers(client: Client) -> None:
    assert client.post("/predict/batch", json=[]).json() == []


def test_a_row_of_an_array_is_no_larger_than_one_by_itself(client: Client, films: Any, problem: Problem) -> None:
    padded = b'{"text": "good"' + b" " * MOST_ROW
    for row in (b'{"text": "' + b"x" * MOST_ROW + b'"}', padded + b"}"):
        told = problem(client.post("/predict/batch", content=b'[{"text": "a"}, ' + row + b"]", headers=JSON), 413)
        assert told["found"] == "row 2 of the array: 16.8 MB, more than 16 MB"
    assert films.counts().answered == 0
    row = padded[: MOST_ROW - 1] + b"}"
    assert client.post("/predict/batch", content=b"[" + row + b"," + row + b"]", headers=JSON).status_code == 200


@pytest.mark.parametrize("path", ["/predict", "/predict/batch"])
def test_a_text_that_would_hold_up_everybody_is_refused(
    client: Client, films: Any, problem: Problem, path: str
) -> None:
    rows = [{"text": "good " * (MOST_TEXT // 5)}, {"text": "good " * (MOST_TEXT // 5) + "."}]
    whole = [client.post(path, json=[row] if path.endswith("batch") else row) for row in rows]
    assert whole[0].status_code == 200
    (told,) = problem(whole[1], 422)["errors"]
    assert told == {
        "where": "row 1: text",
        "found": f"{MOST_TEXT + 1:,} characters",
        "expected": f"at most {MOST_TEXT:,} characters",
    }
    assert films.counts().answered == 1


@pytest.mark.parametrize(
    "body", [b'[{"text": "a"}, {"text": "\xff"}]', b'[{"text": "a"}, {"text": }]', b"[1,]", b"[01]"]
)
def test_an_array_is_json_to_its_last_row(client: Client, films: Any, problem: Problem, body: bytes) -> None:
    assert "not JSON" in problem(client.post("/predict/batch", content=body, headers=JSON), 400)["found"]
    assert films.counts().answered == 0
