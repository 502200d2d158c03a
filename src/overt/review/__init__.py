"""Candidate → human decision: the prompt's states, the desk, the forms that people fill in."""
