"""`overt demo`: the main job on people who do not exist."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from overt.cli.terminal import TerminalListener, show_result
from overt.clock import RealClock
from overt.config import Config


def demo(
    headless: Annotated[
        bool, typer.Option("--headless", help="Terminal only; today the only way.")
    ] = False,
    seconds: Annotated[float, typer.Option(help="Length of the scene.")] = 45.0,
    people: Annotated[int, typer.Option(help="Who walk past, 5 listed ones among them.")] = 16,
    seed: Annotated[int, typer.Option(help="Another seed is another town.")] = 1,
    pack: Annotated[
        str, typer.Option(help="Model pack of --fast; a deployment has the one assessed for it.")
    ] = "builtin",
    fast: Annotated[
        bool,
        typer.Option(
            "--fast",
            help="No deployment and no officers: every frame of the street, as fast as this "
            "machine can, and what the path found of it (TPIR, FPIR).",
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Play a whole deployment among people who do not exist, 5 of 40 listed ones walking past.

    From the application to the published record: scripted officers decide, everything is erased,
    and the ledger is verified at the end.

    Example: overt demo --headless --seconds 40 --seed 7
    """
    del headless  # the console is to come
    if fast:
        _street_trial(seconds=seconds, people=people, seed=seed, pack=pack, as_json=as_json)
        return
    from overt.cli.demo_view import DemoView, show_demo  # noqa: PLC0415 - slow to import
    from overt.live.demo import run_demo  # noqa: PLC0415
    from overt.live.demo_street import DemoStreet  # noqa: PLC0415

    street = DemoStreet(seconds, people, seed)
    with DemoView(to_stderr=as_json) as view:
        result = run_demo(street, view)
    show_demo(result, as_json=as_json)
    if not result.verification.ok:
        raise typer.Exit(1)


def _street_trial(*, seconds: float, people: int, seed: int, pack: str, as_json: bool) -> None:
    from overt.live.street_trial import StreetTrialRequest, run_street_trial  # noqa: PLC0415

    request = StreetTrialRequest(seconds=seconds, people=people, seed=seed, live=False)
    listener = TerminalListener(prompts_to_stderr=as_json)
    listener.say(
        f"A generated street with {people} people who do not exist, 5 of them on a list of 40. "
        "Nothing is kept."
    )
    with listener.progress:
        result = run_street_trial(request, Config(pack=pack), RealClock(), listener)
    if as_json:
        typer.echo(json.dumps(result.as_dict, indent=2, ensure_ascii=False))
    else:
        show_result(result)
