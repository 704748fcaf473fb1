"""What is told of calls: their request ids, and log lines that never name a customer."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import re
import sys
import uuid
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest
from google.protobuf import message_factory
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message

from acdcore import AcdError, Client, InvalidArgument, NotFound
from acdcore.log_output import BURST
from acdcore.logs import EVENTS, FIELDS, TextFormatter, json_formatter
from acdcore.rpc.center import Center
from acdcore.rpc.services import services
from acdcore.v1 import agent_service_pb2 as agents
from acdcore.v1 import interaction_service_pb2 as interactions
from rpc_center import Running, refusal, running

ID = "0b5cf1a2-3c4d-4e5f-8a6b-7c8d9e0f1a2b"
KEY = "x-request-id"
SECRET = "Geheim+49170"
"""Part of everything that callers chose, or should not have sent."""
Enqueue = interactions.EnqueueInteractionRequest


def methods() -> list[MethodDescriptor]:
    """Every method of the contract."""
    return [method for service in services(_NO_CENTER) for method in service.methods]


class _NoCenter:
    """Enough of a center for services that answer nothing."""

    owner = None


_NO_CENTER: Any = _NoCenter()


def filled(message: Message, text: str, choice: int = 0) -> Message:
    """Fill every text of a message, those inside others too; ``choice`` says which of alternatives."""
    for field in message.DESCRIPTOR.fields:
        alternatives = field.containing_oneof.fields if field.containing_oneof else [field]
        if alternatives[choice % len(alternatives)] is not field:
            continue
        repeated = field.is_repeated
        value = getattr(message, field.name)
        if field.type == FieldDescriptor.TYPE_STRING:
            if field.name in ("center", "request_id"):
                continue
            if repeated:
                value.append(text)
            else:
                setattr(message, field.name, text)
        elif field.type == FieldDescriptor.TYPE_MESSAGE:
            if field.message_type is None or field.message_type.full_name.startswith("google.protobuf."):
                continue
            filled(value.add() if repeated else value, text, choice)
    return message


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Everything that was logged, in both formats and as an embedding program sees it."""
    formatters = (json_formatter(), TextFormatter(), logging.Formatter("%(name)s %(message)s"))
    return [formatter.format(one) for one in caplog.records for formatter in formatters]


@pytest.mark.parametrize("with_ids", [False, True])
async def test_no_text_that_a_caller_sends_is_logged(with_ids: bool, caplog: pytest.LogCaptureFixture) -> None:
    """Every method, every text of its request: too odd to be an id, or unknown to the center."""
    caplog.set_level("DEBUG", "acdcore")
    texts = (SECRET, f'{SECRET}"\n{{}}\u202e', f"{SECRET} x" * 50)
    async with running(log_ids=with_ids) as up:
        for method, text, choice in itertools.product(methods(), texts, (0, 1)):
            kind = message_factory.GetMessageClass(method.input_type)
            for request in (filled(kind(), text, choice), kind(center=text)):
                name = f"{method.containing_service.name}/{method.name}"
                if request.ByteSize():
                    assert (await refusal(up.raw(name, request.SerializeToString()))).info.reason != "INTERNAL"
    told = lines(caplog)
    named = {one.msg["method"].rpartition("/")[2] for one in caplog.records if isinstance(one.msg, dict)}
    assert named == {one.name for one in methods()}
    assert len(caplog.records) > 10 * len(methods())
    assert all(one.isprintable() for one in told)
    if not with_ids:
        assert not [one for one in told if SECRET in one]
    for one in caplog.records:  # with ids: under their own keys, nowhere else
        facts = json.loads(json_formatter().format(one))
        assert {key for key, value in facts.items() if SECRET in str(value)} <= {
            "interaction_id",
            "agent",
            "offer_id",
            "assignment_id",
        }


async def lived(up: Running) -> None:
    """A customer comes, is served, is moved, is lost; whatever callers may choose is secret."""
    call = f"{SECRET} call"
    anna = up.client.agent("anna")
    await anna.sign_in()
    await up.client.enqueue("stocks", interaction_id=call, customer_id=f"{SECRET} customer", tier="vip")
    async for offer in anna.offers():
        assignment = await offer.accept()
        await anna.get()
        await assignment.complete()
        break
    await up.client.get_interaction(call)
    await up.client.enqueue("loans", customer_id=f"{SECRET} customer")
    await anna.sign_out(force=True)
    with pytest.raises(AcdError):
        await up.client.cancel(call)
    with pytest.raises(NotFound):
        await up.client.agent(f"{SECRET} agent").sign_in()


async def test_no_customer_and_no_id_that_a_caller_chose_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "acdcore")
    async with running() as up:
        await lived(up)
    told = lines(caplog)
    assert len(told) > 20
    assert not [one for one in told if SECRET in one or "anna" in one or "127.0.0.1" in one]
    facts = [json.loads(json_formatter().format(one)) for one in caplog.records]
    of_ours = [one for one in facts if re.fullmatch("i-[0-9a-f]{32}", one.get("interaction_id", ""))]
    assert [one["method"].rpartition("/")[2] for one in of_ours] == ["EnqueueInteraction"]  # nobody had named that one
    assert [one["queue"] for one in facts if one.get("queue")] == ["stocks", "loans"]


async def test_with_log_ids_interactions_and_agents_are_named_and_customers_still_are_not(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG", "acdcore")
    async with running(log_ids=True) as up:
        await lived(up)
    facts = [json.loads(json_formatter().format(one)) for one in caplog.records]
    assert {one["interaction_id"] for one in facts if "Cancel" in one["method"]} == {f"{SECRET} call"}
    assert {one.get("agent") for one in facts} >= {"anna", f"{SECRET} agent"}
    assert all(re.search(r"127\.0\.0\.1", one["peer"]) for one in facts)
    assert not [one for one in lines(caplog) if "customer" in one]


async def test_a_whole_call_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "acdcore")
    async with running() as up:
        await up.client.enqueue("stocks", request_id=ID)
    [one] = caplog.records
    facts = json.loads(json_formatter().format(one))
    assert list(facts) == [key for key in FIELDS if key in facts]
    assert 0 < facts.pop("duration_s") < 60
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", facts.pop("time"))
    assert re.fullmatch("i-[0-9a-f]{32}", facts.pop("interaction_id"))
    assert facts == {
        "level": "debug",
        "logger": "acdcore.rpc",
        "event": "answered",
        "center": "bank",
        "method": "acdcore.v1.InteractionService/EnqueueInteraction",
        "code": "OK",
        "queue": "stocks",
        "request_id": ID,
    }


async def test_a_fault_of_ours_is_logged_with_its_place_and_not_its_text(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError(SECRET)

    monkeypatch.setattr(Center, "check", broken)
    async with running() as up:
        said = await refusal(up.raw("AgentService/GetAgent", b""))
    assert (said.info.reason, SECRET in said.message) == ("INTERNAL", False)
    [one] = [one for one in caplog.records if one.name == "acdcore.rpc"]
    facts = json.loads(json_formatter().format(one))
    assert (facts["level"], facts["event"], facts["exception"]) == ("error", "failed", "KeyError")
    assert facts["traceback"][-1].endswith("in broken")
    assert not [line for line in lines(caplog) if SECRET in line]


async def test_troubles_of_the_server_are_warnings(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "acdcore")
    async with running(inbox_limit=0) as up:
        await refusal(up.raw("AgentService/GetAgent", b""))
        await refusal(up.raw("AgentService/GetAgent", b"\xff"))
    told = [(one.levelname, one.msg["reason"]) for one in caplog.records if isinstance(one.msg, dict)]
    assert told == [("WARNING", "INBOX_FULL"), ("INFO", "MALFORMED")]


# ---------------------------------------------------------------------- request ids


async def trailing_id(call: Any) -> str:
    """The request id behind an answer or a refusal."""
    try:
        await call
        trailing = await call.trailing_metadata()
    except grpc.aio.AioRpcError as error:
        trailing = error.trailing_metadata()
    [found] = [value for key, value in trailing or () if key == KEY]
    return str(found)


def asked(up: Running, method: str, request: Message, *given: str) -> Any:
    """Call a method with request ids in its metadata."""
    call = up.channel.unary_unary(f"/acdcore.v1.{method}")
    return call(request.SerializeToString(), metadata=tuple((KEY, one) for one in given), timeout=60)


OTHER = "ffffffff-0000-4000-8000-000000000001"


@pytest.mark.parametrize(
    ("request_id", "metadata", "answered"),
    [
        (ID, (), ID),
        (ID.upper(), (), ID),
        (ID.replace("-", ""), (), ID),
        (ID, (OTHER,), ID),
        ("", (OTHER,), OTHER),
        ("", (OTHER.replace("-", ""),), OTHER),
        ("", (), None),
        ("", ("+49 170 1234567",), None),
        ("", ("00000000-0000-0000-0000-000000000000",), None),
        ("", ("x" * 2000,), None),
        ("", ("no uuid", OTHER), OTHER),
        ("not an id", (OTHER,), OTHER),
        ("not an id", (), None),
    ],
)
async def test_the_request_id_of_an_answer(request_id: str, metadata: tuple[str, ...], answered: str | None) -> None:
    async with running() as up:
        request = Enqueue(queue="stocks", request_id=request_id)
        found = await trailing_id(asked(up, "InteractionService/EnqueueInteraction", request, *metadata))
    assert str(uuid.UUID(found)) == found
    if answered is None:
        assert found not in (ID, OTHER)
    else:
        assert found == answered


async def test_refusals_and_reads_and_streams_have_one_too(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "acdcore")
    async with running() as up:
        refused = asked(up, "InteractionService/GetInteraction", interactions.GetInteractionRequest(), OTHER)
        assert await trailing_id(refused) == OTHER
        read = asked(up, "AgentService/GetAgent", agents.GetAgentRequest(agent="anna"))
        read_id = await trailing_id(read)
        stream = up.channel.unary_stream("/acdcore.v1.AgentService/WatchOffers")(
            agents.WatchOffersRequest(agent="nobody").SerializeToString(), metadata=((KEY, ID),)
        )
        with pytest.raises(grpc.aio.AioRpcError):
            await stream.read()
        assert (KEY, ID) in tuple(await stream.trailing_metadata())
    assert [one.msg["request_id"] for one in caplog.records if isinstance(one.msg, dict)] == [OTHER, read_id, ID]


async def test_the_client_notes_the_request_id_of_a_refusal() -> None:
    async with running() as up:
        with pytest.raises(NotFound) as caught:
            await up.client.enqueue("nowhere", request_id=ID)
        assert caught.value.__notes__ == [f"x-request-id: {ID}"]
        with pytest.raises(InvalidArgument) as caught_too:
            await up.client.agent("anna\n").get()
        [note] = caught_too.value.__notes__
        assert str(uuid.UUID(note.removeprefix("x-request-id: "))) in note


# ---------------------------------------------------------------------- served


@pytest.mark.plain
async def test_the_log_of_a_served_center(tmp_path: Path) -> None:
    path = tmp_path / "center.yaml"
    path.write_text('center: "[red]{c}"\nqueues: {"q \\"u\\" {e}": {plan: [{}]}}\nagents: {anna: {}}\n')
    options = ("--volatile", "--port", "0", "--no-metrics", "--log-format", "json", "--log-level", "debug")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "acdcore.cli", "serve", str(path), *options),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        said = (await process.stdout.readline()).decode()
        port = re.search(r"on 127\.0\.0\.1:(\d+)", said)
        assert port, said
        async with Client(f"127.0.0.1:{port[1]}") as client:
            await client.enqueue('q "u" {e}', request_id=ID, customer_id=SECRET, interaction_id=SECRET)
            for _ in range(BURST + 7):
                with pytest.raises(NotFound):
                    await client.enqueue("nowhere", interaction_id=SECRET)
            await client.close_queue('q "u" {e}')
    finally:
        if process.returncode is None:
            process.terminate()
        _, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0
    text = err.decode()
    assert SECRET not in text
    told = [json.loads(line) for line in text.splitlines()]
    assert [one["event"] for one in told] == [
        "volatile",
        "serving",
        "answered",
        *["refused"] * BURST,
        "queue_closed",
        "answered",
        "stopping",
        "stopped",
        "left_out",
    ]
    assert all(set(one) <= set(FIELDS) and one["event"] in EVENTS for one in told)
    assert [one["time"] for one in told[:-1]] == sorted(one["time"] for one in told[:-1])
    assert {one.get("center") for one in told} == {"[red]{c}"}
    told = told[1:]
    assert (told[0]["address"], told[1]["request_id"], told[1]["queue"]) == (f"127.0.0.1:{port[1]}", ID, 'q "u" {e}')
    assert (told[-3]["signal"], told[-1]["left_out"], told[-1]["of"]) == ("SIGTERM", 7, "refused")
