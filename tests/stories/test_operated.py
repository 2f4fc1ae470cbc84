"""What is only operated otherwise is not learned anew."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.stories.scenes import Shell, quicken


def test_display_names_what_answers_list_what_the_gate_asks_and_column_order_do_not_reseed_training(
    shell: Shell, table: Path
) -> None:
    assert shell("init", table, "--label", "outcome").code == 0
    quicken(shell.folder)
    first = shell("train", table, "--json")
    assert first.code in {0, 1}, first.err
    looked = shell("show", "1", "--look", "--json").document
    spec = shell.folder / "ratchet.toml"
    text = spec.read_text().replace("top = 3", "top = 1").replace('# good = "good"', 'good = "Paid back"')
    text = text.replace("slices = []", 'slices = ["housing"]').replace("confidence = 0.95", "confidence = 0.9")
    columns = text[text.index("[columns]") : text.index("[labels]")]
    head, *lines = columns.strip().splitlines()
    text = text.replace(columns, "\n".join([head, *reversed(lines)]) + "\n\n")
    assert all(each in text for each in ('good = "Paid back"', '["housing"]', "top = 1", "confidence = 0.9"))
    spec.write_text(text)
    again = shell("train", "--json")
    looked_again = shell("show", "2", "--look", "--json").document
    shutil.rmtree(shell.folder / ".ratchet")
    anew = shell("train", table, "--json")
    for other in (again, anew):
        assert other.code in {0, 1}, other.err
    for found in (looked_again, shell("show", "1", "--look", "--json").document):
        for key in ("spec", "dataset", "metrics", "baselines"):
            assert found[key] == looked[key]
