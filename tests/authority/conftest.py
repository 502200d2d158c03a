"""A deployment's papers, whole and in order, for tests to spoil one at a time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from overt.authority.application import Application, parse_application
from overt.authority.example import example_toml
from overt.vocabulary import Kind

START = datetime(2026, 11, 25, 16, tzinfo=UTC)


@pytest.fixture(scope="session")
def application() -> Application:
    """Operational, under the UK profile."""
    return parse_application(example_toml(Kind.OPERATIONAL, starts_at=START))
