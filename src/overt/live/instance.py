"""One instance of Overt: its home on the disk, and what is kept there."""

from __future__ import annotations

import os
import stat
import time
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

import platformdirs
from pydantic import BaseModel, ConfigDict, ValidationError

from overt import __version__
from overt.clock import Clock, RealClock
from overt.errors import BadConfig, LedgerInUse, Misuse, Refusal
from overt.records.checkpoint import public_key_of
from overt.records.event import INSTANCE, SYSTEM, Event, PublicKey, RoleNames, Word
from overt.records.events import AccountAdded, AccountDisabled, LedgerOpened, SignInRefused
from overt.records.ledger import Ledger
from overt.store.accounts import Accounts
from overt.store.alerts import Alerts
from overt.store.database import Database
from overt.store.deployments import Deployments
from overt.store.durable import make_folder
from overt.store.keys import signing_key
from overt.store.vault import Vault
from overt.vocabulary import AccountId, DeploymentId

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from overt.store.accounts import Account
    from overt.store.keys import InstanceKey
    from overt.vocabulary import Kind, Role

HOME = "OVERT_HOME"
DATABASE = "OVERT_DATABASE"
MAX_SETTINGS_BYTES = 100_000
TURN_S = 5.0
"""To wait for the instance's own chain while another process writes to it."""


class Settings(BaseModel):
    """What `instance.toml` may say."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    database: str | None = None
    """Address of a database other than `overt.db` in the home."""


def home_folder(environment: Mapping[str, str]) -> Path:
    """Where the instance is: `OVERT_HOME`, or this account's own folder for data."""
    named = environment.get(HOME)
    return Path(named).absolute() if named else platformdirs.user_data_path("overt")


@dataclass
class Instance:
    """An open instance. Close it, or use it as a context.

    The vault is unlocked when it is first asked for: much can be done without its key.
    """

    home: Path
    clock: Clock
    database: Database
    unlock: Callable[[Path], InstanceKey] | None
    overdue: tuple[str, ...] = ()
    """What should have been destroyed by now and was not; see `overt.live.caretaker`."""

    def __post_init__(self) -> None:
        """Remember both of the machine's clocks."""
        self._machine = RealClock()
        self._opened_at, self._opened_s = self._machine.now(), self._machine.monotonic()

    @classmethod
    def open(
        cls,
        home: Path,
        *,
        clock: Clock | None = None,
        database: str | None = None,
        unlock: Callable[[Path], InstanceKey] | None = None,
    ) -> Self:
        """Open the instance at `home`, making the folder (0700) and the database if need be.

        Args:
            home: its folder.
            clock: what tells the time.
            database: address of the database; by default what `instance.toml` says, or
                `overt.db` in the home.
            unlock: gives the instance's key, told the folder where it lies.

        Raises:
            BadConfig: if the home cannot be used, or `instance.toml` is malformed.
            BadDatabase: as `Database.open`.
        """
        _own_folder(home)
        address = database or read_settings(home / "instance.toml").database
        return cls(home, clock or RealClock(), Database.open(address or home / "overt.db"), unlock)

    @classmethod
    def from_environment(
        cls,
        environment: Mapping[str, str],
        *,
        clock: Clock | None = None,
        unlock: Callable[[Path], InstanceKey] | None = None,
    ) -> Self:
        """Open the instance that `OVERT_HOME` and `OVERT_DATABASE` name."""
        address = environment.get(DATABASE) or None
        return cls.open(home_folder(environment), clock=clock, database=address, unlock=unlock)

    @cached_property
    def accounts(self) -> Accounts:
        """Who may do what."""
        return Accounts(self.database)

    @cached_property
    def deployments(self) -> Deployments:
        """The index of deployments, and their texts."""
        return Deployments(self.database)

    @cached_property
    def alerts(self) -> Alerts:
        """When each alert must be destroyed."""
        return Alerts(self.database)

    @cached_property
    def instance_key(self) -> InstanceKey:
        """The key that everything sealed hangs from; unlocked once.

        Raises:
            BadKey: if it does not open.
            Misuse: if this instance was opened with nothing to unlock it.
        """
        if self.unlock is None:
            msg = "the instance was opened without its key"
            raise Misuse(msg, advice="Give what unlocks it.")
        return self.unlock(self.vault_folder)

    @cached_property
    def vault(self) -> Vault:
        """What has a face or a name in it, sealed. Raises as `instance_key`."""
        return Vault(self.vault_folder, self.instance_key, self.clock)

    @cached_property
    def signer(self) -> Ed25519PrivateKey:
        """The key that signs this instance's checkpoints and certificates. As `instance_key`."""
        return signing_key(self.vault_folder, self.instance_key)

    def sign_in(self, account: str, password: str) -> Account:
        """Somebody whose password is right; a refusal is recorded (R21).

        Raises:
            Refusal: if it is not, or the account is disabled.
        """
        try:
            return self.accounts.check(AccountId(account), password, self.clock.now())
        except Refusal:
            known = {one.id for one in self.accounts.list()}
            named = AccountId(account) if account in known else None
            self.record(SignInRefused(named))
            raise

    def add_account(
        self, account: AccountId, name: str, roles: Iterable[Role], password: str
    ) -> Account:
        """Add a person, and say so in the instance's own chain.

        Raises:
            OvertError: as `Accounts.add`, or if it cannot be recorded.
        """
        added = self.accounts.add(account, name, roles, password, self.clock.now())
        self.record(
            AccountAdded(
                added.id,
                RoleNames(" ".join(sorted(added.roles))),
                PublicKey(added.public_key.hex()),
            )
        )
        return added

    def disable_account(self, account: AccountId) -> Account:
        """Let a person never sign in again, and say so in the instance's own chain."""
        disabled = self.accounts.disable(account, self.clock.now())
        self.record(AccountDisabled(disabled.id))
        return disabled

    # Chains.

    def ledger_path(self, chain: DeploymentId) -> Path:
        """Where a chain stands."""
        return self.home / "ledger" / f"{chain}.jsonl"

    def begin_ledger(self, chain: DeploymentId, kind: Kind | None, profile: str | None) -> Ledger:
        """Begin a chain. Raises: as `Ledger.create`."""
        path = self.ledger_path(chain)
        make_folder(path.parent)
        opened = LedgerOpened(
            kind=kind,
            profile=None if profile is None else Word(profile),
            software=Word(f"overt-{__version__}"),
            public_key=PublicKey(public_key_of(self.signer)),
        )
        return Ledger.create(path, chain, self.signer, self.clock, opened)

    def open_ledger(self, chain: DeploymentId) -> Ledger:
        """Take a chain in hand. Raises: as `Ledger.open`, or Misuse if there is none."""
        path = self.ledger_path(chain)
        if not path.exists():
            msg = f"there is no deployment {chain}"
            raise Misuse(msg, advice="See `overt deployment list`.")
        return Ledger.open(path, chain, self.signer, self.clock)

    def record(self, event: Event, by: AccountId = SYSTEM) -> None:
        """Append to the instance's own chain, which is begun when it is first needed.

        Another process may have it for a moment; then this one waits its turn.

        Raises:
            LedgerFailed: if it cannot be recorded.
        """
        until_s = self.clock.monotonic() + TURN_S
        while True:
            try:
                self._record(event, by)
            except LedgerInUse:
                if self.clock.monotonic() >= until_s:
                    raise
                time.sleep(0.02)
            else:
                return

    def _record(self, event: Event, by: AccountId) -> None:
        begun = self.ledger_path(INSTANCE).exists()
        ledger = self.open_ledger(INSTANCE) if begun else self.begin_ledger(INSTANCE, None, None)
        with ledger:
            ledger.append(event, by)
            ledger.checkpoint()

    def socket(self, deployment: DeploymentId) -> Path:
        """Where a live session's desks sign in."""
        return self.home / "run" / f"{deployment}.sock"

    @property
    def clock_drift_s(self) -> float:
        """Seconds that the machine's wall clock moved against its monotonic one meanwhile (N3)."""
        passed_s = self._machine.monotonic() - self._opened_s
        return (self._machine.now() - self._opened_at).total_seconds() - passed_s

    @property
    def vault_folder(self) -> Path:
        """Where the vault and the wrapped keys lie."""
        return self.home / "vault"

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def read_settings(path: Path) -> Settings:
    """Read `instance.toml`; nothing is set where there is none.

    Raises:
        BadConfig: if it cannot be read, or has an unknown or wrong key. The value is not repeated:
            an address may hold a password.
    """
    try:
        with path.open("rb") as file:
            text = file.read(MAX_SETTINGS_BYTES).decode()
        return Settings.model_validate(tomllib.loads(text))
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        msg = f"{path}: cannot be read ({error.strerror})"
        raise BadConfig(msg) from error
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        msg = f"{path}: {key}: {first['msg']}"
        raise BadConfig(msg, advice=f"It may set {', '.join(Settings.model_fields)}.") from None
    except ValueError:  # not UTF-8, or not TOML
        msg = f"{path}: not TOML"
        raise BadConfig(msg, advice='Write database = "postgresql://…", or remove it.') from None


def _own_folder(home: Path) -> None:
    """Make the home, or check it, so that this account alone may enter.

    Raises:
        BadConfig: if it cannot be made, or belongs to another account.
    """
    try:
        make_folder(home)
        found = home.stat()
        if not stat.S_ISDIR(found.st_mode):
            msg = f"{home}: no folder"
            raise BadConfig(msg, advice=f"Name another in {HOME}.")
        if found.st_uid != os.geteuid():
            msg = f"{home}: belongs to another account"
            raise BadConfig(msg, advice=f"Run Overt as its owner, or set {HOME}.")
        home.chmod(0o700)
    except OSError as error:
        msg = f"{home}: cannot be used ({error.strerror})"
        raise BadConfig(msg, advice=f"Check {HOME}.") from error
