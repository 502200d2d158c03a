"""How a command opens the instance and knows who is speaking."""

from __future__ import annotations

import getpass
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from overt.errors import Misuse
from overt.vocabulary import AccountId

if TYPE_CHECKING:
    from collections.abc import Iterator

    from overt.live.applying import SignedIn
    from overt.live.instance import Instance

As = Annotated[
    str,
    typer.Option(
        "--as",
        metavar="ACCOUNT",
        help="Who you are. The password is asked for, or read "
        "from the file that OVERT_PASSWORD_FILE names.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]


@contextmanager
def opened(*, create: bool = False, tending: bool = True) -> Iterator[Instance]:
    """The instance of this environment, with what unlocks its key.

    Args:
        create: make its key if there is none yet.
        tending: do first what time has made due: close, cancel, destroy (R10, R11). It needs the
            key, so commands that only read leave it out.
    """
    from overt.live.caretaker import tend  # noqa: PLC0415 - slow to import
    from overt.live.instance import Instance  # noqa: PLC0415
    from overt.store.unlock import instance_key_from  # noqa: PLC0415

    with Instance.from_environment(
        os.environ,
        unlock=lambda folder: instance_key_from(os.environ, ask, folder=folder, create=create),
    ) as instance:
        if tending and instance.deployments.list():
            tend(instance, lambda line: typer.echo(f"overt: {line}", err=True))
        yield instance


def sign_in(instance: Instance, account: str, *, variable: str | None = None) -> SignedIn:
    """Somebody whose password is right.

    Args:
        instance: where.
        account: who they say they are.
        variable: names the file with the password, in place of OVERT_PASSWORD_FILE.
    """
    from overt.live.applying import SignedIn  # noqa: PLC0415 - slow to import

    password = password_of(account, variable=variable)
    return SignedIn(instance.sign_in(AccountId(account), password), password)


def password_of(account: str, *, variable: str | None = None) -> str:
    """What somebody gives as their password; see `sign_in`.

    Raises:
        Misuse: if nobody is named.
    """
    if not account:
        msg = "say who you are with --as ACCOUNT"
        raise Misuse(msg, advice="See `overt user list`.")
    from overt.store.password_entry import password_from  # noqa: PLC0415 - slow to import

    environment = dict(os.environ)
    if variable is not None:
        environment.pop("OVERT_PASSWORD_FILE", None)
        if variable in os.environ:
            environment["OVERT_PASSWORD_FILE"] = os.environ[variable]
    return password_from(environment, ask, account=account, new=False)


def ask(question: str) -> str:
    """Ask at the terminal without showing what is typed.

    Raises:
        Misuse: if there is no terminal.
    """
    if not sys.stdin.isatty():
        msg = "there is no terminal to ask for a password or passphrase at"
        raise Misuse(
            msg,
            advice="Name files that hold them (0600) in OVERT_PASSWORD_FILE and "
            "OVERT_PASSPHRASE_FILE or OVERT_KEY_FILE.",
        )
    return getpass.getpass(question, stream=sys.stderr)
