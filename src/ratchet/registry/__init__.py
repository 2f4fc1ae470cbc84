"""What went live and when: bundles on disk, versions, the append-only ledger."""
