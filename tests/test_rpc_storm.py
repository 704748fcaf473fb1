"""A storm: everybody's client calls at the same moment. Whatever cannot be taken is told so, nothing is dropped."""

from __future__ import annotations

import asyncio

from acdcore.errors import Unavailable
from acdcore.rpc.owner import INBOX_LIMIT
from acdcore.rpc.server import OPTIONS
from rpc_center import running

CALLS = 3_000
"""gRPC by itself drops some of the calls above the thousandth, and all above three thousand, with CANCELLED."""


async def test_thousands_of_calls_at_once_are_all_answered() -> None:
    async with running() as up:
        answers = await asyncio.gather(*(up.client.center_figures() for _ in range(CALLS)), return_exceptions=True)
        refused = {type(answer) for answer in answers if isinstance(answer, BaseException)}
        assert refused <= {Unavailable}, "a client may repeat what was refused so, and nothing else"


def test_grpc_itself_holds_more_than_the_inbox() -> None:
    """So that it is the inbox that refuses, with a reason and so that clients repeat."""
    limits: list[object] = [value for name, value in OPTIONS if name.startswith("grpc.server.max_pending_requests")]
    assert len(limits) == 2
    assert all(isinstance(value, int) and value > INBOX_LIMIT for value in limits)
