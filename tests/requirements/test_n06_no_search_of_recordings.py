"""N6: no search of footage afterwards; a recording is accepted only in a trial, whose list holds
consenting volunteers, and nobody is followed from camera to camera.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from broken import alone, see_refused

import overt
from overt.clock import ManualClock
from overt.errors import OvertError, Refusal
from overt.policy import MAX_BLUE_LIST
from overt.values import CameraId, Candidate, EntryId, Similarity, TrackId
from overt.watchlist.consent import read_blue_list, write_consent_form

SOURCE = Path(overt.__file__).parent
TODAY = ManualClock(wall=datetime(2026, 6, 1, 12, tzinfo=UTC))


def volunteers(folder: Path, *people: str) -> Path:
    """A folder that lists them; what is in the pictures is not looked at here."""
    folder.mkdir()
    for person in people:
        (folder / f"{person}.jpg").write_bytes(b"picture")
    return folder


def register(folder: Path, *lines: str) -> None:
    text = "\n".join(["person,consented_on,witness", *lines])
    (folder / "consent.csv").write_text(f"{text}\n", encoding="utf-8")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_volunteers_who_all_consented_are_accepted(tmp_path: Path) -> None:
    folder = volunteers(tmp_path / "list", "ada", "grace")
    register(folder, "ada,2026-05-30,R. Roe", "grace,2026-06-01,R. Roe")
    assert {image.entry for image in read_blue_list(folder, TODAY)} == {"ada", "grace"}


@pytest.mark.parametrize(
    "lines",
    [
        None,
        (),
        ("ada,2026-05-30,R. Roe",),
        ("ada,2026-05-30,R. Roe", "grace,,"),
        ("ada,2026-05-30,R. Roe", "grace,2026-05-30,"),
        ("ada,2026-05-30,R. Roe", "grace,,R. Roe"),
        ("ada,2026-05-30,R. Roe", "grace,2026-06-03,R. Roe"),
    ],
    ids=["no register", "empty", "one missing", "blank", "no witness", "no date", "future"],
)
def test_a_list_with_anyone_who_did_not_consent_is_refused(
    tmp_path: Path, lines: tuple[str, ...] | None
) -> None:
    folder = volunteers(tmp_path / "list", "ada", "grace")
    if lines is not None:
        register(folder, *lines)
    before = contents(folder)
    with pytest.raises(OvertError) as refused:
        read_blue_list(folder, TODAY)
    assert isinstance(refused.value, Refusal) or lines == ()
    assert refused.value.rule == "N6" or lines == ()
    assert contents(folder) == before


def test_an_empty_form_is_no_consent(tmp_path: Path) -> None:
    folder = volunteers(tmp_path / "list", "ada")
    write_consent_form(folder)
    with pytest.raises(Refusal, match=r"N6: .*ada"):
        read_blue_list(folder, TODAY)


def test_a_list_too_long_for_volunteers_is_refused(tmp_path: Path) -> None:
    people = [f"p{n:05}" for n in range(MAX_BLUE_LIST + 1)]
    folder = volunteers(tmp_path / "list", *people)
    register(folder, *(f"{person},2026-05-30,R. Roe" for person in people))
    with pytest.raises(Refusal, match=r"N6: .*1,001 people"):
        read_blue_list(folder, TODAY)
    (folder / f"{people[-1]}.jpg").unlink()
    register(folder, *(f"{person},2026-05-30,R. Roe" for person in people[:-1]))
    assert len(read_blue_list(folder, TODAY)) == MAX_BLUE_LIST


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module}
    return found


def modules_that_import(*wanted: str) -> dict[str, set[str]]:
    """Modules that import all of these, with everything they import."""
    return {
        str(path.relative_to(SOURCE)): names
        for path in SOURCE.rglob("*.py")
        if set(wanted) <= (names := imports(path))
    }


def test_only_a_trial_brings_recordings_and_a_list_together() -> None:
    assert set(modules_that_import("overt.watchlist.matcher")) == {
        "live/bench.py",  # generated people alone
        "live/conduct.py",
        "live/search.py",
        "watchlist/enrol.py",
        "watchlist/likeness.py",
        "watchlist/sealed.py",
    }
    assert set(modules_that_import("overt.live.conduct")) == {
        "cli/trial.py",
        "live/street_trial.py",
        "live/trial.py",
    }
    # Of those, the trial alone can open a recording; the demo has only its generated street. A
    # camera worker opens cameras, refuses recordings, and never holds a list. An application for a
    # deployment that names a recording is refused.
    assert set(modules_that_import("overt.video.open")) == {
        "live/applying.py",
        "live/trial.py",
        "live/worker.py",
    }
    applying = (SOURCE / "live" / "applying.py").read_text(encoding="utf-8")
    assert "from overt.video.open import is_camera\n" in applying  # which opens nothing
    (trial,) = modules_that_import("overt.video.open", "overt.live.conduct").values()
    assert "overt.watchlist.consent" in trial


def test_a_camera_worker_loads_nothing_that_can_hold_a_list() -> None:
    loads = "import sys, overt.live.worker; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", loads], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert {"overt.live.worker", "overt.video.open", "overt.faces.path"} <= loaded
    parts = ("overt.watchlist", "overt.live.conduct", "overt.live.step", "overt.assess")
    assert sorted(name for name in loaded if name.startswith(parts)) == []


def test_a_trial_reads_the_consent_before_it_opens_anything() -> None:
    tree = ast.parse((SOURCE / "live" / "trial.py").read_text(encoding="utf-8"))
    called = sorted(
        (node.lineno, node.func.id)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    )
    names = [name for _, name in called]
    assert names.count("read_consents") == names.count("need_leave") == 1
    assert names.index("read_consents") < names.index("open_source") < names.index("need_leave")
    assert names.index("need_leave") < names.index("conduct")


def test_a_track_is_known_by_its_camera_and_number_alone() -> None:
    from overt.live.step import Rules, SessionState, SightingSearched, step  # noqa: PLC0415

    state, rules = SessionState(), Rules(Similarity(0.9), cool_down_s=10)
    for camera, at_s in (("north", 0.0), ("south", 1.0)):
        candidate = Candidate(EntryId("ada"), Similarity(0.95))
        event = SightingSearched(CameraId(camera), TrackId(1), at_s, candidate)
        state, _ = step(state, event, rules)
    assert dict(state.last_prompt_s) == {"ada": 0.0}  # when, and neither where nor on which track


@pytest.mark.parametrize("name", alone("N6"))
def test_the_gate_refuses_for_one_fact_alone(name: str) -> None:
    see_refused(name)
