"""A small process that outlives its engine's process by a moment: it kills the workers of one that was killed.

A worker cannot do this itself: what it runs may keep every one of its threads from running.
"""

from __future__ import annotations

import sys

from ratchet.engine import process_tree


def main() -> None:
    """Read ``+pid`` and ``-pid`` from standard input; at its end, which the kernel sees to, kill those still in."""
    workers: set[int] = set()
    for line in sys.stdin:
        (workers.add if line[0] == "+" else workers.discard)(int(line[1:]))
    for pid in workers:
        process_tree.kill(pid)


if __name__ == "__main__":
    main()
