"""Where things are kept: the database, the vault and its keys. No biometric column exists (R9)."""
