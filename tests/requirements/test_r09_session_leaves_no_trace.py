"""R9, N2: of whom a live session saw and did not match, nothing is left anywhere.

A deployment's session runs in a process of its own, under the gate, with a real worker whose
camera's people are known to the last bit: one is on the list, the others are not. Then they are
searched for in its memory while it lives and after it closed, and in every file that it could
have written. The same search finds what was planted on purpose.
"""

from __future__ import annotations

import base64
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from traced_people import LISTED, likeness
from traced_session import TracedSession, begin
from traces import Search, Trace, memory_of

from overt.faces.crop import cut_out
from overt.live import alert_pictures
from overt.values import Face, Landmarks, Point
from overt.vocabulary import AlertRef

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from overt.live.alert_pictures import AlertPictures

STRANGERS, INVENTED = 4, 60
AFTER_S = 1.0
"""After the last was dropped, at least, their memory is searched."""
SHARED = Path("/dev/shm")  # noqa: S108 - it is searched, not used


@dataclass(frozen=True)
class Seen:
    """What was found of everybody, and where."""

    session: TracedSession
    non_matches: Search
    match: Search
    entries: Search
    live: set[Trace]
    live_entries: set[Trace]
    closed: set[Trace]
    closed_match: set[Trace]
    core_limits: list[tuple[int, int]]
    shared: set[Path]
    """Shared memory that was made meanwhile."""


def regions_of(session: TracedSession) -> list[tuple[str, bytes]]:
    """The session's memory at one moment: it is stopped meanwhile."""
    os.kill(session.process.pid, signal.SIGSTOP)
    try:
        return list(memory_of(session.process.pid))
    except PermissionError:
        pytest.skip("another process's memory may not be read here: run this as root")
    finally:
        os.kill(session.process.pid, signal.SIGCONT)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    shared = set(SHARED.glob("*"))
    session = begin(tmp_path_factory.mktemp("r9"), strangers=STRANGERS, invented=INVENTED)
    people = session.people
    try:
        non_matches = Search(people.templates(listed=False), people.crops(listed=False))
        match = Search(people.templates(listed=True), people.crops(listed=True))
        vectors = session.listed.matcher.vectors
        entries = Search({f"entry {n}": vector for n, vector in enumerate(vectors)}, {})
        session.until_said()
        time.sleep(AFTER_S)
        live = regions_of(session)
        ids = [session.process.pid, *session.workers]
        limits = [resource.prlimit(one, resource.RLIMIT_CORE) for one in ids]
        session.end()
        closed = regions_of(session)
        yield Seen(
            session,
            non_matches,
            match,
            entries,
            live=non_matches.in_memory(live),
            live_entries=entries.in_memory(live),
            closed=non_matches.in_memory(closed),
            closed_match=match.in_memory(closed),
            core_limits=limits,
            shared=set(SHARED.glob("*")) - shared,
        )
    finally:
        session.close()


def test_everybody_was_searched_for_and_one_matched(seen: Seen) -> None:
    people, matcher = seen.session.people, seen.session.listed.matcher
    said = [matcher.best(one.template).similarity for one in people.sightings]
    threshold = max(s for s, name in zip(said, people.names, strict=True) if name != LISTED)
    assert threshold < 0.96 <= min(said[:1])
    assert len({n for n in people.names if n != LISTED}) == STRANGERS + INVENTED
    lines = seen.session.instance.ledger_path(seen.session.deployment).read_text()
    assert lines.count('"event":"PromptRaised"') == 1


def test_nothing_of_a_non_match_is_in_the_memory_of_the_live_session(seen: Seen) -> None:
    assert seen.live == set()


def test_the_same_search_finds_the_open_list_there(seen: Seen) -> None:
    assert {trace.who for trace in seen.live_entries} == {"entry 0", "entry 1", "entry 2"}


def test_nothing_of_anybody_seen_is_in_its_memory_after_it_closed(seen: Seen) -> None:
    assert seen.closed == set()
    assert seen.closed_match == set()


def test_no_file_holds_anything_of_anybody(seen: Seen) -> None:
    files = [file for folder in seen.session.searched for file in folder.rglob("*")]
    names = {file.name for file in files}
    assert {"overt.db", "all", f"{seen.session.deployment}.jsonl"} <= names
    for search in (seen.non_matches, seen.match, seen.entries):
        assert [search.in_tree(folder) for folder in seen.session.searched] == [set()] * 4
        for file in seen.shared:
            assert search.in_bytes(file.read_bytes(), str(file)) == set()


def test_no_core_file_can_be_left(seen: Seen) -> None:
    assert len(seen.core_limits) == 2  # the session and its worker
    assert set(seen.core_limits) == {(0, 0)}


def alert_of(session: TracedSession) -> AlertPictures:
    (compartment,) = [c for c in session.instance.vault.compartments() if "/alert/" in c]
    ref = AlertRef(compartment.rpartition("/")[2])
    return alert_pictures.look(session.instance.vault, session.deployment, ref)


def decoded(jpeg: bytes) -> np.ndarray:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return np.ascontiguousarray(picture[:, :, ::-1])


def test_the_match_is_in_the_vault_and_only_its_key_finds_it(seen: Seen) -> None:
    pictures = alert_of(seen.session)
    for jpeg in pictures.probe:
        found = seen.match.in_bytes(jpeg, "alert")
        assert {trace.what for trace in found} == {"picture"}
        assert seen.non_matches.in_bytes(jpeg, "alert") == set()
    assert len(pictures.probe) > 0


def test_whoever_stands_behind_the_match_cannot_be_seen_in_its_pictures(seen: Seen) -> None:
    people = seen.session.people
    box = people.sightings[0].crops[0].box
    nowhere = Landmarks(*[Point(0, 0)] * 5)
    bare = cut_out(people.beside, Face(box, nowhere, 1.0))
    assert likeness(bare, people.bystander) > 0.9  # were they not blurred
    for jpeg in alert_of(seen.session).probe:
        assert likeness(decoded(jpeg), people.bystander) < 0.75  # as another's face is


# What is planted is found.

VECTOR = np.random.default_rng(9).standard_normal(128).astype(np.float32)
VECTOR /= np.linalg.norm(VECTOR)
ROUGH = np.random.default_rng(9).integers(0, 256, (20, 20, 3)).astype(np.uint8)
CROP = np.asarray(cv2.resize(ROUGH, (200, 240), interpolation=cv2.INTER_CUBIC))
PLANTED = Search({"planted": VECTOR}, {"planted": [CROP]})


def encoded(ending: str) -> bytes:
    done, data = cv2.imencode(ending, np.ascontiguousarray(CROP[:, :, ::-1]))
    assert done
    return data.tobytes()


FORMS: dict[str, bytes] = {
    "template": VECTOR.tobytes(),
    "eight numbers of it": VECTOR[40:48].tobytes(),
    "template as doubles": VECTOR.astype(np.float64)[30:].tobytes(),
    "template as halves": VECTOR.astype(np.float16).tobytes(),
    "template as signed bytes": np.round(VECTOR / np.abs(VECTOR).max() * 127)
    .astype(np.int8)
    .tobytes(),
    "template in base64": base64.b64encode(b"?" + VECTOR.tobytes()),
    "template in hexadecimal": VECTOR.tobytes().hex().encode(),
    "template written out": ", ".join(f"{x:.5f}" for x in VECTOR).encode(),
    "picture": CROP.tobytes(),
    "a row of it": CROP[100].tobytes(),
    "picture the other way round": np.ascontiguousarray(CROP[:, :, ::-1]).tobytes(),
    "picture in base64": base64.b64encode(CROP.tobytes()),
    "JPEG": encoded(".jpg"),
    "PNG": encoded(".png"),
    "JPEG in base64": base64.b64encode(encoded(".jpg")),
}


def in_a_row_of_the_database(home: Path, data: bytes) -> None:
    with sqlite3.connect(home / "overt.db") as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE IF NOT EXISTS texts (body)")
        database.execute("INSERT INTO texts VALUES (?)", (data,))


def in_a_temporary_file(home: Path, data: bytes) -> None:
    (home / "tmp1234").write_bytes(b"\x00\x17\x00" + data)


def in_the_ledger(home: Path, data: bytes) -> None:
    (home / "ledger").mkdir()
    line = b'{"event":"X","body":"' + base64.b64encode(data) + b'"}\n'
    (home / "ledger" / "D-1.jsonl").write_bytes(line)


def in_the_log(home: Path, data: bytes) -> None:
    (home / "log").write_bytes(b"12:00 seen: " + base64.b64encode(data) + b"\n")


def unsealed_in_the_vault(home: Path, data: bytes) -> None:
    (home / "vault").mkdir()
    (home / "vault" / "alert").write_bytes(os.urandom(61) + data + os.urandom(16))


@pytest.mark.parametrize(
    "plant",
    [
        in_a_row_of_the_database,
        in_a_temporary_file,
        in_the_ledger,
        in_the_log,
        unsealed_in_the_vault,
    ],
)
@pytest.mark.parametrize("form", ["template", "picture", "JPEG"])
def test_what_is_planted_in_a_file_is_found(
    plant: Callable[[Path, bytes], None], form: str, tmp_path: Path
) -> None:
    assert PLANTED.in_tree(tmp_path) == set()
    plant(tmp_path, FORMS[form])
    assert {trace.who for trace in PLANTED.in_tree(tmp_path)} == {"planted"}


@pytest.mark.parametrize("form", FORMS)
def test_it_is_found_in_every_form(form: str) -> None:
    data = os.urandom(1003) + b"\n" + FORMS[form] + b"\n" + os.urandom(501)
    assert {trace.who for trace in PLANTED.in_bytes(data, form)} == {"planted"}


def test_what_is_no_trace_is_not_found() -> None:
    other = np.roll(VECTOR, 1) * np.float32(0.9)
    data = VECTOR[:7].tobytes() + other.tobytes() + os.urandom(100_000) + CROP[:, ::-1].tobytes()
    assert PLANTED.in_bytes(data, "nothing") == set()


HOLDER = """
import sys
kept = bytearray(sys.stdin.buffer.read())
print("kept", flush=True)
import time
time.sleep(600)
"""


@pytest.mark.parametrize("form", ["template", "picture", "JPEG", "JPEG in base64"])
def test_what_is_planted_in_a_process_is_found(form: str) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with holder:
        try:
            assert holder.stdin is not None
            assert holder.stdout is not None
            holder.stdin.write(FORMS[form])
            holder.stdin.close()
            assert holder.stdout.readline() == b"kept\n"
            try:
                found = PLANTED.in_memory(memory_of(holder.pid))
            except PermissionError:
                pytest.skip("another process's memory may not be read here: run this as root")
            assert {trace.who for trace in found} == {"planted"}
        finally:
            holder.kill()
