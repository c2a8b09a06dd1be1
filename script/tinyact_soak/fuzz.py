"""Ask a running edge for what its OpenAPI document allows and forbids, made up by schemathesis."""

import argparse
import json
from pathlib import Path
import re
import subprocess
import sys
import tempfile

from tests.edge.process import Process, running
from tests.edge.support import write_bundle

_SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
# Not that all that fits the schema is accepted: no schema says that a text must not be blank.
_CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "ignored_auth",
)
# What the edge says on purpose, while it waits for something, is no failure; it is documented, too.
_SETTINGS = '[checks]\nnot_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", "503"]\n'


def attack(edge: Process, folder: Path, seed: int, examples: int) -> str:
    """Try every operation; return what schemathesis said. Raises AssertionError with it."""
    document = edge.get("/openapi.json")
    (folder / "openapi.json").write_text(json.dumps(document))
    (folder / "schemathesis.toml").write_text(_SETTINGS)
    done = subprocess.run(  # noqa: S603
        [
            *(_SCHEMATHESIS, "run", "openapi.json", "--url", edge.url),
            *("--header", f"Authorization: Bearer {edge.token}"),
            *("--checks", ",".join(_CHECKS), "--phases", "coverage,fuzzing"),
            *("--max-examples", str(examples), "--seed", str(seed)),
            *("--generation-database", "none", "--no-color"),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    operations = sum(map(len, document["paths"].values()))
    if done.returncode or f"Tested: {operations}" not in done.stdout:
        raise AssertionError(done.stdout + done.stderr)
    return done.stdout


def resident_megabytes(edge: Process) -> float:
    """Return the memory of a running edge."""
    pages = int(Path(f"/proc/{edge.process.pid}/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def main() -> None:
    """Attack one edge again and again; tell its memory."""
    parser = argparse.ArgumentParser(prog="script/soak fuzz", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--examples", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with running(folder / "data", write_bundle(folder / "bundle")) as edge:
            print(f"start: {resident_megabytes(edge):.0f} MB")
            for seed in range(1, options.rounds + 1):
                said = attack(edge, folder, seed, options.examples)
                cases = re.findall(r"(\d+) generated", said)[-1]
                memory = resident_megabytes(edge)
                print(f"round {seed}: {cases} requests; {memory:.0f} MB", flush=True)


if __name__ == "__main__":
    main()
