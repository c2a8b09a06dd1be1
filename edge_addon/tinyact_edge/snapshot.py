"""Make JPEGs: of a camera's picture, and of the one that confirmed an action."""

from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from .clip import Box  # which would load what nobody needs who looks at one picture

_QUALITY = 85
# A box around joints cuts hands, feet and the top of the head off: it is drawn this much wider.
_MARGIN = 0.12
_COLOUR = (255, 200, 0)


def jpeg(image: NDArray[np.uint8]) -> bytes:
    """Return `image`, uint8 [H, W, 3] RGB, as JPEG."""
    ordered = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    _, content = cv2.imencode(".jpg", ordered, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return content.tobytes()


def with_box(image: NDArray[np.uint8], box: "Box", scale: float) -> NDArray[np.uint8]:
    """Return a copy of `image`, as for `jpeg`, with a thin frame around `scale` times `box`."""
    height, width = image.shape[:2]
    left, top, right, bottom = (side * scale for side in box)
    wider = _MARGIN * max(right - left, bottom - top)
    corners = np.rint([[left - wider, top - wider], [right + wider, bottom + wider]])
    low, high = np.clip(corners, 0, [width - 1, height - 1]).astype(int).tolist()
    marked = image.copy()
    line = max(1, round(height / 360))
    cv2.rectangle(marked, low, high, _COLOUR, line, cv2.LINE_AA)
    return marked
