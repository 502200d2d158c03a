"""A real RTSP server for the tests, run by the Python that Debian's GStreamer belongs to.

Reads one JSON object on its standard input, serves on loopback, and prints its port. It ends when
its standard input does, so no server outlives its test.
"""

from __future__ import annotations

import json
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gio, GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402


def factory(mount: dict, *, protected: bool) -> GstRtspServer.RTSPMediaFactory:
    """What one address serves; its `changes` are (after seconds, element, property, value)."""
    made = GstRtspServer.RTSPMediaFactory()
    made.set_launch(f"( {mount['launch']} )")
    made.set_shared(False)
    made.set_protocols(getattr(GstRtsp.RTSPLowerTrans, mount.get("only", "TCP").upper()))
    if "only" not in mount:
        made.set_protocols(GstRtsp.RTSPLowerTrans.TCP | GstRtsp.RTSPLowerTrans.UDP)
    if protected:
        permissions = GstRtspServer.RTSPPermissions()
        permissions.add_permission_for_role("viewer", "media.factory.access", True)  # noqa: FBT003
        permissions.add_permission_for_role("viewer", "media.factory.construct", True)  # noqa: FBT003
        made.set_permissions(permissions)
    made.connect("media-configure", configure, mount)
    return made


def configure(_: object, media: GstRtspServer.RTSPMedia, mount: dict) -> None:
    """Plan the changes of a stream that begins."""
    media.set_rate_control(not mount.get("changes"))
    for after_s, element, name, value in mount.get("changes", ()):
        GLib.timeout_add(int(after_s * 1000), change, media.get_element(), element, name, value)


def change(bin_: Gst.Bin, element: str, name: str, value: str) -> bool:
    """Set one property of a running element; timers call it once."""
    Gst.util_set_object_arg(bin_.get_by_name(element), name, value)
    return False


def main() -> None:
    """Serve until standard input ends."""
    Gst.init(None)
    wanted = json.loads(sys.stdin.readline())
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(str(wanted.get("port", 0)))
    password = wanted.get("password")
    if password is not None or "certificate" in wanted:
        auth = GstRtspServer.RTSPAuth()
        if "certificate" in wanted:
            auth.set_tls_certificate(Gio.TlsCertificate.new_from_file(wanted["certificate"]))
        if password is not None:
            token = GstRtspServer.RTSPToken()
            token.set_string("media.factory.role", "viewer")
            if wanted["scheme"] == "digest":
                auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
                auth.add_digest(wanted["user"], password, token)
            else:
                auth.set_supported_methods(GstRtsp.RTSPAuthMethod.BASIC)
                basic = GstRtspServer.RTSPAuth.make_basic(wanted["user"], password)
                auth.add_basic(basic, token)
        server.set_auth(auth)
    mounts = server.get_mount_points()
    for path, mount in wanted["mounts"].items():
        mounts.add_factory(path, factory(mount, protected=password is not None))
    if server.attach(None) == 0:
        sys.exit("cannot listen")
    print(server.get_bound_port(), flush=True)  # noqa: T201
    loop = GLib.MainLoop()
    GLib.io_add_watch(sys.stdin.fileno(), GLib.IO_HUP | GLib.IO_IN, lambda *_: loop.quit())
    loop.run()


if __name__ == "__main__":
    main()
