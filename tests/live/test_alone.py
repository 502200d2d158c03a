"""Outside a deployment a trial and the demo pass the same gate, by consent or by nobody there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from overt.authority import gate
from overt.clock import RealClock
from overt.config import Config
from overt.errors import Refusal
from overt.live.alone import Alone, need_leave
from overt.live.engine import Engine, open_engine
from overt.live.street_trial import StreetTrialRequest, run_street_trial
from overt.live.trial import TrialRequest, run_trial
from overt.policy import MAX_BLUE_LIST, MAX_CAMERAS
from overt.values import EntryId
from overt.vocabulary import Kind
from overt.watchlist.gallery import ListedImage

if TYPE_CHECKING:
    from collections.abc import Iterator

CLOCK = RealClock()


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    opened = open_engine(Config())
    yield opened
    opened.close()


def images(count: int) -> tuple[ListedImage, ...]:
    folder = Path("blue")
    return tuple(ListedImage(EntryId(f"p{n}"), folder / f"p{n}.png", folder) for n in range(count))


def trial(count: int = 2, **changes: Any) -> Alone:
    consented = frozenset(f"p{n}" for n in range(count))
    whole = Alone(Kind.TRIAL, images(count), consented, {"camera-1": "walk.mp4"}, 0.9)
    return replace(whole, **changes)


def demo(**changes: Any) -> Alone:
    return replace(trial(kind=Kind.DEMO, cameras={"street": "generated"}), **changes)


def test_consent_and_the_generated_street_are_leave(engine: Engine) -> None:
    need_leave(trial(), engine, CLOCK)
    need_leave(trial(cameras={"gate": "rtsp://10.0.0.7/gate"}), engine, CLOCK)
    need_leave(demo(), engine, CLOCK)


@pytest.mark.parametrize(
    ("wanted", "rule", "said"),
    [
        (trial(consented=frozenset({"p0"})), "N6", "consented"),
        (trial(0), "N6", "consented"),
        (trial(MAX_BLUE_LIST + 1), "N6", "at most 1,000"),
        (trial(cameras={}), "R25", "no camera"),
        (
            trial(cameras={f"c{n}": f"rtsp://10.0.0.{n}/" for n in range(MAX_CAMERAS + 1)}),
            "R25",
            "17 cameras",
        ),
        (trial(cameras={"street": "generated"}), "N6", "generated street"),
        (demo(cameras={"gate": "rtsp://10.0.0.7/gate"}), "N6", "generated street"),
        (demo(consented=frozenset()), "N6", "consented"),
    ],
)
def test_anything_else_is_refused_with_the_gates_reason(
    engine: Engine, wanted: Alone, rule: str, said: str
) -> None:
    with pytest.raises(Refusal, match=said) as refused:
        need_leave(wanted, engine, CLOCK)
    assert refused.value.rule == rule


class NobodyListens:
    """Fails the test if anything begins."""

    def __getattr__(self, name: str) -> Any:
        def began(*_: object) -> None:
            if name != "enrolling":  # the demo draws its stills first
                pytest.fail(f"{name} after the gate had refused")

        return began


def test_the_commands_ask_it_before_anybody_is_enrolled(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A disk without room stands for whatever the gate refuses (N13)."""
    monkeypatch.setattr(gate, "MIN_DISK_BYTES", 2**62)
    with pytest.raises(Refusal, match="disk") as refused:
        run_street_trial(StreetTrialRequest(20.0, 5, live=False), Config(), CLOCK, NobodyListens())
    assert refused.value.rule == "N13"

    blue = tmp_path / "blue"
    blue.mkdir()
    Image.new("RGB", (64, 64)).save(blue / "ann.png")
    (blue / "consent.csv").write_text("person,consented_on,witness\nann,2026-01-05,W\n")
    Image.new("RGB", (64, 64)).save(
        tmp_path / "walk.gif", save_all=True, append_images=[Image.new("RGB", (64, 64), "red")]
    )
    request = TrialRequest(
        sources=(str(tmp_path / "walk.gif"),), blue_list=blue, report=tmp_path / "report"
    )
    with pytest.raises(Refusal, match="disk"):
        run_trial(request, Config(), CLOCK, NobodyListens())
    assert sorted(one.name for one in tmp_path.iterdir()) == ["blue", "walk.gif"]
