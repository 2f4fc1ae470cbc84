"""Where work runs: killable processes of this machine, or this very process."""
