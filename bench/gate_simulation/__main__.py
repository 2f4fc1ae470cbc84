"""Is the gate right as often as it says?  The real gate, played against worlds whose truth is known.

    python -m bench.gate_simulation [--scale 1] [--processes 2] [--only growth,attack] [--write]

About 40 minutes at scale 1 on two free cores, a tenth of that at 0.1; all is seeded, so that the same scale gives the
same tables.  ``--write`` puts them, and the pictures of them, into docs/evidence.md.
"""

from __future__ import annotations

import argparse
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from bench.gate_simulation.pictures import draw
from bench.gate_simulation.report import PARTS, Part

DOCS = Path(__file__).parents[2] / "docs"


def write(name: str, text: str, path: Path) -> None:
    """Puts a table between its markers on the page."""
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, _, rest = path.read_text("utf-8").partition(start)
    path.write_text(f"{before}{start}\n{text}\n{end}{rest.partition(end)[2]}", "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--only", default="", help=f"of {', '.join(PARTS)}, with commas between them")
    parser.add_argument("--write", action="store_true", help="put tables and pictures into docs/evidence.md")
    chosen = parser.parse_args()
    names = chosen.only.split(",") if chosen.only else list(PARTS)
    with ProcessPoolExecutor(chosen.processes) as pool:
        for name in names:
            began = time.monotonic()
            part: Part = PARTS[name](pool, chosen.scale)
            print(f"{part.text}\n\n({time.monotonic() - began:.0f} s)\n", flush=True)
            if chosen.write:
                write(name, part.text, DOCS / "evidence.md")
                draw(part.drawn, DOCS)


if __name__ == "__main__":
    main()
