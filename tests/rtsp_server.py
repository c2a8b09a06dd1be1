"""Serve video files in a loop over RTSP, with GStreamer's own server.

Run by the system's Python, which has the GStreamer bindings (Debian: gir1.2-gst-rtsp-server-1.0,
python3-gi and gstreamer1.0-plugins-{base,good,bad,ugly} gstreamer1.0-libav):

    /usr/bin/python3 rtsp_server.py --port 0 [--user NAME --password WORD] NAME=FILE …

Each file is encoded once as a camera would (H.264, no B-frames, a key frame a second) and then
played in real time, endlessly, as rtsp://127.0.0.1:PORT/NAME. Prints "ready PORT" when it
listens. Ends on SIGTERM or SIGINT.
"""

from __future__ import annotations

import argparse
from pathlib import Path
import signal
import sys
from typing import Any

try:
    import gi  # type: ignore[import-not-found]  # the system's, not the environment's

    gi.require_version("Gst", "1.0")
    gi.require_version("GstApp", "1.0")
    gi.require_version("GstRtspServer", "1.0")
    # GstApp gives the elements their methods.
    from gi.repository import (  # type: ignore[import-not-found]
        GLib,
        Gst,
        GstApp,  # noqa: F401
        GstRtspServer,
    )
except (ImportError, ValueError) as error:
    sys.exit(f"GStreamer's RTSP server is missing ({error}); script/setup installs it")

ENCODE = (
    "filesrc name=file ! decodebin ! videoconvert ! video/x-raw,format=I420"
    " ! x264enc tune=zerolatency speed-preset=veryfast key-int-max=25 bitrate=2000"
    " ! h264parse config-interval=-1 ! video/x-h264,stream-format=byte-stream,alignment=au"
    " ! appsink name=out sync=false"
)
SERVE = (
    "appsrc name=frames format=time"
    " caps=video/x-h264,stream-format=byte-stream,alignment=au"
    " ! h264parse ! rtph264pay name=pay0 pt=96"
)


def encode(path: Path) -> list[Any]:
    """Return the file's pictures as H.264 access units, in order."""
    pipeline = Gst.parse_launch(ENCODE)
    pipeline.get_by_name("file").set_property("location", str(path))
    pipeline.set_state(Gst.State.PLAYING)
    out = pipeline.get_by_name("out")
    units = []
    while (sample := out.pull_sample()) is not None:
        units.append(sample.get_buffer())
    pipeline.set_state(Gst.State.NULL)
    if not units:
        sys.exit(f"{path} holds no video that GStreamer can read")
    return units


class Loop(GstRtspServer.RTSPMediaFactory):  # type: ignore[misc]
    """Access units that start again when they end, with time going on."""

    def __init__(self, units: list[Any]) -> None:
        """Take the access units of one turn."""
        super().__init__()
        self.units = units
        first, last = units[0].pts, units[-1].pts
        self.turn = (last - first) * len(units) // max(len(units) - 1, 1) or Gst.SECOND // 25
        self.set_shared(True)

    def do_create_element(self, _url: Any) -> Any:
        """Build the pipeline of one stream."""
        pipeline = Gst.parse_launch(SERVE)
        pipeline.get_by_name("frames").connect("need-data", self._push, {"sent": 0})
        return pipeline

    def _push(self, source: Any, _size: int, progress: dict[str, int]) -> None:
        turn, index = divmod(progress["sent"], len(self.units))
        unit = self.units[index].copy_deep()
        unit.pts = unit.dts = self.units[index].pts - self.units[0].pts + turn * self.turn
        progress["sent"] += 1
        source.emit("push-buffer", unit)


def protect(server: Any, factory: Any, user: str, password: str) -> None:
    """Ask for a name and a password (digest, RFC 2617) before a stream is played."""
    auth = GstRtspServer.RTSPAuth()
    auth.set_supported_methods(gi.repository.GstRtsp.RTSPAuthMethod.DIGEST)
    token = GstRtspServer.RTSPToken()
    token.set_string(GstRtspServer.RTSP_TOKEN_MEDIA_FACTORY_ROLE, "viewer")
    auth.add_digest(user, password, token)
    server.set_auth(auth)
    role = Gst.Structure.new_empty("viewer")
    for right in ("ACCESS", "CONSTRUCT"):
        allowed = True
        role.set_value(getattr(GstRtspServer, f"RTSP_PERM_MEDIA_FACTORY_{right}"), allowed)
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_role_from_structure(role)
    factory.set_permissions(permissions)


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--user")
    parser.add_argument("--password", default="")
    parser.add_argument("streams", nargs="+", metavar="NAME=FILE")
    options = parser.parse_args()

    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(str(options.port))
    for stream in options.streams:
        name, _, path = stream.partition("=")
        factory = Loop(encode(Path(path)))
        if options.user:
            protect(server, factory, options.user, options.password)
        server.get_mount_points().add_factory(f"/{name}", factory)
    if server.attach(None) == 0:
        sys.exit(f"port {options.port} is taken; choose another with --port")
    loop = GLib.MainLoop()
    for stop in (signal.SIGTERM, signal.SIGINT):
        GLib.unix_signal_add(GLib.PRIORITY_HIGH, stop, loop.quit)
    sys.stdout.write(f"ready {server.get_bound_port()}\n")
    sys.stdout.flush()
    loop.run()


if __name__ == "__main__":
    main()
