"""The ports a server listens on, and why one of them cannot be had."""

from __future__ import annotations

import errno
import os
import socket
from typing import Final, Literal

from ..errors import shown

Listener = Literal["gRPC", "metrics"]
"""What listens: the service itself, or the page for Prometheus."""
_IN_USE: Final = "; choose another port, or 0 for a free one"


def address(host: str, port: int) -> str:
    """Return host and port as one text, an IPv6 host in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class ListenError(OSError):
    """A port that cannot be had. ``errno`` and ``strerror`` are the system's, for programs; its text is for people.

    Attributes:
        listener: whose port it is.
        address: host and port as they were asked for, printable.
    """

    def __init__(self, listener: Listener, host: str, port: int, cause: OSError) -> None:
        text = cause.strerror or str(cause)
        super().__init__(cause.errno or 0, text[:1].lower() + text[1:])
        self.listener: Listener = listener
        self.address = shown(address(host, port))

    def where(self) -> str:
        """Return what cannot be done, in one printable line."""
        return f"cannot listen on {self.address}{' for metrics' if self.listener == 'metrics' else ''}"

    def __str__(self) -> str:
        """Return it with its reason."""
        return f"{self.where()}: {shown(self.strerror)}{_IN_USE if self.errno == errno.EADDRINUSE else ''}"


def check_free(host: str, port: int) -> None:
    """Raise ListenError when gRPC cannot have a port, with the reason: gRPC only logs that, in words of its own."""
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            if os.name == "posix":  # as gRPC does: connections of a server before this one may still be closing
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(where)
            probe.listen(1)
    except OSError as error:
        raise ListenError("gRPC", host, port, error) from None
    except UnicodeError:  # an empty or too long part
        raise ListenError("gRPC", host, port, OSError("no name of a host")) from None
