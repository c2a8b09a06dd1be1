"""TinyAct at the edge: cameras in, named actions out."""

import os
import sys
from typing import Any

# Nothing leaves the house: unless this is done before they are imported, ONNX Runtime reports to
# its maker, and OpenVINO each import to Google Analytics.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
_modules: dict[str, Any] = sys.modules
_modules["openvino_telemetry"] = None  # what cannot be imported, OpenVINO goes without
