"""Which option is the way out when a server could not listen."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Final

from ..errors import shown

if TYPE_CHECKING:
    from ..rpc.ports import ListenError

_REASONS: Final = {errno.EADDRINUSE: "the port is in use", errno.EACCES: "the port is not for everybody"}
_OPTIONS: Final = {
    "gRPC": "--port N, or --port 0 for a free one",
    "metrics": "--metrics-port N, or --metrics-port 0 for a free one, or --no-metrics",
}


def why_not_listening(error: ListenError) -> str:
    """Return in one printable line why a port cannot be had, and the options that help."""
    reason = _REASONS.get(error.errno or 0)
    if reason is None:
        return f"{error.where()}: {shown(error.strerror)}; allowed: --host with an address of this machine"
    return f"{error.where()}: {reason}; allowed: {_OPTIONS[error.listener]}"
