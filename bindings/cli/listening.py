"""Why a server could not listen, and which option is the way out."""

from __future__ import annotations

import errno
import socket

from ..errors import shown


def why_not_listening(host: str, port: int, metrics_port: int | None) -> str:
    """Return in one printable line why a port cannot be had, and the options that help; empty when all can be had.

    The system is asked again: gRPC only says that it failed. ``metrics_port`` None: no page is wanted.
    """
    wanted = [(port, "--port", "")]
    if metrics_port is not None:
        wanted.append((metrics_port, "--metrics-port", ", or --no-metrics"))
    for number, option, other in wanted:
        error = _refusal(host, number)
        if error is None:
            continue
        where = f"cannot listen on {f'[{shown(host)}]' if ':' in host else shown(host)}:{number}"
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            why = "the port is in use" if error.errno == errno.EADDRINUSE else "the port is not for everybody"
            return f"{where}: {why}; allowed: {option} N, or {option} 0 for a free one{other}"
        return f"{where}: {shown(error.strerror or error)}; allowed: --host with an address of this machine"
    return ""


def _refusal(host: str, port: int) -> OSError | None:
    """Return what the system says to listening there, None when it allows it."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: no wait for old connections
            tried.bind(address)
            tried.listen(1)
    except OSError as error:
        return error
    except UnicodeError:  # a host name with an empty or too long part
        return OSError("is no name of a host")
    return None
