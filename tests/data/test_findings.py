from dataclasses import replace

import msgspec

from ratchet.data.findings import Finding, stopping


def finding() -> Finding:
    return Finding(
        check="small_classes",
        severity="warning",
        sentence="The class 'x' has 3 rows",
        count=3,
        share=0.5,
        examples=("x: 3 rows",),
        todo="label more",
        column="label",
        numbers={"smallest": 3.0},
    )


def test_finding_survives_json() -> None:
    assert msgspec.json.decode(msgspec.json.encode(finding()), type=Finding) == finding()


def test_finding_prints_what_was_found_and_what_to_do() -> None:
    assert str(finding()) == "The class 'x' has 3 rows. What to do: label more"


def test_an_error_stops_unless_its_check_or_its_column_is_accepted() -> None:
    file, name = (replace(finding(), check="leakage", severity="error", column=each) for each in ("file", "name"))
    assert stopping([finding(), file, name], ()) == (file, name), "a warning stops nothing"
    assert stopping([file, name], ["leakage:file"]) == (name,)
    assert stopping([file, name], ["leakage"]) == ()
    assert stopping([file], ["label_in_words", "gap"]) == (file,)
