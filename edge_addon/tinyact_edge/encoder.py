"""Turn clips into latents: the bundle's 3D encoder, run by OpenVINO."""

import numpy as np
from numpy.typing import NDArray
import openvino as ov

from .bundle import Bundle, BundleError
from .figures import N_FIGURES

OPTIONS = {
    "INFERENCE_NUM_THREADS": 1,
    "PERFORMANCE_HINT": "LATENCY",
    # What is not int8 stays fp32: switching to bf16 in between costs more than it saves.
    "INFERENCE_PRECISION_HINT": "f32",
}


class Encoder:
    """The compiled encoder of a bundle. One thread; not thread-safe."""

    def __init__(self, bundle: Bundle) -> None:
        """Compile the int8 encoder where the bundle has one. Raises BundleError."""
        self._spec = bundle.clip
        self._latent_size = bundle.latent_size
        # One clip at a time: several at once are no quicker on one thread, and a number of clips
        # that may vary is half as slow again.
        shape = (1, self._spec.frames, self._spec.height, self._spec.width, self._spec.channels)
        try:
            model = ov.Core().read_model(bundle.encoder)
            if not model.input("clip").partial_shape.compatible(ov.PartialShape(list(shape))):
                raise BundleError(f"{bundle.encoder} is no encoder of {shape[1:]} clips.")
            shapes = {"clip": ov.PartialShape(list(shape))}
            self._takes_figures = len(model.inputs) > 1
            if self._takes_figures:
                shapes["figures"] = ov.PartialShape([1, N_FIGURES])
            model.reshape(shapes)
            self._request = ov.compile_model(model, "CPU", OPTIONS).create_infer_request()
            # What is written into the engine's own memory need not be handed over.
            self._inputs = {name: self._request.get_tensor(name).data for name in shapes}
            size = model.output("latent").partial_shape[1]
        except RuntimeError as error:
            raise BundleError(f"{bundle.encoder} is no encoder of {shape[1:]} clips.") from error
        if size != bundle.latent_size:
            raise BundleError(f"{bundle.encoder} makes {size} numbers, not {bundle.latent_size}.")

    def encode(
        self, clips: NDArray[np.uint8], figures: NDArray[np.float32] | None = None
    ) -> NDArray[np.float32]:
        """Return latents float32 [N, 1024] of clips uint8 [N, T, H, W, 3].

        Their `figures`, float32 [N, 60], become part of the latents if the encoder is made so; it
        raises ValueError then when there are none.
        """
        if self._takes_figures and (figures is None or figures.shape != (len(clips), N_FIGURES)):
            raise ValueError(f"this encoder needs {N_FIGURES} figures of each clip")
        latents = np.empty((len(clips), self._latent_size), np.float32)
        for row, clip in enumerate(clips):
            self._inputs["clip"][0] = clip
            if self._takes_figures and figures is not None:
                self._inputs["figures"][0] = figures[row]
            self._request.infer(share_outputs=True)
            latents[row] = self._request.get_tensor("latent").data[0]
        return latents
