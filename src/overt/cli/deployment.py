"""`overt deployment`: one bounded deployment, from its application to its published record."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from overt.cli.deployment_view import answer, show_built, show_deployment, show_list, stands
from overt.cli.entry import As, AsJson, opened, password_of, sign_in
from overt.cli.given import bytes_of, text_of, time_of
from overt.clock import RealClock
from overt.errors import Misuse
from overt.vocabulary import AlertRef, DeploymentId, Kind

app = typer.Typer(
    help="One bounded deployment, from its application to its published record (R1).",
    no_args_is_help=True,
)

ANY_TIME, BEFORE, LIVE, AFTER = "At any time", "Before any camera", "Live", "After"
"""How `--help` puts the commands in order."""

Id = Annotated[str, typer.Argument(metavar="ID", help="Such as D-20261125-7K3Q9M.")]
Reasons = Annotated[str, typer.Option(help="Why, in your own words.")]


@app.command(rich_help_panel=BEFORE)
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
    application = papers_in.application(text_of(file), name=str(file))
    content = None if evidence is None else bytes_of(evidence)
    with opened(create=True) as instance:
        by = sign_in(instance, account)
        deployment = apply(instance, application, content, by.account)
    answer({"deployment": deployment, "step": "application"}, as_json=as_json)


@app.command("list", rich_help_panel=ANY_TIME)
def list_(as_json: AsJson = False) -> None:
    """Every deployment of this instance, and where it stands.

    Example: overt deployment list
    """
    with opened(tending=False) as instance:
        rows = instance.deployments.list()
    show_list(rows, as_json=as_json)


@app.command(rich_help_panel=ANY_TIME)
def show(deployment: Id, as_json: AsJson = False) -> None:
    """Where a deployment stands, who did what when, what is missing, what to type next.

    Example: overt deployment show D-20261125-7K3Q9M
    """
    from overt.live.overview import overview  # noqa: PLC0415 - slow to import

    with opened(tending=False) as instance:
        show_deployment(overview(instance, DeploymentId(deployment)), as_json=as_json)


@app.command(rich_help_panel=BEFORE)
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

    granted = papers_in.conditions(text_of(conditions)) if conditions else None
    with opened() as instance:
        by = sign_in(instance, account)
        if refuse:
            applying.refuse(instance, DeploymentId(deployment), reasons, by)
        else:
            applying.authorise(instance, DeploymentId(deployment), reasons, by, granted)
    stands(deployment, "refused" if refuse else "authorised", as_json=as_json)


@app.command(rich_help_panel=BEFORE)
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

    read = papers_in.decision(text_of(decision), name=str(decision))
    with opened() as instance:
        by = sign_in(instance, account)
        applying.approve(instance, DeploymentId(deployment), read, by)
    stands(deployment, read.decision, as_json=as_json)


@app.command(rich_help_panel=BEFORE)
def cancel(deployment: Id, account: As, reasons: Reasons, as_json: AsJson = False) -> None:
    """Give a deployment up before it is live.

    Example: overt deployment cancel D-20261125-7K3Q9M --as a.jones --reasons "..."
    """
    from overt.live.applying import cancel as give_up  # noqa: PLC0415 - slow to import

    with opened() as instance:
        by = sign_in(instance, account)
        give_up(instance, DeploymentId(deployment), reasons, by.account)
    stands(deployment, "cancelled", as_json=as_json)


@app.command(rich_help_panel=BEFORE)
def enrol(
    deployment: Id,
    source: Annotated[
        Path, typer.Argument(metavar="FOLDER|CSV", exists=True, help="A CSV; a folder for a trial.")
    ],
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
    """Build this deployment's watchlist through the quality gate, and seal it (R5).

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


@app.command(rich_help_panel=BEFORE)
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
    """Print sign and leaflet; record that the notice is out and the signs stand (R8).

    Example: overt deployment notice D-20261125-7K3Q9M --as a.jones --published-at
    2026-11-25T09:00+00:00 --where https://police.example/lfr
    """
    from overt.live import noticing  # noqa: PLC0415 - slow to import

    identifier = DeploymentId(deployment)
    with opened() as instance:
        if published_at is None and not sign:
            signs, leaflet = noticing.texts(instance, identifier)
            answer(
                {"sign": signs, "leaflet": leaflet}, as_json=as_json, plain=signs + "\n" + leaflet
            )
            return
        by = sign_in(instance, account)
        if published_at is not None:
            noticing.give_notice(
                instance,
                identifier,
                by.account,
                published_at=time_of(published_at),
                where=where or [],
            )
        if sign:
            noticing.confirm_signs(instance, identifier, by.account, places=sign)
    stands(deployment, "noticed", as_json=as_json)


@app.command("open", rich_help_panel=LIVE)
def open_(
    deployment: Id,
    account: As,
    wait: Annotated[
        float | None, typer.Option(help="Seconds to wait for officers; without it, no limit.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Start the cameras once two officers sit at their desks (R27); run to the end.

    Each officer signs in with `overt deployment live ID` in a terminal of their own. Ctrl-C ends
    this process and its cameras; `overt deployment close ID` ends the session in good order.

    Example: overt deployment open D-20261125-7K3Q9M --as e.ngineer
    """
    from overt.cli.session_view import SessionView  # noqa: PLC0415 - rich
    from overt.live.going_live import Wait, go_live  # noqa: PLC0415 - slow to import
    from overt.live.overview import desks_of, how_it_ended  # noqa: PLC0415

    with opened() as instance:
        by = sign_in(instance, account)
        desks = desks_of(instance, DeploymentId(deployment))
        with SessionView(as_json=as_json) as view:
            view.said(f"{desks} They sign in at {instance.socket(DeploymentId(deployment))}")
            go_live(instance, DeploymentId(deployment), by.account, view, wait=Wait(wait))
        why = how_it_ended(instance, DeploymentId(deployment))
    stands(deployment, f"closed, {why}", as_json=as_json)


@app.command(rich_help_panel=LIVE)
def live(deployment: Id, account: As, as_json: AsJson = False) -> None:
    """Sit at a live deployment's desk: its prompts, and what you may decide.

    Example: overt deployment live D-20261125-7K3Q9M --as a.jones
    """
    from overt.cli.desk import sit  # noqa: PLC0415 - rich

    with opened(tending=False) as instance:
        row = instance.deployments.get(DeploymentId(deployment))
        path = instance.socket(row.id)
    # The session itself checks the password: a desk holds neither the list nor the instance's key.
    sit(path, account, password_of(account), as_json=as_json)


@app.command(rich_help_panel=LIVE)
def close(deployment: Id, account: As, as_json: AsJson = False) -> None:
    """End the live session, or close a deployment whose session broke off.

    Example: overt deployment close D-20261125-7K3Q9M --as e.ngineer
    """
    from overt.live.ending import close as end  # noqa: PLC0415 - slow to import

    with opened() as instance:
        by = sign_in(instance, account)
        end(instance, DeploymentId(deployment), by)
    stands(deployment, "closed", as_json=as_json)


@app.command(rich_help_panel=AFTER)
def hold(
    deployment: Id,
    ref: Annotated[str, typer.Argument(metavar="REF", help="The alert's: K7QD-3M2P.")],
    account: As,
    until: Annotated[str, typer.Option(help="31 days from its raising at most.")],
    reasons: Reasons,
    as_json: AsJson = False,
) -> None:
    """Keep one alert for longer than a day, for a written reason (R11).

    Example: overt deployment hold D-20261125-7K3Q9M K7QD-3M2P --as b.khan --until
    2026-12-01T12:00+00:00 --reasons "complaint received"
    """
    from overt.live.ending import hold as keep  # noqa: PLC0415 - slow to import

    with opened() as instance:
        by = sign_in(instance, account)
        keep(instance, DeploymentId(deployment), AlertRef(ref), time_of(until), reasons, by.account)
    answer({"deployment": deployment, "held": ref}, as_json=as_json)


@app.command(rich_help_panel=AFTER)
def erase(deployment: Id, account: As, as_json: AsJson = False) -> None:
    """Destroy the list, and each alert and text that is due (R10, R11).

    Example: overt deployment erase D-20261125-7K3Q9M --as e.ngineer
    """
    from overt.cli.deployment_view import show_certificates  # noqa: PLC0415
    from overt.live.ending import erase as destroy  # noqa: PLC0415 - slow to import

    with opened() as instance:
        by = sign_in(instance, account)
        show_certificates(destroy(instance, DeploymentId(deployment), by.account), as_json=as_json)


@app.command(rich_help_panel=AFTER)
def publish(
    deployment: Id,
    account: As,
    folder: Annotated[
        Path | None, typer.Option(help="Where to put it; `published/ID` in the home if not given.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Publish the deployment record, with its ledger (R18, R24).

    Example: overt deployment publish D-20261125-7K3Q9M --as a.jones
    """
    from overt.live import ending  # noqa: PLC0415 - slow to import

    with opened() as instance:
        by = sign_in(instance, account)
        out = ending.publish(instance, DeploymentId(deployment), by.account, folder)
        noted = ending.noted(instance, out)
    document = {
        "deployment": deployment,
        "published": str(out),
        "head": noted.head,
        "key": noted.key,
    }
    ledger = out / ending.LEDGER
    plain = (
        f"{deployment}: published in {out}\n"
        f"Let the public have the head of its ledger, and the instance's key, by another way too; "
        f"anyone then checks it with\n"
        f"  overt ledger verify {ledger} --head {noted.head} --key {noted.key}"
    )
    answer(document, as_json=as_json, plain=plain)
