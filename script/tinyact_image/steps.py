"""What the checks of both apps do."""

from collections.abc import Sequence
import json
import os
from pathlib import Path
import subprocess

from ruamel.yaml import YAML

from .root import enter
from .running import CheckError, Running

USER = 10001


def write_options(root: Path, options: dict[str, object]) -> None:
    """Write the options as the Supervisor does: readable by root alone."""
    file = root / "data/options.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(options), encoding="utf-8")
    file.chmod(0o600)


def runs_as_user(service: Running, program: str) -> None:
    """Raise CheckError unless `program` runs as the image's user alone."""
    status = Path(f"/proc/{service.process(program)}/status").read_text(encoding="ascii")
    lines = [line.split() for line in status.splitlines() if line.startswith(("Uid:", "Gid:"))]
    if any(set(numbers) != {str(USER)} for _, *numbers in lines):
        raise CheckError(f"{program} runs as {lines}")


def in_container(root: Path, environment: dict[str, str], command: Sequence[str]) -> None:
    """Run `command` as root beside the service, as the Supervisor runs backup_pre."""
    subprocess.run(enter(root, command), env=environment, check=True)  # noqa: S603


def memory_of(service: Running, program: str) -> int:
    """Return the mebibytes that `program` has in memory."""
    status = Path(f"/proc/{service.process(program)}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if "VmRSS" in line) // 1024


def restore(root: Path, app: Path, database: str) -> None:
    """Leave of /data what a backup of `app` holds, and give it to root, as the Supervisor does.

    Its `database` is one that was written to while it was copied.
    """
    config = YAML(typ="safe").load((app / "config.yaml").read_text(encoding="utf-8"))
    for path in sorted((root / "data/tinyact").rglob("*"), reverse=True):
        if any(path.match(pattern) for pattern in config["backup_exclude"]):
            path.unlink()
        else:
            os.chown(path, 0, 0)
    os.chown(root / "data/tinyact", 0, 0)
    (root / "data/tinyact" / database).write_bytes(b"torn")
