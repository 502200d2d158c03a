"""An example application to start from, one for each kind (`overt deployment new` prints it)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from overt.vocabulary import Kind

if TYPE_CHECKING:
    from datetime import datetime

_CAMERA = {
    Kind.OPERATIONAL: "rtsp://viewer@10.0.0.7/gate",
    Kind.TRIAL: "rtsp://viewer@10.0.0.7/gate",
    Kind.DEMO: "generated",
}
_CATEGORY = {
    Kind.OPERATIONAL: "wanted-on-warrant = 400\nmissing-at-risk = 5",
    Kind.TRIAL: "blue-list-volunteer = 100",
    Kind.DEMO: "generated-person = 40",
}
_ENTRIES = {Kind.OPERATIONAL: 405, Kind.TRIAL: 100, Kind.DEMO: 40}
_DOCUMENTS = {
    Kind.OPERATIONAL: ("dpia", "equality-impact", "community-impact", "legal-mandate", "policy"),
    Kind.TRIAL: ("dpia", "legal-mandate"),
    Kind.DEMO: (),
}
_ZERO = "0" * 64

_FORM = """\
# Application for one deployment. docs/authority.md explains every field, with the reason.
# Replace every text, hash and name. Times carry their zone.
format = 1
title = "Station Square, Wednesday evening"
organisation = "Exampleford Police"
kind = "{kind}"                # operational, trial or demo
profile = "uk"                 # or eu
use_case = "hotspot"           # or protective-security, intelligence-led
expected_footfall = 4000       # people who pass in the window
operators = ["a.jones", "b.khan"]              # who may sit at the desk
engagement_officers = ["c.smith", "b.khan"]    # who may confirm and approach; two people a prompt

grounds = \"\"\"Twenty-three robberies were reported in this square between five and nine in \
the evening in eight weeks; victims describe people who come by the station's north door.\"\"\"
necessity = \"\"\"Patrols were doubled for a month and the reports did not fall; those named in \
warrants for these offences use the square and are not found at their addresses.\"\"\"
proportionality = \"\"\"One door, four hours, one list made for it; everybody else's template is \
gone at once. Some four thousand people pass, and fewer than one false alert is expected.\"\"\"
alternatives = \"\"\"Plain-clothes patrols, better lighting and officers who know the faces were \
tried or costed; each finds fewer of the wanted people or watches everybody for longer.\"\"\"

[window]
starts_at = {starts}
ends_at = {ends}

[place]
name = "Station Square"
address = "Station Square, Exampleford EX1 1AA"
# Corners, [longitude, latitude] in degrees, WGS 84, in order around the place.
boundary = [[-3.1800, 51.4800], [-3.1780, 51.4800], [-3.1780, 51.4812], [-3.1800, 51.4812]]

# Each camera by name. No password here: docs/cameras.md says where it belongs.
[cameras.gate]
source = "{camera}"
transport = "auto"             # or tcp, udp
# Where faces are recognised, in shares of the picture.
zone = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]

[watchlist]
max_entries = {entries}
max_under_18 = 0
max_vulnerable = 0
# vulnerable_justification = "..."   # needed if either is over 0

[watchlist.categories]         # the most of each; what is not named may not be listed
{categories}

[recognition]
pack = "builtin"
identity = "{identity}"        # overt models list
engine = "onnxruntime"         # or openvino
precision = "fp32"             # or bf16, with openvino
normalisation = "none"
detector_px = 640
threshold = "{threshold}"      # one that the evidence tested
{evidence}

[retention]
alert_hours = 24
# reason = "..."               # needed if longer than 24

[complaints]
route = \"\"\"Write to the data protection officer with the reference on your leaflet. You will \
have an answer within one month, and may then turn to the Information Commissioner.\"\"\"
contact = "Data protection officer, Exampleford EX1 1AB"

[notice]
publish_by = {notice}
published_at = ["https://example.org/facial-recognition"]
signs = ["North door of the station", "Corner of High Street"]
{documents}"""

_DOCUMENT = """
[documents.{kind}]
title = "{kind} of this deployment"
version = "1.0"
sha256 = "{zero}"   # sha256sum FILE
"""


def example_toml(
    kind: Kind,
    *,
    starts_at: datetime,
    hours: float = 4.0,
    identity: str = "builtin-000000000000",
    threshold: str = "0.94",
    evidence_sha256: str = _ZERO,
) -> str:
    """A commented application that parses and keeps to its profile.

    Args:
        kind: of which kind.
        starts_at: timezone-aware.
        hours: to the end.
        identity: of the model pack.
        threshold: decimal.
        evidence_sha256: of the evidence file; a trial's example names none.
    """
    ahead = timedelta(0) if kind is Kind.DEMO else timedelta(hours=36)

    def stamp(at: datetime) -> str:
        return at.replace(microsecond=0).isoformat().replace("+00:00", "Z")

    evidence = f'evidence_sha256 = "{evidence_sha256}"'
    return _FORM.format(
        kind=kind,
        starts=stamp(starts_at),
        ends=stamp(starts_at + timedelta(hours=hours)),
        notice=stamp(starts_at - ahead),
        camera=_CAMERA[kind],
        entries=_ENTRIES[kind],
        categories=_CATEGORY[kind],
        identity=identity,
        threshold=threshold,
        evidence=f"# {evidence}   # a trial makes evidence" if kind is Kind.TRIAL else evidence,
        documents="".join(_DOCUMENT.format(kind=one, zero=_ZERO) for one in _DOCUMENTS[kind]),
    )
