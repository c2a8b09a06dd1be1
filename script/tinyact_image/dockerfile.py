"""Read a Dockerfile: as much of it as the apps' have, and a refusal of everything else."""

from dataclasses import dataclass, field
from pathlib import Path
import re

# What changes files or the environment is done; the others only tell a container engine something.
_DONE = frozenset({"ARG", "COPY", "ENV", "RUN", "WORKDIR"})
_TOLD = frozenset({"EXPOSE", "HEALTHCHECK", "LABEL"})


class DockerfileError(Exception):
    """A Dockerfile that is not understood; the message names the line."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction, its continued lines joined."""

    name: str
    text: str


@dataclass(slots=True)
class Stage:
    """A stage of a build: what it begins with, and what is done then."""

    base: str
    name: str | None
    instructions: list[Instruction] = field(default_factory=list)


def read(path: Path) -> list[Stage]:
    """Return the stages of a Dockerfile. Raises DockerfileError."""
    stages: list[Stage] = []
    for line in _logical_lines(path.read_text(encoding="utf-8")):
        name, _, text = line.partition(" ")
        name, text = name.upper(), text.strip()
        if name == "FROM":
            stages.append(_stage(text))
        elif not stages or name not in _DONE | _TOLD:
            raise DockerfileError(f"{path}: this script does not know how to do {line!r}.")
        elif name in _DONE:
            stages[-1].instructions.append(Instruction(name, text))
    if not stages:
        raise DockerfileError(f"{path} has no FROM.")
    return stages


def substitute(text: str, variables: dict[str, str]) -> str:
    """Put the values of $NAME and ${NAME} in, as a builder does."""
    return re.sub(
        r"\$(?:\{(\w+)\}|(\w+))",
        lambda found: variables.get(found[1] or found[2], ""),
        text,
    )


def _stage(text: str) -> Stage:
    matched = re.fullmatch(r"(\S+)(?:\s+[Aa][Ss]\s+(\S+))?", text)
    if not matched:
        raise DockerfileError(f"FROM {text!r} is not understood.")
    return Stage(matched[1], matched[2])


def _logical_lines(text: str) -> list[str]:
    """Return the instructions, without comments and joined where a line ends in a backslash."""
    lines: list[str] = []
    goes_on = False
    for line in text.splitlines():
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        part = stripped.removesuffix("\\").rstrip()
        if goes_on:
            lines[-1] += f" {part}"
        else:
            lines.append(part)
        goes_on = stripped.endswith("\\")
    return lines
