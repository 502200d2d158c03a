"""`overt user`: who may do what in this instance."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from overt.cli.deployment_view import console
from overt.cli.entry import ask, opened
from overt.vocabulary import AccountId, Role

if TYPE_CHECKING:
    from overt.store.accounts import Account

app = typer.Typer(
    help="Accounts: each person's roles, password and signing key (R4, N11).",
    no_args_is_help=True,
)

Id = Annotated[str, typer.Argument(metavar="ID", help="1 to 40 of a-z 0-9 . _ -")]
AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]


@app.command()
def add(
    account: Id,
    name: Annotated[str, typer.Option(help="The person's name, as others know them.")],
    role: Annotated[list[Role], typer.Option(help="May be given again. An auditor has no other.")],
    as_json: AsJson = False,
) -> None:
    """Add a person. The password is asked for twice, or read from OVERT_PASSWORD_FILE.

    The account's signing key opens with that password alone: nobody can reset it. The first
    account also makes the instance's own key, by OVERT_KEY_FILE or a passphrase.

    Example: overt user add a.jones --name "Alex Jones" --role operator
    """
    from overt.store.password_entry import password_from  # noqa: PLC0415 - slow to import

    with opened(create=True, tending=False) as instance:
        password = password_from(os.environ, ask, account=account, new=True)
        _ = instance.signer  # what cannot be recorded is not begun
        added = instance.add_account(AccountId(account), name, role, password)
    if as_json:
        typer.echo(json.dumps(_plain(added), indent=2))
    else:
        typer.echo(f"{added.id}: added as {', '.join(sorted(added.roles))}")


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """Every account, disabled ones too: their keys still verify what they signed.

    Example: overt user list --json
    """
    with opened(tending=False) as instance:
        accounts = instance.accounts.list()
    if as_json:
        typer.echo(json.dumps([_plain(account) for account in accounts], indent=2))
        return
    if not accounts:
        typer.echo("There is no account yet. Add one: overt user add ID --name NAME --role ROLE")
        return
    table = Table("account", "name", "roles", "state", "since", box=None, padding=(0, 2))
    for account in accounts:
        state = "disabled" if account.disabled else "in use"
        roles = ", ".join(sorted(account.roles))
        since = f"{account.created_at:%Y-%m-%d}"
        # As text, for a name in square brackets is no markup.
        table.add_row(*map(Text, (account.id, account.name, roles, state, since)))
    console().print(table)


@app.command()
def disable(account: Id, as_json: AsJson = False) -> None:
    """Let an account never sign in again. What it signed can still be verified.

    Example: overt user disable a.jones
    """
    with opened(tending=False) as instance:
        _ = instance.accounts.get(AccountId(account)), instance.signer
        disabled = instance.disable_account(AccountId(account))
    if as_json:
        typer.echo(json.dumps(_plain(disabled), indent=2))
    else:
        typer.echo(f"{disabled.id}: disabled for good; its public key stays")


def _plain(account: Account) -> dict[str, object]:
    """An account as JSON's own types."""
    return {
        "id": account.id,
        "name": account.name,
        "roles": sorted(account.roles),
        "disabled": account.disabled,
        "public_key": account.public_key.hex(),
        "created_at": account.created_at.isoformat(),
    }
