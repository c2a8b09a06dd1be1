"""TinyAct's classifier: name actions from latents, and learn to."""

from importlib.metadata import version
import os
import sys
from typing import Any

__version__ = version("tinyact-cloud")

# Nothing is told to anybody: unless this is done before they are imported, ONNX Runtime reports to
# its maker, and OpenVINO, in training, each import to Google Analytics.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
_modules: dict[str, Any] = sys.modules
_modules["openvino_telemetry"] = None  # what cannot be imported, OpenVINO goes without
