"""Build the apps' images in Debian root file systems and try them: script/prove-image."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
import json
import os
from pathlib import Path
import platform
import shutil
import subprocess
import sys
import tempfile

from tinyact_demo import scene

from . import check_classifier, check_edge, dockerfile
from .dockerfile import DockerfileError
from .root import BASE, Builder, ImageError, bootstrap, size_of
from .running import CheckError, install_s6

ROOT = Path(__file__).parents[2]
_APPS = {"edge": ("edge_addon", check_edge), "classifier": ("cloud_classifier", check_classifier)}
_NEEDED = ("mmdebstrap", "unshare", "ip", "gzip", "tar")
# The wheels that the image's Python and C library can use, on both processors of config.yaml.
_PLATFORMS = ("aarch64-manylinux_2_40", "x86_64-manylinux_2_40")
_PYTHON = "3.13"
_NOT_PROVEN = (
    "Not proven: Home Assistant's own base image, with s6-overlay and bashio (Debian's s6 stands"
    f" in); other processors than this one ({platform.machine()}); a container engine; the"
    " Supervisor itself (a double stands in); the AppArmor profile in a kernel that enforces it."
)


def main() -> int:
    """Build and try what is asked for; return the exit status."""
    options = _parser().parse_args()
    if os.geteuid() != 0 or not all(map(shutil.which, _NEEDED)):
        return _fail(f"This needs root and {', '.join(_NEEDED)} (Debian: mmdebstrap, iproute2).")
    try:
        if options.attempt:
            _try(options.app[0], options.attempt)
            return 0
        with _folder(options.keep) as work:
            for app in options.app or _APPS:
                _build(app, work)
                _in_own_network(app, work)
    except (CheckError, DockerfileError, ImageError) as error:
        return _fail(str(error))
    except subprocess.CalledProcessError as error:
        return error.returncode  # it has said why
    print(_NOT_PROVEN)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="script/prove-image", description=__doc__)
    parser.add_argument("app", choices=[[], *_APPS], nargs="*", metavar="edge|classifier")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="build there, and leave it there")
    parser.add_argument("--attempt", type=Path, help=argparse.SUPPRESS)
    return parser


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="tinyact-image-") as folder:
        yield Path(folder)


def _build(app: str, work: Path) -> None:
    """Do the steps of the app's Dockerfile, and print how large its image is."""
    context = ROOT / _APPS[app][0]
    stages = dockerfile.read(context / "Dockerfile")
    version = _debian(stages)
    base = work / f"debian-{version}"
    if not base.exists():
        print(f"Debian {version}, for {BASE}{version}", flush=True)
        bootstrap(version, base)
    _look_for_wheels(app, context / "requirements.txt")
    _compile_profile(app, context / "apparmor.txt")
    print(f"{app}: the steps of {context.name}/Dockerfile", flush=True)
    folder = work / app
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    root, environment = Builder(context, base, folder, {}).build(stages)
    root.rename(folder / "root")
    (folder / "environment.json").write_text(json.dumps(environment), encoding="utf-8")
    added = size_of(folder / "root") - size_of(base)
    print(
        f"{app}: {added / 1e6:.0f} MB on top of the base image,"
        f" {_compressed(folder / 'root', base) / 1e6:.0f} MB of it to download",
        flush=True,
    )
    install_s6(folder / "root", environment)


def _look_for_wheels(app: str, requirements: Path) -> None:
    """Raise ImageError unless all is there for both processors, compiled."""
    for platform_tag in _PLATFORMS:
        with tempfile.TemporaryDirectory() as nowhere:
            done = subprocess.run(  # noqa: S603
                [
                    *(ROOT / ".tools/bin/uv", "pip", "install", "--dry-run", "--target", nowhere),
                    *("--python-platform", platform_tag, "--python-version", _PYTHON),
                    *("--only-binary", ":all:", "--require-hashes", "-r", requirements),
                ],
                capture_output=True,
                text=True,
                check=False,
            )
        if done.returncode:
            raise ImageError(f"{app} cannot be installed on {platform_tag}:\n{done.stderr}")
        print(f"{app}: every requirement has a wheel for {platform_tag}", flush=True)


def _compile_profile(app: str, profile: Path) -> None:
    """Let AppArmor's own compiler read the profile, if it is installed."""
    if not (parser := shutil.which("apparmor_parser")):
        print(f"{app}: the AppArmor profile is not compiled: there is no apparmor_parser")
        return
    command = [parser, "--skip-kernel-load", "--skip-read-cache", "--skip-cache", str(profile)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise ImageError(f"{app}: the AppArmor profile is not one:\n{done.stderr}")
    print(f"{app}: the AppArmor profile is compiled", flush=True)


def _debian(stages: list[dockerfile.Stage]) -> str:
    """Return the one version of Debian that all stages begin with. Raises ImageError."""
    bases = {stage.base for stage in stages}
    if len(bases) != 1 or not (base := bases.pop()).startswith(BASE):
        raise ImageError(f"All stages must begin FROM the same {BASE}VERSION.")
    return base.removeprefix(BASE)


def _compressed(root: Path, base: Path) -> int:
    """Return the bytes of a compressed layer with what `root` has more than `base`."""
    script = (
        'cd "$1" && find . -xdev \\( -type f -o -type l \\) -newer "$2" -print0 |'
        " tar --null --no-recursion -T - -c | gzip -6 | wc -c"
    )
    command = ["sh", "-c", script, "sh", str(root), str(base / "etc/debian_version")]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)  # noqa: S603


def _in_own_network(app: str, work: Path) -> None:
    """Try the image of `app` where nothing else listens, and nothing outside is reached."""
    script = 'ip link set lo up && exec "$@"'
    this = [sys.executable, "-m", __package__ or "", app, "--attempt", str(work / app)]
    film = {"TINYACT_FILM": str(scene.film())}
    subprocess.run(  # noqa: S603
        ["unshare", "--net", "sh", "-c", script, "sh", *this],  # noqa: S607
        env=os.environ | film,
        check=True,
    )


def _try(app: str, folder: Path) -> None:
    environment = json.loads((folder / "environment.json").read_text(encoding="utf-8"))
    film = Path(os.environ["TINYACT_FILM"])
    _APPS[app][1].check(
        folder / "root", environment, film, lambda text: print(f"{app}: {text}", flush=True)
    )


def _fail(message: str) -> int:
    print(f"prove-image: {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
