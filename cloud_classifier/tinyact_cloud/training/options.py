"""What the sub-commands of tinyact-train have in common: their options, and errors for people."""

import argparse
import json
import os
from pathlib import Path
from typing import Any


class UserError(Exception):
    """Something the user can mend; the message says how."""


def add_common(parser: argparse.ArgumentParser, *, defaults: bool) -> None:
    """Add the options that stand before or after a sub-command's name.

    Only the parser of the whole command gives `defaults`: a sub-command's would undo what was said
    before its name.
    """

    def default(value: Any) -> Any:
        return value if defaults else argparse.SUPPRESS

    add = parser.add_argument
    add("--data", type=Path, default=default(None), help="the data folder (default: $TINYACT_DATA)")
    add("--work", type=Path, default=default(Path("runs")), help="where results are kept")
    add("--seed", type=int, default=default(0))


def data_folder(options: argparse.Namespace) -> Path:
    """Return the data folder that the user means. Raises UserError."""
    chosen = options.data or os.environ.get("TINYACT_DATA")
    if not chosen or not Path(chosen).is_dir():
        raise UserError("Where is the data? Give --data FOLDER or set TINYACT_DATA.")
    return Path(chosen)


def landmarks_folder(options: argparse.Namespace) -> Path:
    """Return where `prepare` keeps what it saw."""
    work: Path = options.work
    return work / "landmarks"


def run_folder(options: argparse.Namespace) -> Path:
    """Return the folder of the run that the user names."""
    folder: Path = options.work / options.run
    return folder


def run_settings(run: Path) -> dict[str, Any]:
    """Return what a run was trained with. Raises UserError."""
    return _read(run / "run.json", f"There is no run {run}: tinyact-train train {run.name} first.")


def run_results(run: Path) -> dict[str, Any]:
    """Return what was measured of a run. Raises UserError."""
    return _read(run / "results.json", f"{run} is not measured: tinyact-train evaluate {run.name}")


def _read(path: Path, remedy: str) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text())
    except FileNotFoundError as error:
        raise UserError(remedy) from error
    return content
