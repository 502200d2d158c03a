from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path

import pytest

from overt.errors import BadModel
from overt.faces import silent_runtime
from overt.faces.silent_runtime import check_silent

# Parts of the address and names that a reporting build carries.
TELLTALE = (b"OneCollector", b"events.data.microsoft", b"OneDsTelemetry", b"openvino_telemetry")


def test_the_installed_release_is_silent() -> None:
    check_silent()


@pytest.mark.parametrize("version", ["1.29.0", "1.31.1", "2.0", "nightly"])
def test_a_release_that_reports_is_refused_before_it_is_imported(
    version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.metadata, "version", lambda name: version)
    with pytest.raises(BadModel, match=rf"R25: onnxruntime {version} reports"):
        silent_runtime.import_onnxruntime()


def test_no_engines_library_carries_a_reporter() -> None:
    """The wheels themselves, searched: what is not there cannot be switched on."""
    searched = 0
    for name in ("onnxruntime", "openvino"):
        for file in importlib.metadata.files(name) or ():
            path = Path(str(file.locate()))
            if ".so" in path.suffixes and path.is_file():
                raw = path.read_bytes()
                searched += 1
                assert not [word for word in TELLTALE if word in raw], path.name
    assert searched >= 5


def test_the_search_finds_what_it_looks_for(tmp_path: Path) -> None:
    raw = b"\0https://mobile.events.data.microsoft.com/OneCollector/1.0/\0"
    assert [word for word in TELLTALE if word in raw]


def test_running_a_model_leaves_no_file_behind(tmp_path: Path) -> None:
    """A reporting build writes its identifier beside temporary files as soon as it is imported."""
    code = (
        "from overt.config import Config; from overt.live.engine import open_engine;"
        "import numpy as np; e = open_engine(Config());"
        "e.detector().detect(np.zeros((64, 64, 3), np.uint8)); e.close()"
    )
    subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        cwd=tmp_path,
        timeout=120,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert list(tmp_path.iterdir()) == []
