"""Every call that changes something may be repeated: the same answer, one effect; with other content it is refused."""

from __future__ import annotations

import uuid
from typing import Any

import grpc
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message

from acdcore.rpc.agent_client import AgentClient
from acdcore.v1 import agent_service_pb2 as agents
from acdcore.v1 import common_pb2 as common
from acdcore.v1 import interaction_service_pb2 as interactions
from acdcore.v1 import queue_service_pb2 as queues
from rpc_center import Running, blended_center, refusal, running

METHODS = {
    f"{service.name}/{method.name}"
    for file in (agents, interactions, queues)
    for service in file.DESCRIPTOR.services_by_name.values()
    for method in service.methods
    if "request_id" in method.input_type.fields_by_name
}


class Repeating:
    """Calls everything twice, and once with other content."""

    def __init__(self, up: Running) -> None:
        self.up = up
        self.tried: set[str] = set()

    async def state(self) -> tuple[int, int]:
        """Return all that can be told apart: the state's hash, and how many events there were."""
        owner = self.up.server.owner
        return await owner.read(lambda core, _now_ns: (core.state_hash(), core.center().event_seq))

    async def __call__(self, method: str, request: Any, **other: Any) -> None:
        """Call a method, repeat it, and repeat it with other fields; without any, as quite another call."""
        self.tried.add(method)
        before = await self.state()
        request.request_id = str(uuid.uuid4())
        answer = await self.up.raw(method, request.SerializeToString())
        done = await self.state()
        assert done != before
        assert await self.up.raw(method, request.SerializeToString()) == answer
        assert await self.state() == done, "a repeat has changed something"
        changed: Message = interactions.SetInteractionPriorityRequest(
            request_id=request.request_id, interaction_id="two", priority=99
        )
        if other:
            changed = type(request)()
            changed.CopyFrom(request)
            changed.MergeFrom(type(request)(**other))
        said = await refusal(
            self.up.raw(method if other else "InteractionService/SetInteractionPriority", changed.SerializeToString())
        )
        assert (said.code, said.info.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "REQUEST_MISMATCH"), method
        assert said.field == "request_id"
        assert await self.state() == done


async def offer_of(agent: AgentClient) -> str:
    """Return what rings at an agent."""
    [offer] = (await agent.get()).offers
    return offer.offer_id


async def test_every_changing_call_has_one_effect_however_often_it_is_sent() -> None:
    async with running(blended_center()) as up:
        twice = Repeating(up)
        anna = up.client.agent("anna")
        available, not_ready = common.PRESENCE_AVAILABLE, common.PRESENCE_NOT_READY
        await twice("AgentService/SignIn", agents.SignInRequest(agent="anna", presence=available), agent="ben")
        away = agents.SetPresenceRequest(agent="anna", presence=not_ready, reason="lunch")
        await twice("AgentService/SetPresence", away, presence=common.PRESENCE_DRAINING)
        back = agents.SetPresenceRequest(agent="anna", presence=available)
        await twice("AgentService/SetPresence", back, presence=not_ready)

        two = interactions.EnqueueInteractionRequest(queue="back", interaction_id="two")  # nobody is there for it
        await twice("InteractionService/EnqueueInteraction", two, priority=2)
        one = interactions.EnqueueInteractionRequest(queue="stocks", interaction_id="one")
        await twice("InteractionService/EnqueueInteraction", one, queue="loans")
        about = {"interaction_id": "two"}
        level = interactions.SetInteractionPriorityRequest(**about, priority=5)
        await twice("InteractionService/SetInteractionPriority", level, priority=6)
        hold = interactions.HoldInteractionRequest(**about, hold_for=Duration(seconds=60))
        await twice("InteractionService/HoldInteraction", hold, hold_for=Duration(seconds=61))
        await twice("InteractionService/ReleaseInteraction", interactions.ReleaseInteractionRequest(**about))
        move = interactions.MoveInteractionRequest(interaction_id="two", queue="chats")
        await twice("InteractionService/MoveInteraction", move, queue="hunt")

        no = agents.DeclineOfferRequest(offer_id=await offer_of(anna), retry_after=Duration(seconds=1))
        await twice("AgentService/DeclineOffer", no, failed=True)
        up.clock.move(1.5)
        await anna.set_presence("available")
        yes = agents.AcceptOfferRequest(offer_id=await offer_of(anna), agent="anna")
        await twice("AgentService/AcceptOffer", yes)
        await twice("InteractionService/FailAssignment", interactions.FailAssignmentRequest(interaction_id="one"))
        await up.client.cancel("one")
        await anna.set_presence("available")
        await up.client.enqueue("stocks", interaction_id="three")
        assignment = await anna.accept(await offer_of(anna))
        done = interactions.CompleteInteractionRequest(interaction_id="three")
        await twice("InteractionService/CompleteInteraction", done)
        await twice("AgentService/EndWrapUp", agents.EndWrapUpRequest(assignment_id=assignment.assignment_id))

        cancel = interactions.CancelInteractionRequest(**about)
        await twice("InteractionService/CancelInteraction", cancel, cause=common.CAUSE_SYSTEM)
        await twice("AgentService/SignOut", agents.SignOutRequest(agent="anna"), force=True)
        await twice("QueueService/CloseQueue", queues.CloseQueueRequest(queue="night"), turn_away=True)
        await twice("QueueService/OpenQueue", queues.OpenQueueRequest(queue="night"), queue="hunt")
        assert twice.tried == METHODS
        assert len(METHODS) == 16
