"""Pulls a pack's weights from the addresses in its manifest: the one use of a network.

Nothing is taken on trust: the manifest bounds the size before a byte is kept, and the file gets
its name only after its hash agrees.
"""

from __future__ import annotations

import hashlib
import http.client
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

from overt.errors import BadModel, Misuse
from overt.faces.packs.address import LOOPBACK, check_url
from overt.faces.packs.catalogue import find_entry
from overt.faces.packs.folders import models_dir, written_whole
from overt.faces.packs.weights import verify_weights

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    from overt.faces.packs.manifest import WeightsSpec

SILENCE_S = 30.0
"""Without a byte for so long, the pull is given up."""
LONGEST_S = 3_600.0
"""A pull that takes longer is given up: a server may feed one byte at a time."""
_CHUNK = 256 * 1024


def pull_pack(
    name: str, progress: Callable[[str, int, int], None], *, silence_s: float = SILENCE_S
) -> tuple[str, ...]:
    """Fetch those of a pack's files that have an address and are not here yet.

    Args:
        name: the pack.
        progress: told the file, the bytes so far and the bytes in all.
        silence_s: seconds without a byte after which to give up.

    Returns:
        The files that were fetched; empty if all were here.

    Raises:
        Misuse: if no file of the pack has an address.
        BadModel: if a file cannot be fetched whole, or is not the one in the manifest.
    """
    entry = find_entry(name)
    manifest = entry.manifest
    wanted = [w for w in (manifest.detector.weights, manifest.recogniser.weights) if w.url]
    if not wanted:
        msg = f"the pack {manifest.name} has nothing to pull: its files come from elsewhere"
        raise Misuse(msg, advice="`overt models list` says what each pack lacks.")
    fetched: list[str] = []
    for weights in wanted:
        target = models_dir() / manifest.name / weights.local_name
        if target.is_file():
            try:
                verify_weights(target, weights)
            except BadModel:
                pass  # altered or cut short: fetched anew
            else:
                continue
        with written_whole(target) as file:
            _fetch(weights, file, progress, silence_s)
        fetched.append(weights.local_name)
    return tuple(fetched)


def _fetch(
    weights: WeightsSpec,
    file: BinaryIO,
    progress: Callable[[str, int, int], None],
    silence_s: float,
) -> None:
    url = weights.url or ""
    try:
        response: Any = _opener(url).open(url, timeout=silence_s)
    except urllib.error.HTTPError as fault:
        fault.close()
        _refuse(url, f"the server answers {fault.code} {fault.reason}", fault)
    except (OSError, http.client.HTTPException) as fault:
        _refuse(url, _reason(fault), fault)
    with response:
        announced = response.headers.get("Content-Length")
        if announced is not None and announced != str(weights.size):
            _refuse(url, f"it holds {announced} bytes; the manifest says {weights.size}")
        digest = _copy(response, file, weights, progress)
    if digest != weights.sha256:
        _refuse(url, f"its SHA-256 is {digest[:16]}…; the manifest says {weights.sha256[:16]}…")


def _copy(
    response: Any,
    file: BinaryIO,
    weights: WeightsSpec,
    progress: Callable[[str, int, int], None],
) -> str:
    """Copy no more than the manifest allows; the hash of what came."""
    url = weights.url or ""
    digest = hashlib.sha256()
    done = 0
    started = time.monotonic()
    progress(weights.local_name, done, weights.size)
    while chunk := _next_chunk(response, url):
        done += len(chunk)
        if done > weights.size:
            _refuse(url, f"it is longer than the {weights.size} bytes in the manifest")
        if time.monotonic() - started > LONGEST_S:
            _refuse(url, f"it took longer than {LONGEST_S:.0f} s")
        file.write(chunk)
        digest.update(chunk)
        progress(weights.local_name, done, weights.size)
    if done < weights.size:
        _refuse(url, f"it ended after {done} of {weights.size} bytes")
    return digest.hexdigest()


def _next_chunk(response: Any, url: str) -> bytes:
    """What has come so far. A failure here is the network's; one in writing is the disk's."""
    read = getattr(response, "read1", response.read)
    try:
        return bytes(read(_CHUNK))
    except (OSError, http.client.HTTPException) as fault:
        _refuse(url, _reason(fault), fault)


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    """Follows a redirect only to an address that a manifest could name."""

    def redirect_request(
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Any:
        try:
            check_url(newurl)
        except ValueError as fault:
            fp.close()
            msg = f"it redirects to where no manifest may point: {fault}"
            raise urllib.error.URLError(msg) from fault
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener(url: str) -> urllib.request.OpenerDirector:
    handlers: list[urllib.request.BaseHandler] = [_SafeRedirects()]
    if urlsplit(url).hostname in LOOPBACK:
        handlers.append(urllib.request.ProxyHandler({}))
    return urllib.request.build_opener(*handlers)


def _reason(fault: Exception) -> str:
    return str(getattr(fault, "reason", None) or fault) or type(fault).__name__


def _refuse(url: str, reason: str, cause: Exception | None = None) -> NoReturn:
    msg = f"cannot pull {url}: {reason}"
    raise BadModel(msg, advice="Nothing was kept. Check the network or the manifest.") from cause
