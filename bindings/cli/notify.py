"""Tells the service manager that calls are answered: systemd's own protocol, one datagram."""

from __future__ import annotations

import logging
import os
import socket

log = logging.getLogger("acdcore.cli")


def tell_service_manager(state: str) -> bool:
    """Send a state such as ``READY=1`` to whoever started this process as a service; return whether somebody was told.

    Without ``NOTIFY_SOCKET`` in the environment nobody waits for it. Where sending fails the service manager gives up
    waiting by itself, so that a warning is all that is left to do.
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    if address.startswith("@"):  # Linux's sockets without a file
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            sender.connect(address)
            sender.sendall(state.encode())
    except OSError as error:
        log.warning("cannot tell the service manager %s: %s", state, error)
        return False
    return True
