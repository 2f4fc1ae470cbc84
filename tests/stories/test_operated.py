"""What is only operated otherwise is not learned anew."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.stories.scenes import Shell, quicken


def test_display_names_the_classes_listed_and_the_order_of_columns_do_not_reseed_training(
    shell: Shell, table: Path
) -> None:
    assert shell("init", table, "--label", "outcome").code == 0
    quicken(shell.folder)
    first = shell("train", table, "--json")
    assert first.code in {0, 1}, first.err
    spec = shell.folder / "ratchet.toml"
    text = spec.read_text().replace("top = 3", "top = 1").replace('# good = "good"', 'good = "Paid back"')
    columns = text[text.index("[columns]") : text.index("[labels]")]
    head, *lines = columns.strip().splitlines()
    text = text.replace(columns, "\n".join([head, *reversed(lines)]) + "\n\n")
    assert 'good = "Paid back"' in text
    spec.write_text(text)
    again = shell("train", "--json")
    shutil.rmtree(shell.folder / ".ratchet")
    anew = shell("train", table, "--json")
    for other in (again, anew):
        assert other.code in {0, 1}, other.err
        for key in ("spec", "dataset", "metrics", "baselines"):
            assert other.document[key] == first.document[key]
