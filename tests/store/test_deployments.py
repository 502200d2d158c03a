"""R10, R11, R20, R21: the index, documents that stay as they are, and texts that die."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sealed_vault import largest_file
from sqlalchemy import text

from overt.errors import BadDatabase, DestructionFailed, Misuse, OvertError, Refusal
from overt.store.alerts import Alerts
from overt.store.database import Database
from overt.store.deployments import MAX_TEXT, Certificate, Deployments
from overt.vocabulary import AlertRef, DeploymentId, Step

from .people import MARKET, NOW, market

if TYPE_CHECKING:
    from pathlib import Path

    from .postgres_server import PostgresServer

REASON = "the informant in Mill Lane says she will be there"


@pytest.fixture
def opened(deployments: Deployments) -> Deployments:
    assert deployments.add(market())
    return deployments


@pytest.fixture
def alerts(database: Database, opened: Deployments) -> Alerts:
    return Alerts(database)


def test_the_index_gives_back_what_it_was_given(opened: Deployments) -> None:
    other = market(DeploymentId("D-20261125-000000"))
    assert opened.add(other)
    assert opened.get(MARKET) == market()
    assert opened.list() == (other, market())


def test_a_deployment_is_added_once(opened: Deployments) -> None:
    opened.set_step(MARKET, Step.AUTHORISED, NOW)
    assert not opened.add(market())
    assert opened.get(MARKET).step is Step.AUTHORISED


def test_a_step_moves_from_where_it_stands(opened: Deployments) -> None:
    later = NOW + timedelta(hours=1)
    opened.set_step(MARKET, Step.AUTHORISED, later, was=Step.APPLICATION)
    moved = opened.get(MARKET)
    assert (moved.step, moved.changed_at) == (Step.AUTHORISED, later)
    with pytest.raises(Refusal, match=r"R1: .* stands at authorised, no longer at application"):
        opened.set_step(MARKET, Step.REFUSED, later, was=Step.APPLICATION)
    with pytest.raises(Misuse, match="there is no deployment"):
        opened.set_step(DeploymentId("D-none"), Step.REFUSED, later)
    assert opened.get(MARKET) == moved


def test_a_document_stays_as_it_was_put(opened: Deployments) -> None:
    body = "Impact: 1 in 1,000 – naïve? 人"
    sha256 = opened.put_document(MARKET, "dpia", body)
    assert sha256 == hashlib.sha256(body.encode()).hexdigest()
    assert opened.put_document(MARKET, "dpia", body) == sha256
    with pytest.raises(Refusal, match=r"R20: .* has another document dpia"):
        opened.put_document(MARKET, "dpia", body + " ")
    assert opened.document(MARKET, "dpia") == body
    assert opened.documents(MARKET) == {"dpia": sha256}
    with pytest.raises(Misuse, match="has no document authority"):
        opened.document(MARKET, "authority")


def test_an_altered_document_text_or_certificate_is_found(
    opened: Deployments, database: Database
) -> None:
    opened.put_document(MARKET, "dpia", "as it was")
    sha256 = opened.put_text(MARKET, REASON).sha256
    opened.put_certificate(MARKET, "list", "destroyed", NOW)
    with database.begin() as connection:
        for table in ("documents", "texts", "certificates"):
            connection.execute(text(f"UPDATE {table} SET body = 'as it suits'"))  # noqa: S608
    for read in (
        lambda: opened.document(MARKET, "dpia"),
        lambda: opened.text(MARKET, sha256),
        lambda: opened.certificates(MARKET),
    ):
        with pytest.raises(BadDatabase, match=r"R21: .*the database was altered"):
            read()


def test_nothing_is_put_for_a_deployment_that_is_not(deployments: Deployments) -> None:
    absent = DeploymentId("D-none")
    for put in (
        lambda: deployments.put_document(absent, "dpia", "x"),
        lambda: deployments.put_text(absent, "x"),
        lambda: deployments.put_certificate(absent, "list", "x", NOW),
        lambda: deployments.destroy_texts(absent, NOW),
    ):
        with pytest.raises(Misuse, match="there is no deployment 'D-none'"):
            put()


@pytest.mark.parametrize("body", ["zero \0", "half a sign \ud800", "x" * (MAX_TEXT + 1)])
def test_what_one_database_could_not_keep_neither_takes(opened: Deployments, body: str) -> None:
    for put in (
        lambda: opened.put_document(MARKET, "dpia", body),
        lambda: opened.put_text(MARKET, body),
        lambda: opened.put_certificate(MARKET, "list", body, NOW),
    ):
        with pytest.raises(Misuse, match="no Unicode text"):
            put()
    assert opened.documents(MARKET) == {}


@pytest.mark.parametrize("label", ["", "a b", "\0", "ä", "x" * 65, "../etc"])
def test_a_label_is_short_and_plain(opened: Deployments, label: str) -> None:
    with pytest.raises(Misuse, match="cannot name a kind"):
        opened.put_document(MARKET, label, "x")
    with pytest.raises(Misuse, match="cannot name a kind"):
        opened.put_text(MARKET, "x", about=label)


# --- texts that die ----------------------------------------------------------------------------


def test_a_text_is_salted_so_that_its_hash_tells_nothing(opened: Deployments) -> None:
    first, second = opened.put_text(MARKET, REASON), opened.put_text(MARKET, REASON)
    assert len({first.sha256, second.sha256, hashlib.sha256(REASON.encode()).hexdigest()}) == 3
    assert opened.text(MARKET, first.sha256) == opened.text(MARKET, second.sha256) == REASON


def test_texts_are_destroyed_by_what_they_are_about(opened: Deployments) -> None:
    alert = opened.put_text(MARKET, REASON, about="alert/K7QD-3M2P").sha256
    other = opened.put_text(MARKET, "another", about="list").sha256
    gone = opened.destroy_texts(MARKET, NOW, about="alert/K7QD-3M2P")
    assert gone.sha256 == (alert,)
    assert opened.text(MARKET, other) == "another"
    with pytest.raises(Refusal, match="R11: the text was destroyed at 2026-11-25 14:00:00 UTC"):
        opened.text(MARKET, alert)
    with pytest.raises(Misuse, match="has no text"):
        opened.text(MARKET, "0" * 64)
    rest = opened.destroy_texts(MARKET, NOW + timedelta(hours=1))
    # A certificate after a crash still names all of them.
    assert rest.sha256 == tuple(sorted((alert, other)))
    with pytest.raises(Refusal, match="destroyed at 2026-11-25 14:00:00"):
        opened.text(MARKET, alert)


LONG = "the whole of what was written about a person " * 2_000


@pytest.mark.parametrize("body", [REASON, LONG], ids=["in a row", "over many pages"])
def test_nothing_of_a_destroyed_text_is_in_the_files_of_sqlite(tmp_path: Path, body: str) -> None:
    def on_disk() -> bytes:
        return b"".join(found.read_bytes() for found in sorted(tmp_path.iterdir()))

    with Database.open(f"sqlite:///{tmp_path}/overt.db") as database:
        deployments = Deployments(database)
        deployments.add(market())
        put = [deployments.put_text(MARKET, f"{n} {body}").sha256 for n in range(20)]
        with database.read() as connection:
            salts = connection.execute(text("SELECT salt FROM texts")).scalars().all()
        needles = [*salts, body[:40].encode(), body[-40:].encode()]
        # Seen both in the log and in the file itself, or the search would prove nothing.
        before = on_disk()
        assert all(needle in before for needle in needles)
        database.purge()
        assert (tmp_path / "overt.db-wal").stat().st_size == 0
        assert all(needle in on_disk() for needle in needles)
        gone = deployments.destroy_texts(MARKET, NOW)
        assert gone.sha256 == tuple(sorted(put))
        after = on_disk()
        assert [needle for needle in needles if needle in after] == []
        assert all(sha256.encode() in after for sha256 in put)
    assert [needle for needle in needles if needle in on_disk()] == []


@pytest.mark.parametrize("old_reader", [False, True])
@pytest.mark.parametrize("body", [REASON, LONG], ids=["in a row", "over many pages"])
def test_nothing_of_a_destroyed_text_is_in_the_tables_of_postgresql(
    postgres: PostgresServer, body: str, *, old_reader: bool
) -> None:
    address = postgres.new_database()
    name = address.split("/")[3].split("?")[0]
    with Database.open(address) as database, Database.open(address) as other:
        deployments = Deployments(database)
        deployments.add(market())
        with database.begin() as connection:  # as it is, so that it can be looked for
            connection.execute(text("ALTER TABLE texts ALTER body SET STORAGE EXTERNAL"))
        put = deployments.put_text(MARKET, body, about="list")
        kept = deployments.put_text(MARKET, "this one stays", about="deployment")
        postgres.sql("CHECKPOINT", name)
        oid = postgres.sql(f"SELECT oid FROM pg_database WHERE datname = '{name}'").strip()  # noqa: S608
        tables = postgres.data / "base" / oid

        def on_disk() -> bytes:
            return b"".join(f.read_bytes() for f in tables.iterdir() if f.is_file())

        assert body[:40].encode() in on_disk()
        with other.read() as reading:
            if old_reader:
                # It never looks at the texts, but may: the server keeps old versions for it.
                assert reading.execute(text("SELECT count(*) FROM deployments")).scalar_one() == 1
            gone = deployments.destroy_texts(MARKET, NOW, about="list")
            assert gone.sha256 == (put.sha256,)
            postgres.sql("CHECKPOINT", name)
            assert body[:40].encode() not in on_disk()
        assert put.sha256.encode() in on_disk()
        assert deployments.text(MARKET, kept.sha256) == "this one stays"


def test_a_reader_of_the_texts_is_no_silent_failure_of_erasure(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("overt.store.database.SETTINGS", ("lock_timeout = '100ms'",))
    address = postgres.new_database()
    with Database.open(address) as database, Database.open(address) as other:
        deployments = Deployments(database)
        deployments.add(market())
        put = deployments.put_text(MARKET, REASON)
        with other.read() as reading:
            reading.execute(text("SELECT count(*) FROM texts"))
            with pytest.raises(DestructionFailed, match=r"N13: .*another process kept"):
                deployments.destroy_texts(MARKET, NOW)
        assert deployments.destroy_texts(MARKET, NOW).sha256 == (put.sha256,)


def test_a_full_disk_is_no_silent_failure_of_erasure(tmp_path: Path) -> None:
    with Database.open(tmp_path / "overt.db") as database:
        deployments = Deployments(database)
        deployments.add(market())
        put = deployments.put_text(MARKET, REASON)
        # A file of this process may not grow: the log, and with it any change, has no room.
        size = (tmp_path / "overt.db-wal").stat().st_size
        with (
            largest_file(size),
            pytest.raises(DestructionFailed, match=r"N13: texts of D-.* may be left"),
        ):
            deployments.destroy_texts(MARKET, NOW)
        assert deployments.text(MARKET, put.sha256) == REASON
        assert deployments.destroy_texts(MARKET, NOW).sha256 == (put.sha256,)


def test_certificates_are_kept_in_order(opened: Deployments) -> None:
    first = opened.put_certificate(MARKET, "list", "list destroyed", NOW)
    second = opened.put_certificate(MARKET, "alerts", "alerts destroyed", NOW + timedelta(hours=1))
    assert opened.put_certificate(MARKET, "list", "list destroyed", NOW) == first
    assert opened.certificates(MARKET) == (
        Certificate("list", first, "list destroyed", NOW),
        Certificate("alerts", second, "alerts destroyed", NOW + timedelta(hours=1)),
    )


# --- alerts ------------------------------------------------------------------------------------

REF = AlertRef("K7QD-3M2P")
DAY = timedelta(days=1)


def test_an_alert_is_due_after_its_time_unless_held(alerts: Alerts) -> None:
    assert alerts.add(REF, MARKET, NOW, NOW + DAY)
    assert not alerts.add(REF, MARKET, NOW, NOW + 2 * DAY)
    assert alerts.due(NOW + DAY - timedelta(microseconds=1)) == ()
    assert [row.ref for row in alerts.due(NOW + DAY)] == [REF]
    held = alerts.hold(REF, NOW + 31 * DAY)
    assert held.due_at == NOW + 31 * DAY
    assert alerts.due(NOW + 30 * DAY) == ()
    assert alerts.due(NOW + 31 * DAY) == (held,)
    alerts.destroyed(REF, NOW + 31 * DAY)
    alerts.destroyed(REF, NOW + 32 * DAY)
    (row,) = alerts.list(MARKET)
    assert row.destroyed_at == NOW + 31 * DAY
    assert alerts.due(NOW + 40 * DAY) == ()
    with pytest.raises(Refusal, match="R11: alert K7QD-3M2P is destroyed"):
        alerts.hold(REF, NOW + 2 * DAY)
    assert alerts.get(REF) == row


def test_a_hold_never_makes_an_alert_die_sooner(alerts: Alerts) -> None:
    alerts.add(REF, MARKET, NOW, NOW + DAY)
    alerts.hold(REF, NOW + timedelta(hours=1))
    assert alerts.due(NOW + timedelta(hours=2)) == ()
    assert len(alerts.due(NOW + DAY)) == 1


def test_an_alert_lives_for_31_days_at_most(alerts: Alerts) -> None:
    over = NOW + 31 * DAY + timedelta(microseconds=1)
    with pytest.raises(Refusal, match=r"R11: .*over 31 days"):
        alerts.add(REF, MARKET, NOW, over)
    assert alerts.list(MARKET) == ()
    alerts.add(REF, MARKET, NOW, NOW + DAY)
    with pytest.raises(Refusal, match=r"R11: .*over 31 days"):
        alerts.hold(REF, over)
    assert alerts.get(REF).hold_until is None


def test_of_an_absent_alert_nothing_is_there(alerts: Alerts) -> None:
    for ask in (
        lambda: alerts.get(REF),
        lambda: alerts.hold(REF, NOW),
        lambda: alerts.destroyed(REF, NOW),
        lambda: alerts.add(REF, DeploymentId("D-none"), NOW, NOW),
    ):
        with pytest.raises(OvertError, match="there is no"):
            ask()
    assert alerts.due(NOW + 99 * DAY) == ()
