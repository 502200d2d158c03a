"""The project's promises about itself: its documents, locks, import rules and commands."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
REQUIREMENT_IDS = [f"R{n}" for n in range(1, 28)] + [f"N{n}" for n in range(1, 15)]
MAX_LINES = 400


def run(*command: str | Path, cwd: Path = ROOT, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        # `make test` passes its own flags down; a make started here must not obey them.
        env={k: v for k, v in os.environ.items() if not k.startswith("MAKE")} | env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    """Each file that git knows and that is still here."""
    git = shutil.which("git")
    listed = run(git, "ls-files", "-z") if git else None
    if listed is None or listed.returncode:
        pytest.skip("not a git checkout")
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


# --- requirements ------------------------------------------------------------------------------


def requirement_rows() -> dict[str, tuple[str, list[str]]]:
    """State and linked tests of each id in docs/requirements.md."""
    rows = {}
    for line in (ROOT / "docs" / "requirements.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if re.fullmatch(r"[RN]\d+", cells[0]):
            assert cells[0] not in rows, f"{cells[0]} stands twice"
            rows[cells[0]] = (cells[2], re.findall(r"\]\(\.\./(tests/[^)]+)\)", cells[3]))
    return rows


def test_requirements_lists_every_id_once_and_in_order() -> None:
    assert list(requirement_rows()) == REQUIREMENT_IDS


@pytest.mark.parametrize("rule", REQUIREMENT_IDS)
def test_a_requirement_claims_no_more_than_its_tests(rule: str) -> None:
    state, tests = requirement_rows()[rule]
    assert state in {"carried", "part", "planned"}
    assert bool(tests) == (state != "planned"), f"{rule} is {state} with tests {tests}"
    for test in tests:
        assert (ROOT / test).is_file(), f"{rule} names {test}, which does not exist"
        text = (ROOT / test).read_text(encoding="utf-8")
        assert re.search(rf"\b{rule}\b", text), f"{test} does not name {rule}"


def test_each_test_named_for_a_requirement_is_in_the_table() -> None:
    rows = requirement_rows()
    for path in sorted((ROOT / "tests" / "requirements").glob("test_*.py")):
        named = re.match(r"test_([rn])(\d\d)_", path.name)
        assert named, f"{path.name} is not named for a requirement"
        rule = f"{named[1].upper()}{int(named[2])}"
        assert f"tests/requirements/{path.name}" in rows[rule][1]


# --- documents ---------------------------------------------------------------------------------


def slug(heading: str) -> str:
    """The anchor that a heading gets: lower case, punctuation gone, spaces to hyphens."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors(page: Path) -> set[str]:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return {slug(heading) for heading in re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)}


def broken_links(page: Path, root: Path = ROOT) -> list[str]:
    text = re.sub(r"```.*?```|`[^`]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        linked = (page.parent / name).resolve() if name else page
        if (
            not linked.is_relative_to(root)
            or not linked.exists()
            or (anchor and anchor not in anchors(linked))
        ):
            broken.append(target)
    return broken


PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("bench/**/*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_each_relative_link_resolves(page: Path) -> None:
    assert broken_links(page) == []


def test_the_link_check_sees_a_broken_link(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Here\n[a](#here) [b](gone.md) `[c](code.md)` [d](https://x.org) [e](#no)\n")
    assert broken_links(page, tmp_path) == ["gone.md", "#no"]


def test_each_page_that_a_message_or_comment_names_is_there() -> None:
    files = [
        *(ROOT / "src").rglob("*.py"),
        *(ROOT / "src").rglob("*.toml"),
        ROOT / "pyproject.toml",
    ]
    missing = {
        (str(path.relative_to(ROOT)), page)
        for path in files
        for page in re.findall(r"docs/[\w/-]+\.md", path.read_text(encoding="utf-8"))
        if not (ROOT / page).is_file()
    }
    assert missing == set()


def test_every_decision_is_numbered_and_listed() -> None:
    decisions = sorted(path.name for path in (ROOT / "docs" / "decisions").glob("*.md"))
    assert [name[:4] for name in decisions] == [f"{n:04}" for n in range(len(decisions))]
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    assert [name for name in decisions if f"decisions/{name}" not in index] == []


def test_the_licence_is_the_whole_agpl_and_nothing_else() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert text.split("\n")[0].strip() == "GNU AFFERO GENERAL PUBLIC LICENSE"
    assert text.rstrip().endswith("<https://www.gnu.org/licenses/>.")
    assert len(text.splitlines()) == 661


# --- source ------------------------------------------------------------------------------------


def test_no_module_is_longer_than_a_reader_can_hold(tracked: list[Path]) -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in tracked
        if path.suffix == ".py"
        and (lines := len(path.read_text(encoding="utf-8").splitlines())) > MAX_LINES
    }
    assert long == {}


# In two halves each, so that this file passes its own check.
FORBIDDEN = ("/" + "work/", "pypi" + ".org", "pythonhosted" + ".org", "/opt" + "/pypi")
FORBIDDEN_OPTIONS = ("--index" + "-url ", "--extra-index" + "-url", "--find" + "-links")


def test_no_file_names_a_package_index_or_a_developers_machine(tracked: list[Path]) -> None:
    found = []
    for path in tracked:
        text = path.read_bytes().decode("utf-8", errors="replace")
        found += [
            (str(path.relative_to(ROOT)), word)
            for word in FORBIDDEN + FORBIDDEN_OPTIONS
            if word in text
        ]
    assert found == []


# --- import rules ------------------------------------------------------------------------------

CONTRACTS = [contract["name"] for contract in PYPROJECT["tool"]["importlinter"]["contracts"]]
PLANTED = {
    "values, vocabulary, clock and errors import nothing local": (
        "clock.py",
        "import overt.policy",
    ),
    "values needs no numpy at run time, so that records never does": ("errors.py", "import numpy"),
    "policy and config import only values, vocabulary, clock and errors": (
        "policy.py",
        "import overt.watchlist",
    ),
    "the store imports only what stands below it": ("store/planted.py", "import overt.records"),
    "records cannot hold a template: no numpy, and no store": (
        "records/planted.py",
        "import numpy",
    ),
    "the verifier imports nothing of Overt: it can be handed to an outsider alone": (
        "records/verify/__init__.py",
        "import overt.records.line",
    ),
    "the parts do not import one another": ("video/planted.py", "import overt.faces"),
    "only live composes the parts": ("watchlist/planted.py", "import overt.cli"),
    "live.step does no I/O and reads no clock": ("live/step.py", "import time"),
    "review does no I/O and reads no clock": ("review/planted.py", "import time"),
    "the command line never imports faces or video directly": (
        "cli/planted.py",
        "import overt.faces",
    ),
    "assess stands on values and faces alone": ("assess/planted.py", "import overt.watchlist"),
    "the street stands on values, clock and errors alone": (
        "street/planted.py",
        "import overt.video",
    ),
}


def lint_a_copy(folder: Path, planted: tuple[str, str] | None = None) -> tuple[int, dict[str, str]]:
    """Exit code, and each contract's verdict, on a copy of src with a line planted in it."""
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    if planted:
        with (folder / "src" / "overt" / planted[0]).open("a", encoding="utf-8") as module:
            module.write(f"\n{planted[1]}\n")
    linter = Path(sys.executable).parent / "lint-imports"
    done = run(linter, "--no-cache", "--no-logo", cwd=folder, PYTHONPATH=str(folder / "src"))
    output = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)
    # Long names wrap: join the lines before looking for the verdicts.
    flat = " ".join(output.split())
    verdicts = {}
    for name in CONTRACTS:
        verdict = re.search(rf"{re.escape(name)} (KEPT|BROKEN)", flat)
        assert verdict, output + done.stderr
        verdicts[name] = verdict[1]
    return done.returncode, verdicts


def test_each_import_rule_has_a_planted_breach() -> None:
    assert sorted(PLANTED) == sorted(CONTRACTS)


def test_the_import_rules_hold(tmp_path: Path) -> None:
    assert lint_a_copy(tmp_path) == (0, dict.fromkeys(CONTRACTS, "KEPT"))


@pytest.mark.parametrize("contract", CONTRACTS)
def test_an_import_rule_fails_when_it_is_broken(tmp_path: Path, contract: str) -> None:
    code, verdicts = lint_a_copy(tmp_path, PLANTED[contract])
    assert code == 1
    assert verdicts[contract] == "BROKEN"


# --- environment -------------------------------------------------------------------------------


def pins(lock: str) -> dict[str, tuple[set[str], int]]:
    """Versions and the number of hashes of each package in a lock file."""
    text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    found: dict[str, tuple[set[str], int]] = {}
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        pinned = re.match(r"([A-Za-z0-9._-]+)==(\S+)", line)
        assert pinned, f"{lock} does not pin: {line[:60]}"
        name = canonicalize_name(pinned[1])
        versions, hashes = found.get(name, (set(), 1 << 30))
        hashes = min(hashes, len(re.findall(r"--hash=sha256:[0-9a-f]{64}\b", line)))
        found[name] = (versions | {pinned[2]}, hashes)
    return found


def declared(*extras: str) -> list[Requirement]:
    project = PYPROJECT["project"]
    lines = [*project["dependencies"]]
    for extra in extras:
        lines += project["optional-dependencies"][extra]
    return [Requirement(line) for line in lines]


@pytest.mark.parametrize(
    ("lock", "extras"), [("requirements.lock", ()), ("requirements-dev.lock", ("dev",))]
)
def test_a_lock_pins_each_dependency_by_hash(lock: str, extras: tuple[str, ...]) -> None:
    locked = pins(lock)
    assert [name for name, (_, hashes) in locked.items() if hashes < 1] == []
    for wanted in declared(*extras):
        versions, _ = locked[canonicalize_name(wanted.name)]
        assert all(wanted.specifier.contains(version) for version in versions), wanted


def test_what_is_tested_is_what_is_installed() -> None:
    dev = pins("requirements-dev.lock")
    assert {name: dev.get(name) for name in pins("requirements.lock")} == pins("requirements.lock")


def test_the_locks_leave_out_what_decision_2_leaves_out() -> None:
    out = {Requirement(line).name for line in PYPROJECT["tool"]["uv"]["override-dependencies"]}
    assert out >= {"opencv-python", "openvino-telemetry"}
    for lock in ("requirements.lock", "requirements-dev.lock"):
        assert out & set(pins(lock)) == set()


def test_make_help_lists_each_target() -> None:
    phony = re.search(
        r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    assert phony
    shown = run("make", "help")
    assert shown.returncode == 0
    assert [line.split()[0] for line in shown.stdout.splitlines()] == phony[1].split()
    assert all(len(line.split()) > 2 for line in shown.stdout.splitlines())


@pytest.mark.parametrize(
    ("python", "said"),
    [
        ("case \"$*\" in -V) echo 'Python 3.9.2';; *) exit 1;; esac", "needs Python 3.11 or newer"),
        ('case "$*" in *ensurepip*) exit 1;; esac; exec python3 "$@"', "lacks venv or ensurepip"),
        (None, "there is no"),
    ],
    ids=["too old", "without venv", "missing"],
)
def test_make_refuses_an_unfit_python_and_writes_nothing(
    tmp_path: Path, python: str | None, said: str
) -> None:
    for name in ("Makefile", "pyproject.toml", "requirements.lock", "requirements-dev.lock"):
        shutil.copy(ROOT / name, tmp_path)
    fake = tmp_path / "python"
    if python:
        fake.write_text(f"#!/bin/sh\n{python}\n", encoding="utf-8")
        fake.chmod(0o755)
    before = sorted(tmp_path.iterdir())
    done = run("make", "test", f"PYTHON={fake}", cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr.splitlines()[0]
    assert sorted(tmp_path.iterdir()) == before


def test_make_creates_the_environment_once_and_again_only_if_half_made(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    fake = tmp_path / "python"
    fake.write_text(
        '#!/bin/sh\ncase "$*" in "-m venv"*) mkdir -p .venv/bin && echo made >> made '
        "&& touch .venv/bin/python .venv/bin/pip;; esac\n",
        encoding="utf-8",
    )
    fake.chmod(0o755)
    made = tmp_path / "made"
    for times, remove in enumerate((None, None, "pip"), start=1):
        if remove:
            (tmp_path / ".venv" / "bin" / remove).unlink()
        done = run("make", ".venv/bin/pip", f"PYTHON={fake}", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert len(made.read_text().split()) == (1 if times < 3 else 2)
