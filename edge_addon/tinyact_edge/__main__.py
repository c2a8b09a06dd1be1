"""The command line: tinyact-edge run | recognize | token | pose-files."""

import argparse
from collections.abc import Sequence
import json
from pathlib import Path
import sys

from tqdm import tqdm

from . import pose_files, service, token_command
from .bundle import DEFAULT_BUNDLE, Bundle, BundleError, load_bundle
from .database import JournalError
from .options import OptionsError, read_options
from .pose_files import PoseFilesError
from .recognize import Recording, VideoRecognizer
from .service import ServiceStartError
from .source import SourceError
from .tokens import TokenError

_UNREADABLE = 2
_INCOMPLETE = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.command(options))
    except (
        BundleError,
        JournalError,
        OptionsError,
        PoseFilesError,
        ServiceStartError,
        TokenError,
    ) as error:
        return _fail(str(error), 1)
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tinyact-edge", description="Tells what people do in front of cameras."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="watch cameras")
    run.add_argument("--host", help="address to listen on (127.0.0.1)")
    run.add_argument("--port", type=int, help="port to listen on (8466)")
    run.add_argument("--data", metavar="DIR", help="folder for the journal")
    run.add_argument(
        "--camera",
        action="append",
        type=_camera,
        metavar="NAME=URL",
        dest="cameras",
        help="rtsp(s)://, http(s)://, a file, or loop:FILE; may be repeated",
    )
    run.add_argument("--classifier", metavar="URL", help="the classifier service")
    run.add_argument("--classifier-token-file", metavar="FILE", help="file with its token")
    run.add_argument("--mqtt", metavar="URL", help="a broker to tell: mqtt(s)://HOST[:PORT]")
    run.add_argument("--mqtt-user", metavar="NAME", help="its user")
    run.add_argument("--mqtt-password-file", metavar="FILE", help="file with the user's password")
    run.add_argument("--mqtt-ca", metavar="FILE", help="the only authorities to trust")
    run.add_argument("--mqtt-cert", metavar="FILE", help="this edge's certificate")
    run.add_argument("--mqtt-key", metavar="FILE", help="its key")
    run.add_argument("--keep-days", type=float, metavar="N", help="keep pictures for so long (7)")
    run.add_argument("--keep-mb", type=float, metavar="N", help="and no more of them (500)")
    run.add_argument(
        "--no-pictures",
        action="store_const",
        const=False,
        dest="store_pictures",
        help="keep none, and erase those there are",
    )
    run.add_argument("--bundle", metavar="DIR", help="another model bundle")
    run.add_argument("--options", type=Path, metavar="FILE", help="JSON file with all of these")
    run.set_defaults(command=_run)

    token_command.add_to(commands)

    pose = commands.add_parser("pose-files", help="install the pose networks, or look for them")
    pose.add_argument("--wheel", type=Path, metavar="FILE", help=f"the wheel of {pose_files.WHEEL}")
    pose.set_defaults(command=_pose_files)

    recognize = commands.add_parser("recognize", help="find the actions in a video file")
    recognize.add_argument("video", type=Path)
    recognize.add_argument("--json", action="store_true", help="print one JSON object")
    recognize.add_argument("--bundle", type=Path, default=DEFAULT_BUNDLE, metavar="DIR")
    recognize.set_defaults(command=_recognize)
    return parser


def _camera(text: str) -> dict[str, str]:
    """Split NAME=URL; what they hold is checked with all other options."""
    name, separator, url = text.partition("=")
    if not separator:
        raise argparse.ArgumentTypeError("must be NAME=URL")
    return {"name": name, "url": url}


def _run(options: argparse.Namespace) -> int:
    """Watch cameras until told to stop."""
    flags = {
        name: value
        for name in (
            "host",
            "port",
            "data",
            "cameras",
            "classifier",
            "classifier_token_file",
            "mqtt",
            "mqtt_user",
            "mqtt_password_file",
            "mqtt_ca",
            "mqtt_cert",
            "mqtt_key",
            "keep_days",
            "keep_mb",
            "store_pictures",
            "bundle",
        )
        if (value := getattr(options, name)) is not None
    }
    service.run(read_options(options.options, flags))
    return 0


def _pose_files(options: argparse.Namespace) -> int:
    """Install from a wheel, or say whether the networks are in place."""
    if options.wheel:
        pose_files.install(options.wheel)
    for name in pose_files.FILES:
        pose_files.find(name)
    return 0


def _recognize(options: argparse.Namespace) -> int:
    """Print the actions in a video; the status says whether it could be read."""
    bundle = load_bundle(options.bundle)
    recognizer = VideoRecognizer(bundle)
    try:
        with tqdm(
            total=1, unit="s", bar_format="{l_bar}{bar}| {n:.0f}/{total:.0f} s [{elapsed}]"
        ) as bar:

            def show(seconds: float, total: float | None) -> None:
                bar.total = max(total or 0.0, seconds)
                bar.update(seconds - bar.n)

            found = recognizer.recognize(options.video, show)
    except SourceError as error:
        return _fail(f"{options.video} cannot be read: {error}", _UNREADABLE)
    _print(_as_json(options.video, found, bundle) if options.json else _as_lines(found))
    if found.incomplete:
        return _fail(f"{options.video} was read only in part: {found.incomplete}", _INCOMPLETE)
    return 0


def _as_json(video: Path, found: Recording, bundle: Bundle) -> str:
    return json.dumps(
        {
            "video": str(video),
            "seconds": round(found.seconds, 3),
            "frames": found.frames,
            "people": len(found.people),
            "actions": [
                {
                    "label": action.label,
                    "start": round(action.started_at, 3),
                    "end": round(action.ended_at or action.confirmed_at, 3),
                    "confidence": round(action.confidence, 4),
                    "person": action.person,
                }
                for action in found.actions
            ],
            "model": {
                "name": bundle.name,
                "version": bundle.version,
                "encoder": bundle.encoder_id,
                "labels": bundle.labels,
            },
        }
    )


def _as_lines(found: Recording) -> str:
    return "\n".join(
        f"{action.started_at:8.2f} {action.ended_at or action.confirmed_at:8.2f}"
        f" {action.label} {action.confidence:.2f}"
        for action in found.actions
    )


def _print(text: str) -> None:
    if text:
        sys.stdout.write(f"{text}\n")


def _fail(message: str, status: int) -> int:
    sys.stderr.write(f"tinyact-edge: {message}\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
