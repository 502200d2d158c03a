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
    pack: Annotated[str, typer.Option(help="Model pack, by name or manifest.")] = "builtin",
    fast: Annotated[
        bool, typer.Option("--fast", help="Every frame, as fast as this machine can.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Walk a crowd of people who do not exist past a camera, 5 of them on a list of 40.

    Example: overt demo --headless --seconds 40 --seed 7
    """
    from overt.live.demo import DemoRequest, run_demo  # noqa: PLC0415 - slow to import

    del headless  # the console is to come
    request = DemoRequest(seconds=seconds, people=people, seed=seed, live=not fast)
    listener = TerminalListener(prompts_to_stderr=as_json)
    listener.say(
        f"A generated street with {people} people who do not exist, 5 of them on a list of 40. "
        "Nothing is kept."
    )
    with listener.progress:
        result = run_demo(request, Config(pack=pack), RealClock(), listener)
    if as_json:
        typer.echo(json.dumps(result.as_dict, indent=2, ensure_ascii=False))
    else:
        show_result(result)
