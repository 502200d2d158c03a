"""Model packs, as the command line and the console see them."""

from __future__ import annotations

from overt.faces.packs.add import add_pack
from overt.faces.packs.folders import models_dir
from overt.faces.packs.health import Health, State, check_packs, list_packs
from overt.faces.packs.pull import pull_pack

__all__ = ["Health", "State", "add_pack", "check_packs", "list_packs", "models_dir", "pull_pack"]
