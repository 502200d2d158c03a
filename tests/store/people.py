"""Who and what the tests of the store put into it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from overt.store.deployments import DeploymentRow
from overt.vocabulary import AccountId, DeploymentId, Kind, Role, Step

if TYPE_CHECKING:
    from overt.store.accounts import Account, Accounts

NOW = datetime(2026, 11, 25, 14, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"  # noqa: S105 - of nobody
WRONG = "incorrect horse battery"
MARKET = DeploymentId("D-20261125-7K3Q9M")


def add_account(accounts: Accounts, account: AccountId, *roles: Role) -> Account:
    return accounts.add(account, "Alex Jones", roles or (Role.OPERATOR,), PASSWORD, NOW)


def market(deployment: DeploymentId = MARKET) -> DeploymentRow:
    return DeploymentRow(
        id=deployment,
        kind=Kind.OPERATIONAL,
        profile="uk",
        step=Step.APPLICATION,
        place="Market Street",
        starts_at=NOW + timedelta(days=1),
        ends_at=NOW + timedelta(days=1, hours=6),
        created_at=NOW,
        changed_at=NOW,
    )
