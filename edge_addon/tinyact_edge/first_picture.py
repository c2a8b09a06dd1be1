"""A process of its own that looks at one camera: its address on stdin, a picture on stdout.

Nothing else can be ended at once that waits for a camera, and nothing else survives a stream that
is made to break decoders. probe.py starts it: python -m tinyact_edge.first_picture
"""

import json
import sys

from .snapshot import jpeg
from .source import SourceError, open_video, parse_source, rgb

REFUSED = 3  # the status when stdout tells, as JSON, why there is no picture
# Seconds for a connection, and for data.
_OPENING, _READING = 6.0, 5.0
_LONGEST = 640


def main() -> int:
    """Look, and tell."""
    source = parse_source(sys.stdin.read())
    try:
        with open_video(source, _OPENING, _READING) as video:
            # Without any, it raises an error.
            frame, _ = next(video.frames())
            content = jpeg(rgb(frame, _LONGEST))
    except SourceError as error:
        sys.stdout.write(json.dumps({"reason": error.reason, "detail": str(error)}))
        return REFUSED
    sys.stdout.buffer.write(content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
