"""A police station for tests: an instance, its people, and the real commands at any hour."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import pytest
from assessed import evidence_file

HERE = Path(__file__).parent
RUNNER = HERE / "at_another_hour.py"
PEOPLE = {
    "a.pplicant": ("Ann Pplicant", ("applicant",)),
    "b.oss": ("Ben Oss", ("authoriser",)),
    "c.second": ("Cas Econd", ("authoriser",)),
    "d.ouble": ("Dee Ouble", ("applicant", "authoriser")),
    "o.perator": ("Ola Perator", ("operator", "engagement-officer")),
    "s.treet": ("Sam Treet", ("engagement-officer",)),
    "e.ngineer": ("Eve Ngineer", ("engineer",)),
    "u.auditor": ("Una Uditor", ("auditor",)),
    "x.unnamed": ("Xan Unnamed", ("operator",)),
}
REASONS = (
    "One gate, four hours, a short list of people with warrants; the evidence covers this model "
    "and this threshold, and two officers decide each time."
)
SIGNS = ("North door of the station", "Corner of High Street")
WEB_PAGE = "https://example.org/facial-recognition"
REFUSAL = frozenset({"StepRefused", "SignInRefused", "Checkpointed"})
"""Lines that a refusal may leave: that it was refused (R21)."""


@dataclass
class Station:
    """One home, and commands run in it as people run them."""

    folder: Path
    ahead_h: float = 0.0
    """Hours from the machine's clock."""
    environment: dict[str, str] = field(default_factory=dict)
    _started: list[subprocess.Popen[str]] = field(default_factory=list, init=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """No process outlives its test."""
        for process in self._started:
            process.kill()
            if not (process.stdout and process.stdout.closed):
                out, err = process.communicate()
                sys.stderr.write(f"{process.args}\n{out}{err}")  # for whoever reads a failure

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        for account in PEOPLE:
            self.secret(f"{account}.password", f"{account} has a long password\n")

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def secret(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
        return path

    def command(self, *words: str | Path) -> list[str]:
        return [sys.executable, str(RUNNER), *map(str, words)]

    def env(self, who: str | None, **more: str) -> dict[str, str]:
        password = {} if who is None else {"OVERT_PASSWORD_FILE": self.password_of(who)}
        return {
            **os.environ,
            "COLUMNS": "200",
            "OVERT_HOME": str(self.home),
            "OVERT_KEY_FILE": str(self.folder / "instance-key"),
            "OVERT_TEST_AHEAD_S": str(self.ahead_h * 3600),
            **password,
            **self.environment,
            **more,
        }

    def password_of(self, account: str) -> str:
        return str(self.folder / f"{account}.password")

    def run(
        self, *words: str | Path, who: str | None = None, **env: str
    ) -> subprocess.CompletedProcess[str]:
        """A command by somebody, `--as` and password included."""
        signed = () if who is None else ("--as", who)
        return subprocess.run(
            self.command(*words, *signed),
            env=self.env(who, **env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def start(self, *words: str | Path, who: str) -> subprocess.Popen[str]:
        """A command in the background, its stdin and outputs at hand."""
        process = subprocess.Popen(
            self.command(*words, "--as", who),
            env=self.env(who),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._started.append(process)
        return process

    def do(self, *words: str | Path, who: str | None = None, **env: str) -> str:
        """A command that must succeed; its output."""
        done = self.run(*words, who=who, **env)
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def refused(
        self, rule: str, said: str, *words: str | Path, who: str | None = None, **env: str
    ) -> str:
        """A command that must be refused in one line that names the rule, and change nothing."""
        before = self.state()
        done = self.run(*words, who=who, **env)
        lines = [line for line in done.stderr.splitlines() if line.startswith("overt: ")]
        assert (done.returncode, len(lines)) in {(1, 1), (2, 1)}, done.stderr + done.stdout
        assert "Traceback" not in done.stderr
        assert f"{rule}: " in lines[0] if rule else True, lines[0]
        assert said in lines[0], lines[0]
        after = self.state()
        changed = [name for name in {*before, *after} if before.get(name) != after.get(name)]
        assert not changed, f"a refusal has changed {changed}: {lines[0]}"
        return lines[0]

    def add_everybody(self) -> None:
        for account, (name, roles) in PEOPLE.items():
            given = [word for role in roles for word in ("--role", role)]
            self.do(
                "user", "add", account, "--name", name, *given,
                OVERT_PASSWORD_FILE=self.password_of(account),
            )  # fmt: skip

    # What there is.

    def ledger(self, chain: str) -> Path:
        return self.home / "ledger" / f"{chain}.jsonl"

    def events(self, chain: str) -> list[dict[str, Any]]:
        text = self.ledger(chain).read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]

    def state(self) -> dict[str, Any]:
        """Everything that a refusal must leave as it was: ledgers, rows, sealed files."""
        found: dict[str, Any] = {}
        for path in sorted(self.home.glob("ledger/*.jsonl")):
            lines = self.events(path.stem)
            found[path.name] = [
                (one["event"], one["body"], one["at"])
                for one in lines
                if one["event"] not in REFUSAL
            ]
        for path in sorted((self.home / "vault").rglob("*")):
            if path.is_file() and path.name != ".lock":
                found[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest()
        with contextlib.closing(sqlite3.connect(self.home / "overt.db")) as database:
            tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            for (table,) in tables.fetchall():
                if table != "sign_ins":  # failures are counted there
                    rows = database.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - its own name
                    found[table] = sorted(map(repr, rows))
        return found

    # Papers.

    def application(
        self,
        source: str,
        *,
        kind: str = "operational",
        name: str = "application.toml",
        evidence: bytes | None = None,
        **changes: str,
    ) -> tuple[Path, Path | None]:
        """The application that the command prints to start from, filled in; and its evidence."""
        content = evidence if evidence is not None else evidence_file()[0]
        text = self.do("deployment", "new", "--example", kind)
        wanted = {
            "rtsp://viewer@10.0.0.7/gate": source,
            '"a.jones", "b.khan"': '"o.perator"',
            '"c.smith", "b.khan"': '"s.treet", "o.perator"',
            'threshold = "0.94"': 'threshold = "0.96"',
            "max_under_18 = 0": "max_under_18 = 1",
            "max_vulnerable = 0": "max_vulnerable = 1",
            '# vulnerable_justification = "..."': f'vulnerable_justification = "{REASONS}" #',
            f'evidence_sha256 = "{"0" * 64}"': "evidence_sha256 = "
            f'"{hashlib.sha256(content).hexdigest()}"',
        }
        if kind == "trial":
            only_operational = ("max", "# v", "ev")
            wanted = {
                old: new for old, new in wanted.items() if not old.startswith(only_operational)
            }
        for old, new in (wanted | changes).items():
            assert old in text, old
            text = text.replace(old, new)
        file = self.folder / name
        file.write_text(text, encoding="utf-8")
        if kind == "trial":
            return file, None
        proof = self.folder / f"{name}.evidence.json"
        proof.write_bytes(content)
        return file, proof

    def apply(self, file: Path, proof: Path | None, *, who: str = "a.pplicant") -> str:
        """Begin a deployment; its id."""
        named = () if proof is None else ("--evidence", proof)
        answer = self.do("deployment", "new", file, *named, "--json", who=who)
        identifier: str = json.loads(answer)["deployment"]
        assert re.fullmatch(r"D-\d{8}-[0-9A-Z]{6}", identifier)
        return identifier

    def step(self, deployment: str) -> str:
        shown = json.loads(self.do("deployment", "show", deployment, "--json"))
        step: str = shown["step"]
        return step


def stills(folder: Path, names: dict[str, int], *, seed: int = 1) -> None:
    """A custody-style still of people who do not exist, by their number in the cast."""
    from PIL import Image  # noqa: PLC0415 - slow to import

    from overt.street.cast import Cast  # noqa: PLC0415 - builds a model
    from overt.street.portrait import still  # noqa: PLC0415

    folder.mkdir(exist_ok=True)
    cast = Cast(seed)
    for name, number in names.items():
        Image.fromarray(still(cast, number, take=0)).save(folder / f"{name}.png")


@dataclass
class DeskProcess:
    """`overt deployment live --json`, driven by JSON lines."""

    process: subprocess.Popen[str]
    news: list[dict[str, Any]] = field(default_factory=list)
    _asked: int = 0

    @classmethod
    def sit(cls, station: Station, deployment: str, who: str) -> DeskProcess:
        return cls(station.start("deployment", "live", deployment, "--json", who=who))

    def ask(self, **document: Any) -> dict[str, Any]:
        """Its answer; news that come before it are kept."""
        assert self.process.stdin
        assert self.process.stdout
        self._asked += 1
        self.process.stdin.write(json.dumps({"id": self._asked, **document}) + "\n")
        self.process.stdin.flush()
        while line := self.process.stdout.readline():
            read: dict[str, Any] = json.loads(line)
            if read.get("id") == self._asked:
                return read
            self.news.append(read)
        pytest.fail(f"the desk has gone: {self.process.communicate()[1]}")

    def queue(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask(do="queue")["queue"]
        return found

    def until(self, act: str, *, seconds: float = 120.0) -> dict[str, Any]:
        """The first prompt with which this desk may do something."""
        until_s = time.monotonic() + seconds
        while time.monotonic() < until_s:
            for one in self.queue():
                if act in one["may"]:
                    return one
            time.sleep(0.2)
        pytest.fail(f"nobody could {act} in {seconds:.0f} s")

    def end(self) -> tuple[int, list[dict[str, Any]], str]:
        """Wait for its end: exit code, all the news, stderr."""
        out, err = self.process.communicate(timeout=60)
        self.news += [json.loads(line) for line in out.splitlines()]
        return self.process.returncode, self.news, err
