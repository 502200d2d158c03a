"""The home of an instance: its own alone, strict settings, and a vault that opens when needed."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from overt.clock import ManualClock
from overt.errors import BadConfig, BadDatabase, Misuse
from overt.live.instance import Instance, home_folder
from overt.store.keys import InstanceKey

SECRET = "tr0ub4dor-and-more"  # noqa: S105 - of nobody


def test_an_instance_makes_a_home_for_its_owner_alone(tmp_path: Path) -> None:
    home = tmp_path / "a" / "home"
    clock = ManualClock()
    with Instance.open(home, clock=clock) as instance:
        assert instance.clock is clock
        assert instance.accounts.list() == ()
        assert instance.deployments.list() == ()
        assert instance.alerts.due(clock.now()) == ()
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert stat.S_IMODE((home / "overt.db").stat().st_mode) == 0o600


def test_a_home_that_others_may_enter_is_closed_to_them(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(0o755)
    home.chmod(0o755)
    Instance.open(home).close()
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_a_home_that_is_a_file_is_refused(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.touch(0o644)
    with pytest.raises(BadConfig, match="home: no folder"):
        Instance.open(home)
    assert stat.S_IMODE(home.stat().st_mode) == 0o644


def test_a_home_with_odd_signs_in_its_name_holds_its_database(tmp_path: Path) -> None:
    home = tmp_path / "a ?b#c%20d"
    Instance.open(home).close()
    assert (home / "overt.db").is_file()


def test_the_vault_is_unlocked_once_and_only_when_needed(tmp_path: Path) -> None:
    asked: list[Path] = []

    def unlock(folder: Path) -> InstanceKey:
        asked.append(folder)
        return InstanceKey.create(folder, passphrase=b"correct horse battery")

    with Instance.open(tmp_path / "home", unlock=unlock) as instance:
        assert asked == []
        instance.vault.make("D-1/list")
        assert instance.vault.compartments() == ("D-1/list",)
        assert asked == [tmp_path / "home" / "vault"]


def test_without_its_key_the_vault_stays_shut(tmp_path: Path) -> None:
    with Instance.open(tmp_path / "home") as instance, pytest.raises(Misuse, match="its key"):
        assert instance.vault
    assert not (tmp_path / "home" / "vault").exists()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (f'databse = "postgresql://o:{SECRET}@localhost/o"', "databse: Extra inputs.*set database"),
        (f'database = ["{SECRET}"]', "database: Input should be a valid string"),
        (f"database = {SECRET}", "not TOML"),
        (b"\xff", "not TOML"),
    ],
)
def test_wrong_settings_are_refused_without_repeating_them(
    tmp_path: Path, settings: str | bytes, said: str
) -> None:
    (tmp_path / "instance.toml").write_bytes(
        settings if isinstance(settings, bytes) else settings.encode()
    )
    with pytest.raises(BadConfig, match=said) as refused:
        Instance.open(tmp_path)
    assert "instance.toml" in refused.value.line
    assert SECRET not in refused.value.line
    assert not (tmp_path / "overt.db").exists()


def test_the_environment_goes_before_the_settings_before_the_home(tmp_path: Path) -> None:
    named = {"OVERT_HOME": str(tmp_path)}
    (tmp_path / "instance.toml").write_text(f'database = "sqlite:///{tmp_path}/two.db"')
    Instance.from_environment(named).close()
    assert (tmp_path / "two.db").is_file()
    Instance.from_environment(named | {"OVERT_DATABASE": f"sqlite:///{tmp_path}/three.db"}).close()
    assert (tmp_path / "three.db").is_file()
    assert not (tmp_path / "overt.db").exists()
    with pytest.raises(BadDatabase, match="names no database that Overt can use"):
        Instance.from_environment(named | {"OVERT_DATABASE": f"mysql://o:{SECRET}@localhost/o"})


def test_the_home_is_named_or_the_accounts_own() -> None:
    assert home_folder({"OVERT_HOME": "/srv/overt"}) == Path("/srv/overt")
    assert home_folder({"OVERT_HOME": ""}).name == "overt"
    assert home_folder({}).is_absolute()
