"""Serve video files in a loop over RTSP, with GStreamer's own server.

Run by the system's Python, which has the GStreamer bindings (Debian: gir1.2-gst-rtsp-server-1.0,
python3-gi and gstreamer1.0-plugins-{base,good,bad,ugly} gstreamer1.0-libav):

    /usr/bin/python3 rtsp_server.py --port 0 [--user NAME --password WORD] NAME=FILE[+FILE …] …

Each file is encoded once as a camera would (H.264, no B-frames, a key frame every 25 frames) and
then played in real time, endlessly, as rtsp://127.0.0.1:PORT/NAME; several files one after the
other, each in its own size. Prints "ready PORT" when it listens. Ends on SIGTERM or SIGINT.
"""

from __future__ import annotations

import argparse
from functools import cache
from pathlib import Path
import signal
import sys
from typing import Any

try:
    import gi  # type: ignore[import-not-found]  # the system's, not the environment's

    gi.require_version("Gst", "1.0")
    gi.require_version("GstApp", "1.0")
    gi.require_version("GstRtsp", "1.0")
    gi.require_version("GstRtspServer", "1.0")
    # GstApp gives the elements their methods.
    from gi.repository import (  # type: ignore[import-not-found]
        GLib,
        Gst,
        GstApp,  # noqa: F401
        GstRtsp,
        GstRtspServer,
    )
except (ImportError, ValueError) as error:
    sys.exit(f"GStreamer's RTSP server is missing ({error}); script/setup installs it")

ENCODERS = {
    "h264": "x264enc speed-preset=veryfast bitrate={bitrate} key-int-max={keys} {reorder}",
    "h265": "x265enc speed-preset=ultrafast bitrate={bitrate} key-int-max={keys} {reorder}",
}
# How far a stream is ahead of the one before it: any number of them is then spread
# evenly over the film (the golden ratio; Knuth, TAOCP vol. 3, 6.4).
SPREAD = 0.6180339887
# How an encoder is told to use B-frames, or not to.
REORDER = {
    "h264": ("tune=zerolatency", "bframes=3"),
    "h265": ("tune=zerolatency", "option-string=bframes=3"),
}
ENCODE = (
    "filesrc name=file ! decodebin ! videoconvert ! video/x-raw,format=I420 ! {encoder}"
    " ! {codec}parse config-interval=-1 ! video/x-{codec},stream-format=byte-stream,alignment=au"
    " ! appsink name=out sync=false"
)
SERVE = (
    "appsrc name=frames format=time caps=video/x-{codec},stream-format=byte-stream,alignment=au"
    " ! {codec}parse ! rtp{codec}pay name=pay0 pt=96"
)
SOUND = " audiotestsrc is-live=true ! audio/x-raw,rate=8000 ! alawenc ! rtppcmapay name=pay1 pt=8"


@cache
def encode(path: Path, codec: str, keys: int, bitrate: int, *, b_frames: bool) -> list[Any]:
    """Return the file's pictures as access units, in the order in which they are decoded."""
    reorder = REORDER[codec][b_frames]
    encoder = ENCODERS[codec].format(keys=keys, bitrate=bitrate, reorder=reorder)
    pipeline = Gst.parse_launch(ENCODE.format(codec=codec, encoder=encoder))
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

    def __init__(self, serve: str, parts: list[list[Any]], begin: float = 0.0) -> None:
        """Take the pipeline that serves the access units of one turn.

        They come part by part; the share `begin` of them is skipped first.
        """
        super().__init__()
        self.serve = serve
        self.units = []  # with the time of each within the turn
        self.turn = 0
        for units in parts:
            times = sorted(unit.pts for unit in units)
            shown = times[-1] - times[0]
            self.units += [(unit, self.turn + unit.pts - times[0]) for unit in units]
            self.turn += shown * len(units) // max(len(units) - 1, 1) or Gst.SECOND // 25
        first = int(begin * len(self.units))
        while self.units[first][0].has_flags(Gst.BufferFlags.DELTA_UNIT):
            first -= 1  # to a key frame
        self.first = first
        self.set_shared(True)

    def do_create_element(self, _url: Any) -> Any:
        """Build the pipeline of one stream."""
        pipeline = Gst.parse_launch(self.serve)
        pipeline.get_by_name("frames").connect("need-data", self._push, {"sent": 0})
        return pipeline

    def _push(self, source: Any, _size: int, progress: dict[str, int]) -> None:
        turn, index = divmod(progress["sent"] + self.first, len(self.units))
        coded, at = self.units[index]
        unit = coded.copy_deep()
        unit.pts = at + turn * self.turn - self.units[self.first][1]
        unit.dts = Gst.CLOCK_TIME_NONE
        progress["sent"] += 1
        source.emit("push-buffer", unit)


def protect(server: Any, factory: Any, user: str, password: str, *, basic: bool) -> None:
    """Ask for a name and a password before a stream is played, by digest (RFC 2617) or basic."""
    auth = GstRtspServer.RTSPAuth()
    methods = GstRtsp.RTSPAuthMethod
    auth.set_supported_methods(methods.BASIC if basic else methods.DIGEST)
    token = GstRtspServer.RTSPToken()
    token.set_string(GstRtspServer.RTSP_TOKEN_MEDIA_FACTORY_ROLE, "viewer")
    if basic:
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    else:
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
    parser.add_argument("--basic", action="store_true", help="basic instead of digest")
    parser.add_argument("--udp", action="store_true", help="over UDP only")
    parser.add_argument("--codec", choices=ENCODERS, default="h264")
    parser.add_argument("--keys", type=int, default=25, help="frames from key to key frame")
    parser.add_argument("--bitrate", type=int, default=2000, help="kbit/s")
    parser.add_argument("--spread", action="store_true", help="begin each at another moment")
    parser.add_argument("--b-frames", action="store_true")
    parser.add_argument("--sound", action="store_true", help="a sound track, too")
    parser.add_argument("streams", nargs="+", metavar="NAME=FILE[+FILE]")
    options = parser.parse_args()

    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(str(options.port))
    serve = SERVE.format(codec=options.codec) + (SOUND if options.sound else "")
    for number, stream in enumerate(options.streams):
        name, _, paths = stream.partition("=")
        parts = [
            encode(
                Path(path), options.codec, options.keys, options.bitrate, b_frames=options.b_frames
            )
            for path in paths.split("+")
        ]
        begin = number * SPREAD % 1 if options.spread else 0.0
        factory = Loop(serve, parts, begin)
        if options.udp:
            factory.set_protocols(GstRtsp.RTSPLowerTrans.UDP)
        if options.user:
            protect(server, factory, options.user, options.password, basic=options.basic)
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
