"""Several processes at one database: none loses what it wrote, and none undoes another's."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, select

from overt.errors import Refusal
from overt.store.accounts import Accounts
from overt.store.database import Database
from overt.store.deployments import Deployments
from overt.store.schema import sign_ins
from overt.store.sign_in import FREE_ATTEMPTS, count_attempt
from overt.vocabulary import AccountId, DeploymentId, Step

from .people import MARKET, NOW, PASSWORD, add_account, market

if TYPE_CHECKING:
    from pathlib import Path

PROCESSES = 3
EACH = 20
PRELUDE = f"""
import sys
sys.path.insert(0, {str(__file__).rpartition("/")[0]!r})
from overt.errors import OvertError, Refusal
from overt.store.accounts import Accounts
from overt.store.database import Database
from overt.store.deployments import Deployments
from overt.vocabulary import AccountId, DeploymentId, Step
from people import MARKET, NOW, WRONG, market
address, me = sys.argv[1], sys.argv[2]
sys.stdin.readline()
"""


def at_once(address: str, code: str) -> list[str]:
    """What each of several processes printed, all started on one word."""
    running = [
        subprocess.Popen(
            [sys.executable, "-c", PRELUDE + code, address, str(n)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for n in range(PROCESSES)
    ]
    for process in running:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=120) for process in running]
    assert [error for _, error in said if error] == []
    return [out.strip() for out, _ in said]


def test_several_may_make_the_database_at_once(address: str) -> None:
    made = at_once(address, "Database.open(address).close(); print('made')")
    assert made == ["made"] * PROCESSES
    with Database.open(address) as database:
        assert Deployments(database).list() == ()


def test_what_several_write_at_once_is_all_there(address: str) -> None:
    code = f"""
with Database.open(address) as database:
    deployments = Deployments(database)
    for n in range({EACH}):
        deployments.add(market(DeploymentId(f"D-{{me}}-{{n}}")))
        deployments.put_text(DeploymentId(f"D-{{me}}-{{n}}"), f"text {{me}} {{n}}")
        deployments.add(market())
        deployments.put_document(MARKET, f"note-{{me}}-{{n}}", f"note {{me}} {{n}}")
"""
    at_once(address, code)
    with Database.open(address) as database:
        deployments = Deployments(database)
        assert len(deployments.list()) == PROCESSES * EACH + 1
        kept = deployments.documents(MARKET)
        assert len(kept) == PROCESSES * EACH
        assert deployments.document(MARKET, "note-1-7") == "note 1 7"
        for me in range(PROCESSES):
            gone = deployments.destroy_texts(DeploymentId(f"D-{me}-0"), NOW)
            assert len(gone.sha256) == 1


def test_of_several_who_decide_at_once_one_decides(address: str) -> None:
    with Database.open(address) as database:
        for n in range(EACH):
            Deployments(database).add(market(DeploymentId(f"D-{n}")))
    code = f"""
won = 0
with Database.open(address) as database:
    deployments = Deployments(database)
    for n in range({EACH}):
        try:
            deployments.set_step(
                DeploymentId(f"D-{{n}}"), Step.AUTHORISED, NOW, was=Step.APPLICATION
            )
            won += 1
        except Refusal:
            pass
print(won)
"""
    assert sum(map(int, at_once(address, code))) == EACH
    with Database.open(address) as database:
        assert {row.step for row in Deployments(database).list()} == {Step.AUTHORISED}


def test_one_id_is_given_to_one_person(address: str) -> None:
    code = """
with Database.open(address) as database:
    try:
        Accounts(database).add(AccountId("a.jones"), f"Jones {me}", ["operator"], WRONG + me, NOW)
        print("added")
    except OvertError as error:
        print(error.line)
"""
    said = at_once(address, code)
    assert said.count("added") == 1
    assert sum("account a.jones exists" in line for line in said) == PROCESSES - 1
    with Database.open(address) as database:
        (account,) = Accounts(database).list()
        mine = said.index("added")
        assert account.name == f"Jones {mine}"


def test_guesses_from_several_processes_are_counted_together(address: str) -> None:
    with Database.open(address) as database:
        add_account(Accounts(database), AccountId("a.jones"))
    code = """
tried = 0
with Database.open(address) as database:
    for _ in range(8):
        try:
            Accounts(database).check(AccountId("a.jones"), WRONG, NOW)
        except Refusal as refused:
            tried += "is wrong" in refused.line
print(tried)
"""
    # Not one more password was looked at than one process alone could have tried.
    assert sum(map(int, at_once(address, code))) == FREE_ATTEMPTS + 1
    with (
        Database.open(address) as database,
        pytest.raises(Refusal, match="too many wrong passwords"),
    ):
        Accounts(database).check(AccountId("a.jones"), PASSWORD, NOW)


def test_an_attempt_waits_for_one_that_is_being_counted(address: str) -> None:
    looked, go_on = Event(), Event()

    def hold(_: object, __: object, statement: str, *___: object) -> None:
        if statement.startswith("UPDATE sign_ins"):
            looked.set()
            assert go_on.wait(timeout=30)

    def attempt(database: Database) -> None:
        with database.begin() as connection:
            count_attempt(connection, "a.jones", NOW)

    with Database.open(address) as first, Database.open(address) as second:
        attempt(first)
        event.listen(first._engine, "before_cursor_execute", hold)
        with ThreadPoolExecutor(2) as threads:
            held = threads.submit(attempt, first)
            assert looked.wait(timeout=30)
            waiting = threads.submit(attempt, second)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.5)
            go_on.set()
            held.result(timeout=30)
            waiting.result(timeout=30)
        with second.read() as connection:
            assert connection.execute(select(sign_ins.c.failed)).scalar_one() == 3


def test_a_process_that_is_killed_in_a_transaction_leaves_nothing_of_it(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}/overt.db"
    code = """
import os, signal
from sqlalchemy import text
with Database.open(address) as database:
    Deployments(database).add(market())
    with database.begin() as connection:
        connection.execute(text("UPDATE deployments SET step = 'live'"))
        os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run(
        [sys.executable, "-c", PRELUDE + code, address, "0"], input="go\n", text=True, check=False
    )
    assert done.returncode == -9
    with Database.open(address) as database:
        assert Deployments(database).get(MARKET).step is Step.APPLICATION
        Deployments(database).set_step(MARKET, Step.AUTHORISED, NOW, was=Step.APPLICATION)
