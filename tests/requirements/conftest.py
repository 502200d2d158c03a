"""Lets the tests here import the papers of a deployment: importlib mode leaves `sys.path` alone."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "authority"))
