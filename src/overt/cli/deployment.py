"""`overt deployment`: one bounded deployment, from its application to its published record."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from overt.cli.deployment_view import show_built, show_deployment, show_list
from overt.cli.entry import As, AsJson, opened, sign_in
from overt.clock import RealClock
from overt.errors import BadConfig, Misuse
from overt.vocabulary import AlertRef, DeploymentId, Kind

if TYPE_CHECKING:
    from overt.live.applying import SignedIn
    from overt.live.instance import Instance

app = typer.Typer(
    help="One bounded deployment, from its application to its published record (R1).",
    no_args_is_help=True,
)

Id = Annotated[str, typer.Argument(metavar="ID", help="Such as D-20261125-7K3Q9M.")]
Reasons = Annotated[str, typer.Option(help="Why, in your own words.")]


@app.command()
def new(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE.toml", help="The application.")
    ] = None,
    account: As = "",
    evidence: Annotated[
        Path | None, typer.Option(help="The evidence file that the application names (R14).")
    ] = None,
    example: Annotated[
        Kind | None, typer.Option(help="Print an application to start from, and stop.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Apply for a deployment (R2, R4).

    Example: overt deployment new square.toml --as a.jones --evidence evidence.json
    """
    from overt.live import papers_in  # noqa: PLC0415 - slow to import
    from overt.live.applying import apply  # noqa: PLC0415

    if example is not None:
        typer.echo(papers_in.example(example, RealClock().now()))
        return
    if file is None or not account:
        msg = "an application needs FILE.toml and --as ACCOUNT"
        raise Misuse(msg, advice="`overt deployment new --example operational` prints one.")
    application = papers_in.application(_text(file), name=str(file))
    content = None if evidence is None else _bytes(evidence)
    with opened(create=True) as instance:
        by = sign_in(instance, account)
        deployment = apply(instance, application, content, by.account)
    _answer({"deployment": deployment, "step": "application"}, as_json=as_json)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """Every deployment of this instance, and where it stands.

    Example: overt deployment list
    """
    with opened() as instance:
        rows = instance.deployments.list()
    show_list(rows, as_json=as_json)


@app.command()
def show(deployment: Id, as_json: AsJson = False) -> None:
    """Where a deployment stands, who did what, and what is missing, with the rules' ids.

    Example: overt deployment show D-20261125-7K3Q9M
    """
    from overt.live.overview import overview  # noqa: PLC0415 - slow to import

    with opened() as instance:
        show_deployment(overview(instance, DeploymentId(deployment)), as_json=as_json)


@app.command()
def authorise(
    deployment: Id,
    account: As,
    reasons: Reasons,
    conditions: Annotated[
        Path | None, typer.Option(help="TOML of what is granted less than asked; see docs.")
    ] = None,
    refuse: Annotated[bool, typer.Option("--refuse", help="Say no instead.")] = False,
    as_json: AsJson = False,
) -> None:
    """Sign the written authority, or refuse it (R4). The applicant may not.

    Example: overt deployment authorise D-20261125-7K3Q9M --as b.khan --reasons "..."
    """
    from overt.live import applying, papers_in  # noqa: PLC0415 - slow to import

    granted = papers_in.conditions(_text(conditions)) if conditions else None
    with opened() as instance:
        by = sign_in(instance, account)
        if refuse:
            applying.refuse(instance, DeploymentId(deployment), reasons, by)
        else:
            applying.authorise(instance, DeploymentId(deployment), reasons, by, granted)
    _stands(deployment, "refused" if refuse else "authorised", as_json=as_json)


@app.command()
def approve(
    deployment: Id,
    decision: Annotated[Path, typer.Argument(metavar="DECISION.toml")],
    account: As,
    as_json: AsJson = False,
) -> None:
    """Record what an independent authority decided, where the profile wants one (R26).

    Example: overt deployment approve D-20261125-7K3Q9M decision.toml --as judge.r
    """
    from overt.live import applying, papers_in  # noqa: PLC0415 - slow to import

    read = papers_in.decision(_text(decision), name=str(decision))
    with opened() as instance:
        by = sign_in(instance, account)
        applying.approve(instance, DeploymentId(deployment), read, by)
    _stands(deployment, read.decision, as_json=as_json)


@app.command()
def cancel(deployment: Id, account: As, reasons: Reasons, as_json: AsJson = False) -> None:
    """Give a deployment up before it is live.

    Example: overt deployment cancel D-20261125-7K3Q9M --as a.jones --reasons "..."
    """
    from overt.live.applying import cancel as give_up  # noqa: PLC0415 - slow to import

    with opened() as instance:
        by = sign_in(instance, account)
        give_up(instance, DeploymentId(deployment), reasons, by.account)
    _stands(deployment, "cancelled", as_json=as_json)


@app.command()
def enrol(
    deployment: Id,
    source: Annotated[Path, typer.Argument(metavar="FOLDER|CSV", exists=True)],
    account: As,
    second: Annotated[
        str | None,
        typer.Option(
            help="Second officer for under-18s and vulnerable people (R7); their password is "
            "asked for, or read from the file that OVERT_SECOND_PASSWORD_FILE names."
        ),
    ] = None,
    justifications: Annotated[
        Path | None, typer.Option(help="CSV of person,justification for each of them (R7).")
    ] = None,
    warnings_read: Annotated[
        str | None, typer.Option(help="What the list's warnings said to give back (R6).")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Build the watchlist for this deployment, through the quality gate, and seal it (R3, R5-R7).

    Example: overt deployment enrol D-20261125-7K3Q9M list.csv --as a.jones
    """
    from overt.live.enrolling import SecondSignature, read_justifications  # noqa: PLC0415 - slow
    from overt.live.enrolling import enrol as build  # noqa: PLC0415

    with opened() as instance:
        by = sign_in(instance, account)
        signature = None
        if second is not None:
            other = sign_in(instance, second, variable="OVERT_SECOND_PASSWORD_FILE")
            given = read_justifications(justifications) if justifications else {}
            signature = SecondSignature(other, given)
        with show_built(as_json=as_json) as shown:
            shown.built = build(
                instance,
                DeploymentId(deployment),
                source,
                by.account,
                second=signature,
                warnings_read=warnings_read,
                progress=shown.progress,
            )


@app.command()
def notice(
    deployment: Id,
    account: As = "",
    published_at: Annotated[
        str | None, typer.Option(help="When the notice was published: 2026-11-25T09:00+00:00.")
    ] = None,
    where: Annotated[
        list[str] | None, typer.Option(help="Each place it was published; may be given again.")
    ] = None,
    sign: Annotated[
        list[str] | None,
        typer.Option(help="A place where a sign was seen standing; may be given again."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print sign and leaflet; record that the notice is out; confirm that the signs stand (R8).

    Example: overt deployment notice D-20261125-7K3Q9M --as a.jones --published-at
    2026-11-25T09:00+00:00 --where https://police.example/lfr
    """
    from overt.live import noticing  # noqa: PLC0415 - slow to import

    identifier = DeploymentId(deployment)
    with opened() as instance:
        if published_at is None and not sign:
            signs, leaflet = noticing.texts(instance, identifier)
            _answer(
                {"sign": signs, "leaflet": leaflet}, as_json=as_json, plain=signs + "\n" + leaflet
            )
            return
        by = _need(instance, account)
        if published_at is not None:
            noticing.give_notice(
                instance,
                identifier,
                by.account,
                published_at=_time(published_at),
                where=where or [],
            )
        if sign:
            noticing.confirm_signs(instance, identifier, by.account, places=sign)
    _stands(deployment, "noticed", as_json=as_json)


@app.command("open")
def open_(
    deployment: Id,
    account: As,
    wait: Annotated[
        float | None, typer.Option(help="Seconds to wait for officers; without it, no limit.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Start the cameras once two officers sit at their desks; run until the session is over.

    Each officer signs in with `overt deployment live ID` in a terminal of their own (R27).

    Example: overt deployment open D-20261125-7K3Q9M --as e.ngineer
    """
    from overt.cli.session_view import SessionView  # noqa: PLC0415 - rich
    from overt.live.going_live import Wait, go_live  # noqa: PLC0415 - slow to import

    with opened() as instance:
        by = sign_in(instance, account)
        with SessionView(as_json=as_json) as view:
            reason = go_live(instance, DeploymentId(deployment), by.account, view, wait=Wait(wait))
    _stands(deployment, f"closed ({reason})", as_json=as_json)


@app.command()
def live(deployment: Id, account: As, as_json: AsJson = False) -> None:
    """Sit at a live deployment's desk: its prompts, and what you may decide.

    Example: overt deployment live D-20261125-7K3Q9M --as a.jones
    """
    from overt.cli.desk import sit  # noqa: PLC0415 - rich

    with opened() as instance:
        by = sign_in(instance, account)
        path = instance.socket(DeploymentId(deployment))
    sit(path, by.account.id, by.password, as_json=as_json)


@app.command()
def close(deployment: Id, account: As, as_json: AsJson = False) -> None:
    """End the live session, or close a deployment whose session broke off.

    Example: overt deployment close D-20261125-7K3Q9M --as e.ngineer
    """
    from overt.live.ending import close as end  # noqa: PLC0415 - slow to import

    with opened() as instance:
        by = sign_in(instance, account)
        end(instance, DeploymentId(deployment), by)
    _stands(deployment, "closed", as_json=as_json)


@app.command()
def hold(
    deployment: Id,
    ref: Annotated[str, typer.Argument(metavar="REF", help="The alert's: K7QD-3M2P.")],
    account: As,
    until: Annotated[str, typer.Option(help="31 days from its raising at most.")],
    reasons: Reasons,
    as_json: AsJson = False,
) -> None:
    """Keep one alert for longer than a day, for a written reason that the record shows (R11).

    Example: overt deployment hold D-20261125-7K3Q9M K7QD-3M2P --as b.khan --until
    2026-12-01T12:00+00:00 --reasons "complaint received"
    """
    from overt.live.ending import hold as keep  # noqa: PLC0415 - slow to import

    with opened() as instance:
        by = sign_in(instance, account)
        keep(instance, DeploymentId(deployment), AlertRef(ref), _time(until), reasons, by.account)
    _answer({"deployment": deployment, "held": ref}, as_json=as_json)


@app.command()
def erase(deployment: Id, account: As, as_json: AsJson = False) -> None:
    """Destroy the list at once, and each alert and text that is due; print the certificates.

    Example: overt deployment erase D-20261125-7K3Q9M --as e.ngineer
    """
    from overt.cli.deployment_view import show_certificates  # noqa: PLC0415
    from overt.live.ending import erase as destroy  # noqa: PLC0415 - slow to import

    with opened() as instance:
        by = sign_in(instance, account)
        show_certificates(destroy(instance, DeploymentId(deployment), by.account), as_json=as_json)


@app.command()
def publish(
    deployment: Id,
    account: As,
    folder: Annotated[
        Path | None, typer.Option(help="Where to put it; `published/ID` in the home if not given.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Publish the deployment record: JSON, CSV and text, with the ledger beside it (R18, R24).

    Example: overt deployment publish D-20261125-7K3Q9M --as a.jones
    """
    from overt.live.ending import publish as give_out  # noqa: PLC0415 - slow to import

    with opened() as instance:
        by = sign_in(instance, account)
        out = give_out(instance, DeploymentId(deployment), by.account, folder)
    _answer({"deployment": deployment, "published": str(out)}, as_json=as_json)


def _need(instance: Instance, account: str) -> SignedIn:
    if not account:
        msg = "say who you are with --as ACCOUNT"
        raise Misuse(msg)
    return sign_in(instance, account)


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        msg = f"{text[:40]} is no time with its zone"
        raise Misuse(msg, advice="Write 2026-11-25T09:00+00:00.")
    return at


def _text(path: Path) -> str:
    try:
        return _bytes(path).decode()
    except UnicodeDecodeError:
        msg = f"{path}: not UTF-8 text"
        raise BadConfig(msg) from None


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        msg = f"{path}: cannot be read ({error.strerror})"
        raise BadConfig(msg, advice="Check the path.") from error


def _answer(document: dict[str, Any], *, as_json: bool, plain: str | None = None) -> None:
    if as_json:
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        typer.echo(plain or ", ".join(f"{name} {value}" for name, value in document.items()))


def _stands(deployment: str, step: str, *, as_json: bool) -> None:
    _answer(
        {"deployment": deployment, "step": step},
        as_json=as_json,
        plain=f"{deployment}: {step}. `overt deployment show {deployment}` says what comes next.",
    )
