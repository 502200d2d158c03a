"""A trial's folder: `trial.json`, and small pictures of its alerts where they were asked for.

It is written beside its place and then renamed, so that it is there whole or not at all.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

import cv2

from overt.errors import BadReport

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from overt.live.prompt import Prompt
    from overt.live.trial_result import TrialResult


@dataclass(frozen=True, slots=True)
class ReportFolder:
    """Where a report will be."""

    path: Path

    @classmethod
    def prepare(cls, path: Path) -> Self:
        """Check, before the trial, that the report can be written after it.

        Raises:
            BadReport: if something is already there, or its parent cannot be written to.
        """
        if path.exists() and not (path.is_dir() and not any(path.iterdir())):
            msg = f"report folder {path}: already holds something"
            raise BadReport(msg, advice="Name a new folder; nothing is ever overwritten.")
        parent = path.absolute().parent
        if not parent.is_dir():
            msg = f"report folder {path}: {parent} is no folder"
            raise BadReport(msg, advice="Make it first.")
        if not os.access(parent, os.W_OK | os.X_OK):
            msg = f"report folder {path}: {parent} may not be written to"
            raise BadReport(msg)
        return cls(path)

    def write(self, result: TrialResult, pictured: Sequence[Prompt]) -> None:
        """Write the report, whole.

        Args:
            result: what was found.
            pictured: alerts whose crops are kept; empty to keep none.

        Raises:
            BadReport: if the disk refuses; nothing is left behind.
        """
        parent = self.path.absolute().parent
        try:
            draft = Path(tempfile.mkdtemp(prefix=f".{self.path.name}-", dir=parent))
        except OSError as error:
            msg = f"report folder {self.path}: cannot be made ({error.strerror})"
            raise BadReport(msg) from error
        try:
            text = json.dumps(result.as_dict, indent=2, ensure_ascii=False)
            (draft / "trial.json").write_text(text + "\n", encoding="utf-8")
            for prompt in pictured:
                for place, crop in enumerate(prompt.crops, start=1):
                    name = f"alert-{prompt.number:04d}-{place}.jpg"
                    _write_jpeg(draft / "crops" / name, crop.image)
            draft.chmod(0o700)
            if self.path.is_dir():
                self.path.rmdir()
            draft.rename(self.path)
        except OSError as error:
            msg = f"report folder {self.path}: cannot be written ({error.strerror})"
            raise BadReport(msg) from error
        finally:
            shutil.rmtree(draft, ignore_errors=True)


def _write_jpeg(path: Path, image: NDArray[np.uint8]) -> None:
    path.parent.mkdir(exist_ok=True)
    done, data = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    if not done:
        raise OSError(0, "a picture could not be encoded")
    path.write_bytes(data.tobytes())
