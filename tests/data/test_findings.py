import msgspec

from ratchet.data.findings import Finding


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
