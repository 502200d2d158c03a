"""R25: the system is standalone; nothing opens a connection but `overt models pull` and a camera
that was named. Cameras' health is served on the loopback address."""

from __future__ import annotations

import ast
import subprocess
import sys
import urllib.request
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest
from broken import GOOD, alone, see_refused
from papers import NOW

import overt
from overt.authority.facts import Asked, Refused
from overt.authority.gate import ask
from overt.cli.metrics import MetricsServer

SOURCE = Path(overt.__file__).parent
NETWORK = frozenset(
    """socket ssl http urllib.request urllib3 requests httpx aiohttp ftplib smtplib imaplib poplib
    telnetlib xmlrpc socketserver websockets webbrowser paramiko grpc""".split()  # noqa: SIM905
)
MAY_PULL = ("faces/packs/",)
"""Where the one command lives that fetches weights when a person types it."""

MAY_CALL = "video/rtsp_session.py"
"""Where the network cameras are called that a person named."""
MAY_LISTEN = "cli/metrics.py"
"""Where cameras' health is served, on the loopback address alone."""
DESKS = ("live/desk_client.py", "live/desk_server.py")
"""Where desks sign in: by a socket that is a file on this machine, and no address."""


def imported(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def network_imports(tree: ast.AST) -> set[str]:
    return {
        name
        for name in imported(tree)
        if name in NETWORK or any(name.startswith(f"{module}.") for module in NETWORK)
    }


def test_only_models_cameras_and_health_import_a_network_module() -> None:
    talking = {
        str(path.relative_to(SOURCE)): found
        for path in SOURCE.rglob("*.py")
        if (found := network_imports(ast.parse(path.read_text(encoding="utf-8"))))
    }
    assert talking.pop(MAY_CALL) <= {"socket", "ssl"}
    listening = talking.pop(MAY_LISTEN)
    assert [talking.pop(desk) for desk in DESKS] == [{"socket"}, {"socket"}]
    assert [path for path in talking if not path.startswith(MAY_PULL)] == []
    assert {name.rpartition(".")[0] for name in listening if name != "http.server"} == {
        "http.server"
    }


@pytest.mark.parametrize("module", DESKS)
def test_desks_use_no_address_of_a_network(module: str) -> None:
    tree = ast.parse((SOURCE / module).read_text(encoding="utf-8"))
    families = {
        ast.unparse(node.args[0])
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "socket.socket"
    }
    assert families == {"socket.AF_UNIX"}


def test_health_is_served_on_the_loopback_address_alone() -> None:
    with MetricsServer(0) as server:
        assert server._server.server_address == ("127.0.0.1", server.port)
        address = f"http://127.0.0.1:{server.port}/metrics"
        with urllib.request.urlopen(address, timeout=5) as answer:
            assert answer.status == 200
    tree = ast.parse((SOURCE / MAY_LISTEN).read_text(encoding="utf-8"))
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Server")
    ]
    assert [ast.unparse(call.args[0]) for call in calls] == ["(LOOPBACK, port)"]


@pytest.mark.parametrize(
    "planted",
    [
        "import requests",
        "from urllib.request import urlopen",
        "import http.client",
        "import socket",
    ],
)
def test_the_search_finds_a_network_module(planted: str) -> None:
    assert network_imports(ast.parse(planted))


def test_parsing_an_address_is_no_connection() -> None:
    assert not network_imports(ast.parse("from urllib.parse import urlsplit"))


LISTEN = """
import importlib, pkgutil, sys
heard = []
def hook(event, args):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.gethostbyname"}:
        if event != "socket.connect" or isinstance(args[1], tuple):
            heard.append((event, args[1:]))
sys.addaudithook(hook)
%s
import overt
for module in pkgutil.walk_packages(overt.__path__, "overt."):
    importlib.import_module(module.name)
print(heard)
"""


def hear(extra: str = "") -> str:
    done = subprocess.run(
        [sys.executable, "-c", LISTEN % extra], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_loading_every_module_and_what_it_needs_connects_to_nothing() -> None:
    assert hear() == "[]"


def test_the_listener_hears_a_connection() -> None:
    call = "import socket; s = socket.socket(); s.connect_ex(('127.0.0.1', 9)); s.close()"
    assert "socket.connect" in hear(call)


@pytest.mark.parametrize("name", alone("R25"))
def test_the_gate_refuses_for_one_fact_alone(name: str) -> None:
    see_refused(name)


def test_no_more_cameras_than_a_deployment_may_have() -> None:
    assert GOOD.session
    many = MappingProxyType({f"camera-{n}": "/dev/video0" for n in range(17)})
    answer = ask(Asked.GO_LIVE, replace(GOOD, session=replace(GOOD.session, cameras=many)), NOW)
    assert isinstance(answer, Refused)
    assert any("17 cameras; at most 16 may serve" in line for line in answer.lines)
