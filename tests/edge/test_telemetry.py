"""That what the programs are made of tells nobody of them."""

from pathlib import Path
import subprocess
import sys

import pytest

from .support import write_bundle

RUN = """
import sys
import {module}
import onnxruntime
onnxruntime.InferenceSession(sys.argv[1])
import openvino
openvino.Core()
"""


@pytest.mark.parametrize("module", ["tinyact_edge", "tinyact_cloud"])
def test_nothing_is_recorded_to_be_sent(tmp_path: Path, module: str) -> None:
    model = write_bundle(tmp_path / "bundle") / "head_rf.onnx"
    home = tmp_path / "home"
    home.mkdir()
    command = [sys.executable, "-c", RUN.format(module=module), str(model)]
    subprocess.run(command, env={"HOME": str(home)}, check=True)  # noqa: S603
    assert list(home.iterdir()) == []
