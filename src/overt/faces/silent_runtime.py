"""ONNX Runtime, but only a release that tells nobody that it runs (R25).

From 1.29 its Linux wheels report sessions, models and an identifier of the machine to their maker
as soon as they are imported. A switch in the environment would turn that off, and a switch can be
turned back; so Overt refuses those releases before any of their code runs.
"""

from __future__ import annotations

import importlib.metadata
import re
from typing import Any

from overt.errors import BadModel

REPORTS_FROM = (1, 29)
"""First release whose published wheels report."""
DISTRIBUTIONS = ("onnxruntime", "onnxruntime-gpu")


def check_silent() -> None:
    """Refuse a release that reports.

    Raises:
        BadModel: if such a release is installed (R25).
    """
    for name in DISTRIBUTIONS:
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        numbers = re.match(r"(\d+)\.(\d+)", version)
        if numbers is None or (int(numbers[1]), int(numbers[2])) >= REPORTS_FROM:
            msg = f"{name} {version} reports its use over the network"
            advice = "Install the release that requirements.lock names."
            raise BadModel(msg, rule="R25", advice=advice)


def import_onnxruntime() -> Any:
    """The module, once it is known to be silent."""
    check_silent()
    import onnxruntime  # noqa: PLC0415 - never before the check

    return onnxruntime
