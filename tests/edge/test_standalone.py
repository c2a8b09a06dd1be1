"""What lies in deploy/home for those who have no Home Assistant apps."""

import json
from pathlib import Path
import re
import shlex
import shutil
import subprocess
import sys

from ruamel.yaml import YAML

from tinyact_cloud.__main__ import _parser as classifier_parser
from tinyact_edge.__main__ import _parser as edge_parser
from tinyact_edge.options import read_options

HOME = Path(__file__).parents[2] / "deploy/home"
UNIT = HOME / "tinyact-edge.service"


def verify(unit: Path) -> str:
    """Return what systemd itself finds wrong with a unit."""
    program = shutil.which("systemd-analyze") or "systemd-analyze"
    done = subprocess.run(  # noqa: S603
        [program, "verify", "--man=no", "--generators=no", unit],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    text = UNIT.read_text(encoding="utf-8")
    # Neither the program nor its user is on a machine that only runs tests.
    here = str(Path(sys.executable).with_name("tinyact-edge"))
    text = text.replace("/usr/local/bin/tinyact-edge", here).replace("User=tinyact\n", "")
    unit = tmp_path / UNIT.name
    unit.write_text(text, encoding="utf-8")
    assert verify(unit) == ""
    unit.write_text(text.replace("ProtectHome=", "ProtectHouse="), encoding="utf-8")
    assert "ProtectHouse" in verify(unit)


def test_commands_are_ours() -> None:
    [command] = re.findall(r"^ExecStart=(.+)$", UNIT.read_text(encoding="utf-8"), re.MULTILINE)
    assert edge_parser().parse_args(shlex.split(command)[1:]).data == "/var/lib/tinyact"
    services = YAML(typ="safe").load(HOME / "compose.yaml")["services"]
    for name, parser in (("edge", edge_parser), ("classifier", classifier_parser)):
        assert str(parser().parse_args(services[name]["entrypoint"][1:]).data) == "/data"


def test_compose_file_is_one_and_its_containers_may_do_little() -> None:
    checked = subprocess.run(  # noqa: S603
        [
            Path(sys.executable).with_name("check-jsonschema"),
            *("--builtin-schema", "vendor.compose-spec", HOME / "compose.yaml"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout
    for service in YAML(typ="safe").load(HOME / "compose.yaml")["services"].values():
        assert (service["user"], service["read_only"]) == ("10001:10001", True)
        assert service["cap_drop"] == ["ALL"]
        assert (HOME / service["build"] / "Dockerfile").exists()


def test_the_example_can_be_used() -> None:
    options = read_options(HOME / "edge.example.json", {})
    assert [camera.id for camera in options.cameras] == ["kitchen", "hall", "garden", "bedroom"]
    assert options.host == json.loads((HOME / "edge.example.json").read_text())["host"]
