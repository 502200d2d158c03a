"""What happened, and what must die: events, ledger, verification, retention, deployment record."""
