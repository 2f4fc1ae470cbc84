"""``python -m ratchet.cli``: the command line without its script."""

from ratchet.cli.main import main

main()
