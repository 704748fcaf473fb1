"""The behavior suite through gRPC: the same tables, a real server, every refusal by its reason on the wire."""

from __future__ import annotations

import uuid
from functools import partial
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest

import tables
from acdcore.commands import handle_id
from acdcore.errors import AcdError
from acdcore.router import Cause, Command, Core, Event, Presence, Result
from acdcore.router.codes import MAX_PRIORITY
from acdcore.rpc.clock import ManualClock
from acdcore.rpc.server import Server
from acdcore.v1 import agent_service_pb2 as agents
from acdcore.v1 import agent_service_pb2_grpc as agents_grpc
from acdcore.v1 import common_pb2 as common
from acdcore.v1 import interaction_service_pb2 as interactions
from acdcore.v1 import interaction_service_pb2_grpc as interactions_grpc
from acdcore.v1 import queue_service_pb2 as queues
from acdcore.v1 import queue_service_pb2_grpc as queues_grpc
from acdcore.v1 import work_pb2 as work
from rpc_center import Refusal

PATHS = [path for path in sorted(tables.TABLES.glob("*.txt")) if path.stem != "resume"]
"""All tables but that of RESUME: no request asks for it, and before whatever is asked the door fires what is due."""
LATEST_NS = 10**15
NOT_ON_THE_WIRE = {Result.MALFORMED, Result.TIME_ABSURD, Result.TIME_BACKWARDS}
"""The door keeps the time and makes the commands: no request can ask for these."""


class Wire:
    """Turns the lines of a table into calls."""

    def __init__(self, channel: grpc.aio.Channel, names: tables.Names) -> None:
        self.names = names
        self.agents = agents_grpc.AgentServiceStub(channel)
        self.interactions = interactions_grpc.InteractionServiceStub(channel)
        self.queues = queues_grpc.QueueServiceStub(channel)

    async def call(self, step: tables.Step) -> None:
        name, *arguments = step.words
        request: dict[str, Any] = {}
        if "id" in step.options:
            request["request_id"] = str(uuid.UUID(int=int(step.options["id"])))
        if name == "enqueue" and (wanted := requirement(step)) is not None:
            request["requirement"] = wanted
        await getattr(self, f"_{name}")(arguments, step.options, request)

    def _id(self, prefix: str, name: str) -> str:
        return handle_id(prefix, self.names.handle(name))

    async def _enqueue(self, arguments: list[str], options: dict[str, str], request: dict[str, Any]) -> None:
        name, queue, tier = arguments[:3]
        message = interactions.EnqueueInteractionRequest(queue=queue, tier=tier, **request)
        if name != "-":
            message.interaction_id = name
        if "since" in options:
            message.since_time.FromNanoseconds(tables.value_ns(options["since"]))
        if "start" in options:
            message.start_time.FromNanoseconds(tables.value_ns(options["start"]))
        message.customer_id = options.get("customer", "")
        self._for_whom(message, arguments, options)
        await self.interactions.EnqueueInteraction(message)

    async def _move(self, arguments: list[str], options: dict[str, str], request: dict[str, Any]) -> None:
        message = interactions.MoveInteractionRequest(interaction_id=arguments[0], queue=arguments[1], **request)
        self._for_whom(message, arguments, options)
        await self.interactions.MoveInteraction(message)

    @staticmethod
    def _for_whom(message: Any, arguments: list[str], options: dict[str, str]) -> None:
        if "priority" in options:
            message.priority = int(options["priority"])
        if "direct" in arguments:
            message.direct_agent = options["agent"]
        elif "agent" in options:
            message.preferred_agent.agent = options["agent"]
            message.preferred_agent.preferred_for.FromNanoseconds(tables.value_ns(options.get("for", "0")))

    async def _set_priority(self, arguments: list[str], _: dict[str, str], request: dict[str, Any]) -> None:
        message = interactions.SetInteractionPriorityRequest(interaction_id=arguments[0], **request)
        if arguments[1:] not in ([], ["default"]):
            message.priority = int(arguments[1])
        await self.interactions.SetInteractionPriority(message)

    async def _hold(self, arguments: list[str], options: dict[str, str], request: dict[str, Any]) -> None:
        message = interactions.HoldInteractionRequest(interaction_id=arguments[0], **request)
        message.hold_for.FromNanoseconds(tables.value_ns(options.get("for", "0")))
        await self.interactions.HoldInteraction(message)

    async def _release(self, arguments: list[str], _: dict[str, str], request: dict[str, Any]) -> None:
        message = interactions.ReleaseInteractionRequest(interaction_id=arguments[0], **request)
        await self.interactions.ReleaseInteraction(message)

    async def _fail(self, arguments: list[str], _: dict[str, str], request: dict[str, Any]) -> None:
        assignment_id = self._id("a", arguments[0])
        await self.interactions.FailAssignment(
            interactions.FailAssignmentRequest(assignment_id=assignment_id, **request)
        )

    async def _open(self, arguments: list[str], _: dict[str, str], request: dict[str, Any]) -> None:
        await self.queues.OpenQueue(queues.OpenQueueRequest(queue=arguments[0], **request))

    async def _close(self, arguments: list[str], _: dict[str, str], request: dict[str, Any]) -> None:
        turn_away = "force" in arguments
        await self.queues.CloseQueue(queues.CloseQueueRequest(queue=arguments[0], turn_away=turn_away, **request))

    def _end(self, arguments: list[str], request: dict[str, Any]) -> dict[str, Any]:
        if len(arguments) > 1:
            request["cause"] = common.Cause.Value(f"CAUSE_{arguments[1].upper().replace('NONE', 'EXPIRED')}")
        return request | {"interaction_id": arguments[0]}

    async def _cancel(self, arguments: list[str], _: dict[str, str], request: dict[str, Any]) -> None:
        await self.interactions.CancelInteraction(
            interactions.CancelInteractionRequest(**self._end(arguments, request))
        )

    async def _complete(self, arguments: list[str], _: dict[str, str], request: dict[str, Any]) -> None:
        await self.interactions.CompleteInteraction(
            interactions.CompleteInteractionRequest(**self._end(arguments, request))
        )

    async def _wrapped(self, arguments: list[str], _: dict[str, str], request: dict[str, Any]) -> None:
        assignment_id = self._id("a", arguments[0])
        await self.agents.EndWrapUp(agents.EndWrapUpRequest(assignment_id=assignment_id, **request))

    async def _accept(self, arguments: list[str], options: dict[str, str], request: dict[str, Any]) -> None:
        request |= {"offer_id": self._id("o", arguments[0]), "agent": options.get("by", "")}
        await self.agents.AcceptOffer(agents.AcceptOfferRequest(**request))

    async def _decline(self, arguments: list[str], options: dict[str, str], request: dict[str, Any]) -> None:
        request |= {"offer_id": self._id("o", arguments[0]), "agent": options.get("by", "")}
        message = agents.DeclineOfferRequest(failed="failed" in arguments, **request)
        if "retry" in options:
            message.retry_after.FromNanoseconds(tables.value_ns(options["retry"]))
        await self.agents.DeclineOffer(message)

    async def _renew(self, arguments: list[str], _: dict[str, str], request: dict[str, Any]) -> None:
        await self.agents.Heartbeat(agents.HeartbeatRequest(agent=arguments[0], **request))

    @staticmethod
    def _chosen(arguments: list[str], request: dict[str, Any]) -> dict[str, Any]:
        agent, presence, *reason = (*arguments, "available") if len(arguments) == 1 else arguments
        request |= {"agent": agent, "presence": common.Presence.Value(f"PRESENCE_{presence.upper()}")}
        return request | ({"reason": reason[0]} if reason else {})

    async def _sign_in(self, arguments: list[str], _: dict[str, str], request: dict[str, Any]) -> None:
        await self.agents.SignIn(agents.SignInRequest(**self._chosen(arguments, request)))

    async def _presence(self, arguments: list[str], options: dict[str, str], request: dict[str, Any]) -> None:
        if arguments[1:] == ["offline", "force"]:
            await self.agents.SignOut(agents.SignOutRequest(agent=arguments[0], force=True, **request))
            return
        if arguments[1] == "draining":
            request["next_presence"] = common.Presence.Value(f"PRESENCE_{options.get('after', 'offline').upper()}")
        await self.agents.SetPresence(agents.SetPresenceRequest(**self._chosen(arguments, request)))


def requirement(step: tables.Step) -> work.Requirement | None:
    """What a line asks of agents, None when nothing."""
    wanted = work.Requirement()
    for word, text in step.pairs:
        if word in tables.REQUIREMENTS:
            pairs = [one.partition(":") for one in text.split(",")]
            levels = [work.SkillLevel(skill=skill, level=int(level or "1")) for skill, _, level in pairs]
            into = wanted.any_of.add().any_of if word == "any_of" else getattr(wanted, word)
            into.extend(levels)
    return wanted if wanted.ByteSize() else None


def built(command: Command, _core: object, _now_ns: int) -> Command:
    """Say what to do, as the owner asks for it."""
    return command


def is_on_the_wire(step: tables.Step) -> bool:
    """Whether a request can say what the line says, and the door leaves it to the router to refuse it."""
    options = step.options
    impossible = (
        (step.words[0] == "presence" and step.words[-1] == "force" and "offline" not in step.words)
        or (not step.is_definition and "item" in options)
        or ("agent" not in options and ("direct" in step.words or "for" in options) and step.words[0] != "hold")
        or ("direct" in step.words and "for" in options)
        or sum(name == "customer" for name, _ in step.pairs) > 1
    )
    at_the_door = abs(int(options.get("priority", "0"))) > MAX_PRIORITY and step.result != Result.INVALID_PRIORITY
    return step.result not in NOT_ON_THE_WIRE and step.now_ns <= LATEST_NS and not impossible and not at_the_door


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
async def test_table(path: Path) -> None:
    """What the table says is what a client hears, and what the router did behind the door."""
    core, clock = Core(), ManualClock(0)
    names = tables.Names(core)
    builder, happened = tables.Builder(names), list[str]()
    server = Server(core, clock=clock)

    def tap(events: list[Event]) -> None:
        names.learn(events)
        happened.extend(names.words(event) for event in events)

    server.owner.taps.append(tap)
    await server.start()
    heard = 0
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
            wire = Wire(channel, names)
            for step in tables.parse(path):
                if not is_on_the_wire(step):
                    refused = step.result != Result.OK or step.words[0] == "advance"
                    assert refused, step.where  # nothing is left out that matters later
                    continue
                happened.clear()
                clock.move_to(step.now_ns)
                await server.owner.read(lambda _core, _now_ns: None)  # whatever was due has fired
                result = Result.OK
                try:
                    if step.is_definition:
                        await server.owner.submit(partial(built, builder.command(step)), lambda *_: None)
                    else:
                        heard += 1
                        await wire.call(step)
                except AcdError as refusal:
                    result = Result[refusal.reason]
                except grpc.aio.AioRpcError as error:
                    result = Result[Refusal(error).info.reason]
                tables.check_step(step, result, happened)
                core.check_invariants()
    finally:
        await server.stop(1.0)
    assert heard > 0 or path.stem == "definitions"


def test_every_cause_and_presence_of_the_tables_is_on_the_wire() -> None:
    presences, causes = set(common.Presence.keys()), set(common.Cause.keys())
    assert {f"PRESENCE_{presence.name}" for presence in Presence} <= presences
    assert {f"CAUSE_{cause.name}" for cause in Cause if cause is not Cause.NONE} <= causes
