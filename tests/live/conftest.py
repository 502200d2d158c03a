"""Fixtures: an instance with a deployment that only waits for its cameras."""

from __future__ import annotations

from beds import bed, noticed, pictures, prepared

__all__ = ["bed", "noticed", "pictures", "prepared"]
