"""A deployment record as a CSV row and as text: the same figures, none left out that counts."""

from __future__ import annotations

import csv
import io
from typing import Any

from overt.vocabulary import Disposal

SMALL_NUMBERS = (
    "Small numbers: one more or one fewer changes a rate of few alerts a lot; read the intervals. "
    "A person may be counted under several disposals elsewhere, so none are added up here."
)


def csv_of(document: dict[str, Any]) -> str:
    """A header and one row; what was not is an empty cell."""
    row = _row(document)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(row)
    writer.writerow(["" if value is None else value for value in row.values()])
    return out.getvalue()


def _row(document: dict[str, Any]) -> dict[str, Any]:
    alerts, faces, stops = document["alerts"], document["faces"], document["stops"]
    listed, rates = document["watchlist"], document["rates"]
    return {
        "deployment": document["deployment"],
        "date": document["date"],
        "place": _plain(document["place"]),
        "started_at": document["started_at"],
        "finished_at": document["finished_at"],
        "duration_seconds": document["duration_seconds"],
        "watchlist_size": listed["entries"],
        "watchlist_under_18": sum(one["under_18"] for one in listed["categories"].values()),
        "threshold": document["threshold"],
        "faces_seen": faces["seen"],
        "faces_unassessable": faces["unassessable"],
        "true_alerts_confirmed": alerts["true_confirmed"],
        "true_alerts_unconfirmed": alerts["true_unconfirmed"],
        "false_alerts_confirmed": alerts["false_confirmed"],
        "false_alerts_unconfirmed": alerts["false_unconfirmed"],
        "alerts_undecided": alerts["undecided"],
        "total_alerts": alerts["total"],
        **{
            f"{name}{suffix}": rates[name][key]
            for name in ("false_over_faces", "false_over_alerts")
            for key, suffix in (("rate", ""), ("low95", "_low95"), ("high95", "_high95"))
        },
        "engagements": alerts["engagements"],
        **{
            f"stops_{disposal.replace('-', '_')}": stops["by_disposal"].get(disposal, 0)
            for disposal in Disposal
        },
        "stop_seconds_median": stops["seconds_median"],
        "prompts_expired": alerts["expired"],
        "camera_outages": document["troubles"]["camera_outages"],
        "halted_by": document["troubles"]["halted_by"],
        "use_case": document["use_case"],
        "authority_sha256": document["authority_sha256"],
        "model": _plain(document["model"]),
        "evidence_sha256": document["evidence_sha256"],
        "list_built_at": listed["built_at"],
        "notice_published_at": document["notice"]["published_at"],
        "cameras": len(document["cameras"]),
        "list_destroyed_at": (document["destruction"]["watchlist"] or {}).get("destroyed_at"),
        "ledger_head": document["ledger"]["head"],
    }


def _plain(text: str | None) -> str | None:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text and text[0] in "=+-@\t\r" else text


def text_of(document: dict[str, Any]) -> str:
    """For people: a page of plain text."""
    alerts, faces, stops = document["alerts"], document["faces"], document["stops"]
    listed, rates, keys = document["watchlist"], document["rates"], document["ledger"]
    lines = [
        f"Deployment record {document['deployment']} ({document['kind']})",
        f"Where: {document['place'] or 'see the application'}; {document['use_case']}",
        (
            f"When: {document['started_at'] or 'never live'} to {document['finished_at'] or '-'}"
            f" ({_duration(document['duration_seconds'])})"
        ),
        (
            f"Notice: {document['notice']['published_at'] or 'none'}; signs "
            f"{document['notice']['signs']}; cameras {len(document['cameras'])}"
        ),
        f"Threshold {document['threshold']} of {document['model']}",
        "",
        (
            f"Watchlist: {listed['entries']:,} people, {listed['images']:,} pictures, "
            f"built {listed['built_at']}"
        ),
        *(
            f"  {name}: {one['entries']:,}, of them under 18: {one['under_18']:,}, "
            f"vulnerable: {one['vulnerable']:,}"
            for name, one in listed["categories"].items()
        ),
        f"Faces seen: {faces['seen']:,}; unassessable: {faces['unassessable']:,}",
        f"Alerts: {alerts['total']:,}",
        (
            f"  true, confirmed: {alerts['true_confirmed']:,}; "
            f"true, unconfirmed: {alerts['true_unconfirmed']:,}"
        ),
        (
            f"  false, confirmed: {alerts['false_confirmed']:,}; "
            f"false, unconfirmed: {alerts['false_unconfirmed']:,}; "
            f"undecided: {alerts['undecided']:,}"
        ),
        f"False alerts over faces seen: {rate_line(rates['false_over_faces'])}",
        f"False alerts over alerts: {rate_line(rates['false_over_alerts'])}",
        "",
        (
            f"Engagements: {alerts['engagements']:,}; stops recorded: {stops['recorded']:,}; "
            f"asked for identity: {stops['identity_asked']:,}"
        ),
        f"  disposals: {_list(stops['by_disposal'])}",
        f"  force: {_list(stops['by_force'])}; searches: {_list(stops['by_search'])}",
        (
            f"  a stop lasted {_duration(stops['seconds_median'])} in the middle, "
            f"{_duration(stops['seconds_longest'])} at most"
        ),
        *(
            f"As officers recorded, {group.replace('_', ' ')}: "
            + "; ".join(f"{name.replace('_', ' ')}: {_list(one)}" for name, one in said.items())
            for group, said in document["recorded_by_officers"].items()
        ),
        SMALL_NUMBERS,
        "",
        (
            f"Ended: {document['troubles']['ended'] or '-'}; halted by "
            f"{document['troubles']['halted_by'] or 'no rule'}; camera outages "
            f"{document['troubles']['camera_outages']}; recoveries "
            f"{document['troubles']['recoveries']}"
        ),
        *_destroyed(document["destruction"]),
        f"Ledger: {keys['lines']:,} lines, head {keys['head']}, key {keys['public_key']}",
    ]
    return "\n".join(lines) + "\n"


def rate_line(rate: dict[str, Any]) -> str:
    """Such as ``1 of 12,120 = 0.00825% (95%: 0.000209% to 0.046%)``; none is no "0%" (N12)."""
    counts = f"{rate['events']:,} of {rate['trials']:,}"
    if rate["rate"] is None:
        return f"{counts}: unknown"
    low, high = _percent(rate["low95"]), _percent(rate["high95"])
    if rate["events"] == 0:
        return f"{counts} (95%: at most {high})"
    if rate["events"] == rate["trials"]:
        return f"{counts} (95%: at least {low})"
    return f"{counts} = {_percent(rate['rate'])} (95%: {low} to {high})"


def _percent(share: str) -> str:
    return f"{float(share) * 100:.3g}%"


def _duration(seconds: int | None) -> str:
    if seconds is None:
        return "-"
    hours, rest = divmod(seconds, 3_600)
    minutes, left = divmod(rest, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {left:02} s"


def _list(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in counts.items()) or "none"


def _destroyed(destruction: dict[str, Any]) -> list[str]:
    gone = destruction["watchlist"]
    return [
        (
            f"Watchlist destroyed: {gone['destroyed_at'] if gone else 'not yet'}; "
            f"alerts destroyed: {len(destruction['alerts']):,}; "
            f"held for longer: {len(destruction['holds']):,}"
        ),
    ]
