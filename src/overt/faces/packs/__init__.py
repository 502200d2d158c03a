"""Model packs: weights that are used only with a manifest and the right hash."""
