"""Bad input over gRPC: refused with a clear status that names the field; the service lives on."""

from __future__ import annotations

import asyncio
import random
import socket
from typing import Any

import grpc
import grpc.aio
import pytest
from google.protobuf import message_factory

from acdcore.errors import InvalidArgument
from acdcore.rpc import codec
from acdcore.v1 import agent_service_pb2 as agents
from acdcore.v1 import figure_service_pb2 as figures
from acdcore.v1 import interaction_service_pb2 as interactions
from acdcore.v1 import queue_service_pb2 as queues
from bad_requests import BAD, INVALID, LONG, Enqueue
from metrics_page import page_of
from rpc_center import START_NS, Refusal, Running, blended_center, refusal, running, small_center


async def called(up: Running, method: str, data: bytes) -> Any:
    """Call a method, unary or streaming, with raw bytes."""
    if method.endswith("/WatchOffers"):
        return await up.channel.unary_stream(f"/acdcore.v1.{method}")(data, timeout=60).read()
    return await up.raw(method, data)


async def alive(up: Running) -> None:
    """The service still answers, and its state does not contradict itself."""
    await up.client.enqueue("stocks")
    await up.server.owner.read(lambda core, _: core.check_invariants())


async def test_every_kind_of_bad_request_is_refused_and_the_field_named() -> None:
    async with running() as up:
        await up.client.enqueue("loans", interaction_id="known")
        state = await up.server.owner.read(lambda core, _: core.state_hash())
        for method, request, code, reason, field in BAD:
            case = f"{method} {request!r:.200}"
            said = await refusal(called(up, method, request.SerializeToString()))
            assert (said.code, said.info.reason, said.field) == (code, reason, field), case
            assert said.violations == [field], case
            assert said.info.domain == "acdcore"
            assert field.partition("[")[0].partition(".")[0] in said.message, case
            assert said.message.isprintable()
            assert len(said.message) < 500, case
        assert await up.server.owner.read(lambda core, _: core.state_hash()) == state
        await alive(up)


def test_every_changing_method_and_every_kind_of_field_is_tried() -> None:
    tried = {method for method, *_ in BAD}
    all_methods = {
        f"{service.name}/{method.name}"
        for contract in (interactions, agents, queues, figures)
        for service in contract.DESCRIPTOR.services_by_name.values()
        for method in service.methods
    }
    assert all_methods - tried == {"FigureService/GetCenterFigures"}  # which has nothing to get wrong but its center


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (b"\x1a\x02\xff\xfe", "queue"),
        (b"\x1a\x05loans\x22\x01\x80", "interaction_id"),
        (b"\x0a\x02\xc3\x28", "center"),
        (b"\x1a\x03\xed\xa0\x80", "queue"),  # a surrogate, written as UTF-8 never is
        (b"\x1a\x05loans\x42\x03\x0a\x01\xff", "preferred_agent.agent"),
        (b"\x1a\x05loans\x5a\x05\x0a\x03\x0a\x01\xff", "requirement.requires.skill"),
    ],
)
async def test_text_that_is_not_utf8_is_refused_by_field(data: bytes, field: str) -> None:
    async with running() as up:
        said = await refusal(up.raw("InteractionService/EnqueueInteraction", data))
        assert (said.code, said.info.reason, said.field) == (INVALID, "INVALID_NAME", field)
        assert said.message == f"{field} is not UTF-8"
        await alive(up)


@pytest.mark.parametrize(
    "data", [b"\xff", b"\x1a\xff\xff\xff\xff\x0f", b"\x1a\x7fshort", b"\x0b\x0c\x0d", b"\x3a\x02\x08"]
)
async def test_bytes_that_are_no_message_are_refused(data: bytes) -> None:
    async with running() as up:
        for method in ("InteractionService/EnqueueInteraction", "AgentService/WatchOffers"):
            said = await refusal(called(up, method, data))
            assert (said.code, said.info.reason) == (INVALID, "MALFORMED")
            assert "acdcore.v1." in said.message
        await alive(up)


def test_a_fault_deeper_down_is_named_with_its_path() -> None:
    read = codec.reader(figures.ListQueueFiguresResponse)
    unreadable = read(b"\x0a\x03\x0a\x01\xff")
    assert isinstance(unreadable, codec.Unreadable)
    assert isinstance(unreadable.error, InvalidArgument)
    assert unreadable.error.field == "figures.queue"


async def test_giant_messages_are_refused_early() -> None:
    exhausted = grpc.StatusCode.RESOURCE_EXHAUSTED
    many = figures.ListQueueFiguresRequest(queues=["q"] * 100_000).SerializeToString()
    groups = Enqueue(queue="loans", requirement={"any_of": [{}] * 100_000}).SerializeToString()
    async with running() as up:
        giant = await refusal(
            up.raw("InteractionService/EnqueueInteraction", b"\x1a" + b"\x80\x80\x80\x05" + b"x" * (10 << 20))
        )
        assert giant.code == exhausted  # gRPC's own, before the message is read
        for data in (many, b"\x28\x01" * 100_000, Enqueue(queue="x" * 70_000).SerializeToString()):
            said = await refusal(up.raw("FigureService/ListQueueFigures", data))
            assert (said.code, said.info.reason) == (exhausted, "MESSAGE_TOO_LARGE")
            assert "65536" in said.message
        said = await refusal(up.raw("InteractionService/EnqueueInteraction", groups))
        assert (said.code, said.info.reason) == (exhausted, "MESSAGE_TOO_LARGE")
        await alive(up)


async def test_unknown_methods_and_services() -> None:
    async with running() as up:
        for method in ("AgentService/Dance", "DanceService/Dance"):
            assert (await refusal(up.raw(method, b""))).code == grpc.StatusCode.UNIMPLEMENTED
        await alive(up)


def speak(port: int, data: bytes) -> None:
    """Connect, say something that is no HTTP/2, wait for the other side to hang up."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(4096):
                pass
        except ConnectionError:
            pass


async def test_random_bytes_on_the_port_leave_the_service_alive() -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    rapid_resets = b"".join(
        b"\x00\x00\x00\x01\x05"
        + stream.to_bytes(4, "big")
        + b"\x00\x00\x04\x03\x00"
        + stream.to_bytes(4, "big")
        + b"\0\0\0\x08"
        for stream in range(1, 400, 2)
    )
    settings = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
    speeches = [
        b"",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        preface[:10],
        preface + b"\x00\x00\x08\x07",
        preface + settings + rapid_resets,
        preface + b"\xff\xff\xff" + b"\x00" * 64,
        *(rng.randbytes(rng.randrange(1, 4000)) for _ in range(20)),
        *(preface + settings + rng.randbytes(rng.randrange(1, 4000)) for _ in range(20)),
    ]
    async with running() as up:
        for speech in speeches:
            await asyncio.to_thread(speak, up.server.port, speech)
        await alive(up)


# ---------------------------------------------------------------------- anything at all

WORDS = (
    *("", "anna", "dora", "emil", "back", "front", "chats", "hunt", "auto", "night", "vip", "german", "loans", "call"),
    *("lunch", "i1", "i2", "i3", "o-100000001", "a-100000001", "a\0b", LONG, "from-2", "\u202e"),
)
LIKELY = {
    **dict.fromkeys(("agent", "direct_agent"), ("anna", "dora", "emil")),
    "queue": ("back", "front", "chats", "hunt", "auto", "night", "stocks"),
    "interaction_id": ("i1", "i2", "i3", "i4", ""),
    "skill": ("german", "loans", "stocks"),
    "tier": ("vip", "standard", ""),
}
"""What some fields hold most of the time, so that many requests get past the door."""
NUMBERS = (0, 1, -1, 2, 5, 100, 101, 999_999_999, 10**9, -(10**9), START_NS // 10**9, 2**31 - 1, -(2**31))
WIDE = (*NUMBERS, 2**32 + 5, 2**62, 2**63 - 1, -(2**63))


def anything(rng: random.Random, message: Any) -> Any:
    """Fill a message with whatever its fields can hold, half of them."""
    for field in message.DESCRIPTOR.fields:
        if rng.random() < 0.5 or field.name in ("center", "request_id"):
            continue
        if field.message_type is not None:
            if field.is_repeated:
                for _ in range(rng.randrange(4)):
                    anything(rng, getattr(message, field.name).add())
            else:
                part = getattr(message, field.name)
                part.SetInParent()
                anything(rng, part)
        elif field.is_repeated:
            getattr(message, field.name).extend(rng.choice(WORDS) for _ in range(rng.randrange(4)))
        elif field.type == field.TYPE_STRING:
            likely = LIKELY.get(field.name, WORDS) if rng.random() < 0.8 else WORDS
            setattr(message, field.name, rng.choice(likely))
        elif field.type == field.TYPE_BOOL:
            setattr(message, field.name, rng.random() < 0.5)
        elif field.type == field.TYPE_ENUM:
            setattr(message, field.name, rng.choice((0, 1, 2, 3, 4, 77, -1)))
        else:
            setattr(message, field.name, rng.choice(WIDE if field.type == field.TYPE_INT64 else NUMBERS))
    return message


async def test_whatever_a_request_holds_is_answered_or_refused() -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    contracts = (interactions, agents, queues, figures)
    methods = [
        method
        for contract in contracts
        for service in contract.DESCRIPTOR.services_by_name.values()
        for method in service.methods
        if not method.server_streaming
    ]
    answered = set()
    async with running(blended_center()) as up:
        for agent in ("anna", "dora", "emil"):
            await up.client.agent(agent).sign_in()
        for n in (1, 2, 3):
            await up.client.enqueue("back", interaction_id=f"i{n}")
        for _ in range(1500):
            method = rng.choice(methods)
            request = anything(rng, message_factory.GetMessageClass(method.input_type)())
            path = f"{method.containing_service.name}/{method.name}"
            try:
                await up.raw(path, request.SerializeToString())
                answered.add(path)
            except grpc.aio.AioRpcError as error:
                said = Refusal(error)
                assert said.info.reason not in ("", "INTERNAL"), f"{path} {request!r}: {said.message}"
            up.clock.move(rng.choice((0, 0, 0, 1, 30)))
        await up.server.owner.read(lambda core, _: core.check_invariants())
    assert len(answered) > len(methods) // 3


# ---------------------------------------------------------------------- ids that reach other people's formats

NASTY = """say "no" to {braces}, 'quotes', back\\slash, <b>, %s and ${x}"""


async def test_ordinary_and_nasty_but_printable_ids_are_welcome_everywhere() -> None:
    async with running() as up:
        for name in (NASTY, "Grüße 你好 ☎", "a", "x" * 128):
            call = await up.client.enqueue("stocks", interaction_id=name)
            assert call.interaction_id == name
            assert (await up.client.get_interaction(name)).interaction_id == name
            await up.client.cancel(name)
        said = await refusal(up.raw("InteractionService/EnqueueInteraction", Enqueue(queue=NASTY).SerializeToString()))
        assert said.info.metadata["value"] == NASTY


async def test_ids_are_escaped_in_metric_labels() -> None:
    router = small_center()
    router.define_queue(NASTY)
    async with running(router) as up:
        page = await page_of(up.server.center)
        assert {sample.labels["queue"] for sample in page.samples("acdcore_enqueued_total")} == {
            "stocks",
            "loans",
            NASTY,
        }
        assert all(line.startswith(("#", "acdcore_", "process_", "python_")) for line in page.text.splitlines())


async def test_what_is_refused_is_logged_and_answered_on_one_line() -> None:
    async with running() as up:
        evil = "x\r\nlevel=ERROR forged\u2028\u202e"
        said = await refusal(up.raw("InteractionService/EnqueueInteraction", Enqueue(queue=evil).SerializeToString()))
        assert said.field == "queue"
        assert said.info.metadata["value"] == "x\\r\\nlevel=ERROR forged\\u2028\\u202e"
        assert said.message.isprintable()
