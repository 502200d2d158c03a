"""Composition: the only place where video, faces and watchlist meet."""
