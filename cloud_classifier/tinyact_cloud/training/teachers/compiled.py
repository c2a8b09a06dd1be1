"""Run a torch network as a teacher, by OpenVINO: a torch teacher takes twice the time or more."""

import numpy as np
from numpy.typing import NDArray
import openvino as ov
import torch
from torch import nn

_OPTIONS = {
    # Whoever has more cores starts more processes: that scales better than threads.
    "INFERENCE_NUM_THREADS": 1,
    "PERFORMANCE_HINT": "LATENCY",
    # Where a processor has no bfloat16, OpenVINO stays with fp32.
    "INFERENCE_PRECISION_HINT": "bf16",
}


class Compiled:
    """A Teacher on one thread. Not thread-safe."""

    def __init__(self, name: str, network: nn.Module, frames: int, size: int) -> None:
        """Compile `network`.

        It takes uint8 [1, frames, size, size, 3] and returns features float32 [1, F] and logits
        float32 [1, L].
        """
        self.name, self.frames, self.size = name, frames, size
        shape = [1, frames, size, size, 3]
        example = torch.zeros(shape, dtype=torch.uint8)
        network = network.eval().requires_grad_(requires_grad=False)
        model = ov.convert_model(network, example_input=example, input=[ov.PartialShape(shape)])
        self.features, self.logits = (output.shape[1] for output in model.outputs)
        self._request = ov.compile_model(model, "CPU", _OPTIONS).create_infer_request()

    def look(self, clips: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return features float32 [N, F] and logits float32 [N, L] of clips, one after the other.

        Raises ValueError when they are not uint8 [N, frames, size, size, 3].
        """
        shape = (self.frames, self.size, self.size, 3)
        if clips.shape[1:] != shape or clips.dtype != np.uint8:
            raise ValueError(f"{self.name} looks at uint8 {shape}, not {clips.dtype} {clips.shape}")
        features = np.empty((len(clips), self.features), np.float32)
        logits = np.empty((len(clips), self.logits), np.float32)
        for index, clip in enumerate(clips):
            self._request.infer([clip[None]])
            features[index] = self._request.get_output_tensor(0).data[0]
            logits[index] = self._request.get_output_tensor(1).data[0]
        return features, logits
