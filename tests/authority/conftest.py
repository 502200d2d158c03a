"""Lets the tests beside it import `papers`: pytest's importlib mode leaves `sys.path` alone."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from overt.authority.application import Application, parse_application
from overt.authority.example import example_toml
from overt.vocabulary import Kind

sys.path.append(str(Path(__file__).parent))

START = datetime(2026, 11, 25, 16, tzinfo=UTC)


@pytest.fixture(scope="session")
def application() -> Application:
    """Operational, under the UK profile."""
    return parse_application(example_toml(Kind.OPERATIONAL, starts_at=START))
