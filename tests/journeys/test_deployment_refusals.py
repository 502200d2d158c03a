"""What a deployment may not do: each by its real command, refused in a line, nothing changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from station import REASONS, SIGNS, WEB_PAGE, Station
from steps import (
    AUTHORISED_H,
    ENROLLED_H,
    LIVE_H,
    NOTICED_H,
    confirm_signs,
    enrol,
    give_notice,
    names,
)

from overt.authority.evidence import builtin_evidence

if TYPE_CHECKING:
    from pathlib import Path

CAMERA = "rtsp://viewer@10.0.0.7/gate"


def test_what_may_not_be_is_refused_in_a_line_and_changes_nothing(  # noqa: PLR0915 - one story, told once
    station: Station, offered: Path, tmp_path: Path
) -> None:
    """Before any camera: each by its real command, in the order in which it could be tried."""
    camera = "rtsp://viewer@10.0.0.7/gate"
    file, proof = station.application(camera)
    new = ("deployment", "new", file, "--evidence", proof)

    # Nothing to begin with: unknown ids, malformed files, wrong people.
    station.refused("", "no deployment", "deployment", "show", "D-20261125-AAAAAA")
    station.refused("R4", "may not apply", *new, who="o.perator")
    station.refused("N11", "may not apply", *new, who="u.auditor")
    station.refused(
        "R12", "password", *new, who="a.pplicant",
        OVERT_PASSWORD_FILE=station.password_of("b.oss"),
    )  # fmt: skip
    malformed(station, file)

    # Evidence that does not cover it (R14, N9), days before anybody stands on the street.
    shipped, generated = station.application(
        camera, name="shipped.toml", evidence=builtin_evidence()
    )
    station.refused(
        "R14", "generated people", "deployment", "new", shipped, "--evidence", generated,
        who="a.pplicant",
    )  # fmt: skip
    lower, same = station.application(
        camera, name="lower.toml", **{'threshold = "0.96"': 'threshold = "0.95"'}
    )
    station.refused(
        "N9", "0.95 was not assessed", "deployment", "new", lower, "--evidence", same,
        who="a.pplicant",
    )  # fmt: skip
    station.refused("R14", "none was given", "deployment", "new", file, who="a.pplicant")

    # Applied. The applicant may not authorise, whatever roles they hold (R4, N11).
    own = station.apply(file, proof, who="d.ouble")
    authorise = ("deployment", "authorise", own, "--reasons", REASONS)
    station.refused("R4", "applied and may not authorise", *authorise, who="d.ouble")
    station.refused("R4", "may not authorise", *authorise, who="a.pplicant")
    station.refused("N11", "may not authorise", *authorise, who="u.auditor")
    station.refused(
        "", "at least 80", "deployment", "authorise", own, "--reasons", "fine by me", who="b.oss"
    )
    raised = tmp_path / "conditions.toml"
    raised.write_text('threshold = "0.97"\n', encoding="utf-8")
    station.refused("N9", "0.97 was not assessed", *authorise, "--conditions", raised, who="b.oss")

    # No step before its turn (R1, N3).
    station.ahead_h = AUTHORISED_H
    station.refused("R1", "", "deployment", "enrol", own, offered, who="a.pplicant")
    station.refused("R1", "", "deployment", "open", own, who="e.ngineer")
    station.refused("R1", "", "deployment", "erase", own, who="e.ngineer")
    station.refused("R8", "no written authority", "deployment", "notice", own)
    station.do(*authorise, who="b.oss")
    station.refused("R1", "", *authorise, who="c.second")
    station.refused("R5", "Build it after", "deployment", "enrol", own, offered, who="a.pplicant")

    # The list: one, signed by a second officer who had no part in it (R5, R7).
    station.ahead_h = ENROLLED_H
    enrolling = ("deployment", "enrol", own, offered)
    station.refused("R4", "may not build", *enrolling, who="o.perator")
    for second in ("b.oss", "d.ouble"):
        station.refused(
            "R7", "took part", *enrolling, "--second", second,
            "--justifications", offered.with_name("justified.csv"),
            who="a.pplicant", OVERT_SECOND_PASSWORD_FILE=station.password_of(second),
        )  # fmt: skip
    station.refused("R3", "is a CSV", "deployment", "enrol", own, offered.parent, who="a.pplicant")
    enrol(station, own, offered)
    station.refused("R1", "", *enrolling, who="a.pplicant")

    # Told too late, elsewhere, or not at all (R8).
    station.ahead_h = NOTICED_H
    station.refused("R1", "", "deployment", "open", own, who="e.ngineer")
    at = json.loads(station.do("deployment", "show", own, "--json"))["now"]
    notice = ("deployment", "notice", own, "--published-at")
    station.refused("R8", WEB_PAGE, *notice, at, "--where", "a lamp post", who="a.pplicant")
    station.refused(
        "R8", "future", *notice, "2036-11-25T14:00:00Z", "--where", WEB_PAGE, who="a.pplicant"
    )
    station.refused("", "time with its zone", *notice, "noon", who="a.pplicant")
    give_notice(station, own)
    station.refused("R8", SIGNS[1], "deployment", "notice", own, "--sign", SIGNS[0], who="s.treet")

    # Live: not before its time, not without signs, not without people (N3, R8, R12).
    go = ("deployment", "open", own, "--wait", "0.5")
    said = station.refused("N3", "the authority begins", *go, who="e.ngineer")
    assert "R8: nobody has confirmed" in said
    station.ahead_h = LIVE_H
    station.refused("R8", "nobody has confirmed", *go, who="e.ngineer")
    station.refused("R4", "may not start the cameras", *go, who="o.perator")
    station.refused(
        "N3", "no session is live", "deployment", "live", own, "--json", who="o.perator"
    )
    confirm_signs(station, own)
    before = names(station, own)
    assert "R12" in station.run(*go, who="e.ngineer").stderr
    # It came so far that the list was opened, and says so; no camera was started.
    after = [name for name in names(station, own)[len(before) :] if name != "Checkpointed"]
    assert after == ["WatchlistOpened", "StepRefused"]
    assert station.step(own) == "noticed"
    station.refused("R1", "", "deployment", "publish", own, who="a.pplicant")

    # What time does by itself: the window has passed, nothing was live; all of it is destroyed.
    station.ahead_h = LIVE_H + 30
    late = station.run("deployment", "open", own, who="e.ngineer")
    assert late.returncode == 1
    assert "cancelled" in late.stderr
    assert station.step(own) == "erased"
    station.refused("R1", "", *enrolling, who="a.pplicant")


def malformed(station: Station, file: Path) -> None:
    """Each fault of an application is listed, by its field and rule."""
    text = file.read_text(encoding="utf-8")
    wrong = file.with_name("wrong.toml")
    for old, new in (
        ('use_case = "hotspot"', 'use_case = "anywhere"'),
        ("expected_footfall = 4000", 'expected_footfall = "many"'),
        ("max_entries = 405", "max_entries = 405\nsurprise = true"),
    ):
        text = text.replace(old, new)
    wrong.write_text(text, encoding="utf-8")
    before = station.state()
    done = station.run("deployment", "new", wrong, who="a.pplicant")
    first, *problems = done.stderr.splitlines()
    assert done.returncode == 1
    assert first == f"overt: {wrong}: 3 problems. See docs/authority.md."
    assert [one.split(":")[0].strip() for one in problems] == [
        "use_case",
        "expected_footfall",
        "watchlist.surprise",
    ]
    wrong.write_text("title = ", encoding="utf-8")
    station.refused("", "neither TOML nor JSON", "deployment", "new", wrong, who="a.pplicant")
    assert station.state() == before


def test_a_list_that_was_sealed_for_one_deployment_opens_for_no_other(
    station: Station, offered: Path
) -> None:  # N5, R5
    file, proof = station.application("rtsp://viewer@10.0.0.7/gate")
    two = [station.apply(file, proof) for _ in range(2)]
    station.ahead_h = AUTHORISED_H
    for one in two:
        station.do("deployment", "authorise", one, "--reasons", REASONS, who="b.oss")
    station.ahead_h = ENROLLED_H
    first, second = two
    enrol(station, first, offered)
    station.refused("R3", "CSV", "deployment", "enrol", second, station.home / "vault",
                    who="a.pplicant")  # fmt: skip
    before = {path for path in (station.home / "vault").rglob("*") if path.is_file()}
    enrol(station, second, offered)
    after = {path for path in (station.home / "vault").rglob("*") if path.is_file()}
    give_notice(station, second)
    station.ahead_h = LIVE_H
    confirm_signs(station, second)
    # Somebody who can write the disk lays the first list where the second one was.
    mine = sorted(after - before, key=lambda path: path.stat().st_size)
    assert mine
    for path in mine:
        theirs = [one for one in before if one.name == path.name]
        if theirs:
            path.write_bytes(theirs[0].read_bytes())
    done = station.run("deployment", "open", second, "--wait", "0.5", who="e.ngineer")
    assert done.returncode == 1
    assert "overt: " in done.stderr
    assert "WentLive" not in names(station, second)
    assert "WatchlistOpened" not in names(station, second)
