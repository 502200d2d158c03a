"""What happened: one frozen dataclass for each event of the ledger."""
