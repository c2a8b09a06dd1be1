"""TinyAct's classifier: name actions from latents, and learn to."""

from importlib.metadata import version

__version__ = version("tinyact-cloud")
