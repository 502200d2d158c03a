"""Checks a ledger; see docs/ledger-format.md. Imports nothing of Overt."""
