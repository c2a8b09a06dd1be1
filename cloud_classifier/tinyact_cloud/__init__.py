"""TinyAct's classifier: name actions from latents, and learn to."""

from importlib.metadata import version
import os

__version__ = version("tinyact-cloud")

# ONNX Runtime's wheels report to their maker unless this is set before they are imported.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
