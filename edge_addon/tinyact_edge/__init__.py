"""TinyAct at the edge: cameras in, named actions out."""

import os

# ONNX Runtime's wheels report to their maker unless this is set before they are imported.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
