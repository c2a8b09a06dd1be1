"""What teaching has to tell people: in English, and as a code that programs translate."""

from dataclasses import dataclass, field
from typing import Any

# The codes, and the parameters of each, are part of the interface (docs/classifier-api.md).


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing to be told: its English `text`, and what other languages are made from."""

    text: str
    code: str
    params: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return code and parameters, as JSON can hold them."""
        return {"code": self.code, "params": dict(self.params)}


class TeachingError(ValueError):
    """Teaching that cannot be learnt from; the message says what to do.

    `reason` is that as a remark, None for what no household has done and only a program mends.
    """

    def __init__(self, text: str, code: str | None = None, **params: Any) -> None:
        """Say why; `code` and `params` are those of the remark."""
        super().__init__(text)
        self.reason = Remark(text, code, params) if code else None
