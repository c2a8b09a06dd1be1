"""A root file system, and what is done in it: with namespaces and chroot instead of a container."""

from collections.abc import Callable, Sequence
import os
from pathlib import Path
import re
import shlex
import shutil
import subprocess

from .dockerfile import Instruction, Stage, substitute

# What stands in for Home Assistant's Debian base image: Debian of the same version with the
# packages that its Dockerfile names. s6, bashio and tempio come from GitHub there.
BASE = "ghcr.io/home-assistant/base-debian:"
_PACKAGES = "bash,jq,tzdata,curl,ca-certificates,xz-utils"
_BASE_ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LANG": "C.UTF-8",
    "DEBIAN_FRONTEND": "noninteractive",
    "HOME": "/root",
}
# As in Debian's slim images: no documentation, and nothing of apt's that it can make again.
_SLIM = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*")
_CLEAN = (
    'Dir::Cache::pkgcache ""',
    'Dir::Cache::srcpkgcache ""',
    'DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb"; }',
)
# Runs its arguments in a root file system, in namespaces of their own: everything that is started
# ends with them, and every mount. The network's names and authorities are this machine's.
_ENTER = """
set -e
root=$1; shift
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
for file in /etc/resolv.conf /etc/ssl/certs/ca-certificates.crt; do
  if [ -e "$file" ]; then touch "$root$file"; mount --bind "$(readlink -f "$file")" "$root$file"; fi
done
exec chroot "$root" "$@"
"""


class ImageError(Exception):
    """An image that cannot be built; the message says at which step."""


def enter(root: Path, command: Sequence[str]) -> list[str]:
    """Return the command that runs `command` in `root`."""
    return [
        *("unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", _ENTER, "enter"),
        *(str(root), *command),
    ]


def bootstrap(version: str, root: Path) -> None:
    """Make a root file system of Debian `version`. Raises ImageError."""
    slim = [f"--dpkgopt=path-exclude={pattern}" for pattern in _SLIM]
    slim += [f"--aptopt={option}" for option in _CLEAN]
    part = root.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    # In namespaces of its own, so that no mount stays when this is stopped.
    _run(
        [
            *("unshare", "--mount", "--pid", "--fork", "--kill-child", "mmdebstrap", "--quiet"),
            *("--variant=minbase", f"--include={_PACKAGES}", *slim, version, str(part)),
        ],
        f"Debian {version}",
    )
    part.rename(root)


class Builder:
    """Builds the stages of one Dockerfile."""

    def __init__(self, context: Path, base: Path, work: Path, arguments: dict[str, str]) -> None:
        """Build in `work`, from the files of `context`, on the root file system `base`."""
        self._context = context
        self._base = base
        self._work = work
        self._arguments = arguments
        self._roots: dict[str, Path] = {}

    def build(self, stages: Sequence[Stage]) -> tuple[Path, dict[str, str]]:
        """Return the root file system of the last stage, and its environment."""
        environment: dict[str, str] = {}
        root = self._base
        for number, stage in enumerate(stages):
            root = self._work / (stage.name or f"stage-{number}")
            _run(["cp", "-ax", "--reflink=auto", str(self._base), str(root)], "a copy of the base")
            self._roots[stage.name or str(number)] = root
            environment = self._build(stage, root)
        return root, environment

    def _build(self, stage: Stage, root: Path) -> dict[str, str]:
        environment, variables, folder = dict(_BASE_ENVIRONMENT), dict[str, str](), "/"
        for step in stage.instructions:
            print(f"  {step.name} {step.text[:100]}", flush=True)
            known = variables | environment
            match step.name:
                case "ARG":
                    name, _, default = step.text.partition("=")
                    variables[name] = self._arguments.get(name, default)
                case "ENV":
                    for pair in shlex.split(step.text):
                        name, _, value = pair.partition("=")
                        environment[name] = substitute(value, known)
                case "WORKDIR":
                    folder = substitute(step.text, known)
                    (root / folder.lstrip("/")).mkdir(parents=True, exist_ok=True)
                case "RUN":
                    self._do(root, folder, step, known)
                case "COPY":
                    self._copy(root, folder, step, known)
        return environment

    def _do(self, root: Path, folder: str, step: Instruction, environment: dict[str, str]) -> None:
        # The base image's SHELL.
        script = f"cd {shlex.quote(folder)} && {step.text}"
        command = enter(root, ["/bin/bash", "-o", "pipefail", "-c", script])
        _run(command, f"RUN {step.text}", environment)

    def _copy(self, root: Path, folder: str, step: Instruction, known: dict[str, str]) -> None:
        words = shlex.split(substitute(step.text, known))
        origin, ignored = self._context, _ignored(self._context)
        if words[0].startswith("--from="):
            origin, ignored = self._roots[words.pop(0).removeprefix("--from=")], frozenset()
        *sources, target = words
        place = root / Path("/", folder, target).relative_to("/")
        for source in sources:
            path = origin / source.lstrip("/")
            if path.is_dir():
                shutil.copytree(
                    path, place, symlinks=True, ignore=_leaving_out(ignored), dirs_exist_ok=True
                )
            elif path.is_file():
                into = place / path.name if target.endswith("/") else place
                into.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, into)
            else:
                raise ImageError(f"COPY {step.text}: there is no {path}.")


def size_of(root: Path) -> int:
    """Return how many bytes the files in `root` have."""
    return sum(
        (Path(folder) / name).lstat().st_size
        for folder, _, names in os.walk(root)
        for name in names
    )


def _leaving_out(names: frozenset[str]) -> Callable[[str, list[str]], set[str]]:
    return lambda _folder, found: set(found) & names


def _ignored(context: Path) -> frozenset[str]:
    """Return the names that .dockerignore leaves out. Raises ImageError if it says more."""
    lines = [
        line
        for line in (context / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    if not all(re.fullmatch(r"\*\*/[\w.-]+", line) for line in lines):
        raise ImageError(f"{context}/.dockerignore: lines like **/NAME alone are understood.")
    return frozenset(line.removeprefix("**/") for line in lines)


def _run(command: Sequence[str], step: str, environment: dict[str, str] | None = None) -> None:
    done = subprocess.run(  # noqa: S603
        command,
        env=environment if environment is None else {**_BASE_ENVIRONMENT, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ImageError(f"{step} failed:\n{done.stdout[-3000:]}")
