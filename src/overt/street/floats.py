"""Arrays as single precision, in which everything of the street is painted."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float32]
Numbers = NDArray[np.floating]


def floats(values: ArrayLike) -> Floats:
    """Anything array-like as float32, without a copy where it is float32 already."""
    return np.asarray(values, np.float32)
