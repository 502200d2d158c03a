"""A password from a file that the environment names, or from whoever sits at the terminal.

Never from the command line, which every account can list, nor as a value in the environment,
which every child process inherits.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from overt.errors import BadAccount, BadKey, Misuse
from overt.store.keys import read_private

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PASSWORD_FILE = "OVERT_PASSWORD_FILE"  # noqa: S105 - the name of a variable
PASSWORD = "OVERT_PASSWORD"  # noqa: S105 - the name of a variable


def password_from(
    environment: Mapping[str, str], prompt: Callable[[str], str], *, account: str, new: bool = False
) -> str:
    """An account's password.

    Args:
        environment: `OVERT_PASSWORD_FILE` may name a file (0600) that holds it; without it the
            password is asked for.
        prompt: asks without showing what is typed, such as `getpass.getpass`.
        account: whose it is, for the question.
        new: ask for it twice.

    Raises:
        BadAccount: if the two differ, or the file cannot be used.
        Misuse: if the environment holds a password itself.
    """
    if PASSWORD in environment:
        msg = f"{PASSWORD} is refused: each child process and core dump would hold the password"
        raise Misuse(msg, advice=f"Put it into a file of mode 0600, named in {PASSWORD_FILE}.")
    if named := environment.get(PASSWORD_FILE):
        try:
            return read_private(Path(named)).decode().removesuffix("\n").removesuffix("\r")
        except UnicodeDecodeError:
            msg = f"{named}: not text in UTF-8"
            raise BadAccount(msg, advice=f"Check {PASSWORD_FILE}.") from None
        except BadKey as error:
            raise BadAccount(error.message, advice=error.advice) from error
    typed = prompt(f"{'New password' if new else 'Password'} of {account}: ")
    if new and prompt("The same again: ") != typed:
        msg = "the two passwords differ"
        raise BadAccount(msg, advice="Nothing was changed; try again.")
    return typed
