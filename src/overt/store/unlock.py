"""What opens the instance's key, from the environment or from whoever sits at the terminal.

Never from the command line, which every account can list, nor as a value in the environment,
which every child process inherits: files and the terminal only.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

from overt.errors import BadKey, Misuse
from overt.store.keys import INSTANCE_KEY, InstanceKey, read_private

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

KEY_FILE = "OVERT_KEY_FILE"
PASSPHRASE_FILE = "OVERT_PASSPHRASE_FILE"  # noqa: S105 - the name of a variable
PASSPHRASE = "OVERT_PASSPHRASE"  # noqa: S105 - the name of a variable


def instance_key_from(
    environment: Mapping[str, str],
    prompt: Callable[[str], str],
    *,
    folder: Path,
    create: bool = False,
) -> InstanceKey:
    """Unlock the instance's key, or make it at first use.

    Args:
        environment: `OVERT_KEY_FILE` or `OVERT_PASSPHRASE_FILE` name a file (0600); with neither,
            the passphrase is asked for.
        prompt: asks without showing what is typed, such as `getpass.getpass`.
        folder: where the instance's key lies.
        create: make one where there is none; a typed passphrase is then asked for twice.

    Raises:
        BadKey: as `InstanceKey.unlock` and `InstanceKey.create`.
        Misuse: if the environment holds a passphrase itself, or names two files.
    """
    if PASSPHRASE in environment:
        msg = f"{PASSPHRASE} is refused: each child process and core dump would hold the passphrase"
        raise Misuse(
            msg, advice=f"Put it into a file of mode 0600 and name that in {PASSPHRASE_FILE}"
        )
    named = [name for name in (KEY_FILE, PASSPHRASE_FILE) if environment.get(name)]
    if len(named) > 1:
        msg = f"{KEY_FILE} and {PASSPHRASE_FILE} are both set"
        raise Misuse(msg, advice="Unset the one that the instance was not made with")
    making = create and not (folder / INSTANCE_KEY).exists()
    give = InstanceKey.create if making else InstanceKey.unlock
    if named == [KEY_FILE]:
        return give(folder, key_file=Path(environment[KEY_FILE]))
    if named:
        path = Path(environment[PASSPHRASE_FILE])
        try:
            typed = read_private(path).decode().removesuffix("\n").removesuffix("\r")
        except UnicodeDecodeError as error:
            msg = f"{path} is not text in UTF-8"
            raise BadKey(msg) from error
        return give(folder, passphrase=_normal(typed))
    if not making and not (folder / INSTANCE_KEY).exists():
        return InstanceKey.unlock(folder, passphrase=b"")  # Says that there is none; do not ask.
    typed = prompt("Passphrase of this instance: ")
    if making and prompt("The same again: ") != typed:
        msg = "the two passphrases differ"
        raise BadKey(msg, advice="Nothing was made; try again")
    return give(folder, passphrase=_normal(typed))


def _normal(passphrase: str) -> bytes:
    """One spelling for one passphrase, whichever keyboard it was typed on (RFC 8265 uses NFC)."""
    return unicodedata.normalize("NFC", passphrase).encode()
