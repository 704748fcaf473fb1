"""Requests that have to be refused, each with the status, the reason and the field that the answer names."""

from __future__ import annotations

from typing import Any

import grpc
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from acdcore.v1 import agent_service_pb2 as agents
from acdcore.v1 import figure_service_pb2 as figures
from acdcore.v1 import interaction_service_pb2 as interactions
from acdcore.v1 import queue_service_pb2 as queues
from acdcore.v1 import work_pb2 as work
from rpc_center import START_NS

Enqueue = interactions.EnqueueInteractionRequest
INVALID = grpc.StatusCode.INVALID_ARGUMENT
NOT_FOUND = grpc.StatusCode.NOT_FOUND
LONG = "x" * 129


def at(seconds: int, nanos: int = 0) -> Timestamp:
    """A Timestamp, legal or not."""
    return Timestamp(seconds=seconds, nanos=nanos)


Case = tuple[str, Message, grpc.StatusCode, str, str]
BAD: list[Case] = [
    # ids: empty, giant, control characters, bidirectional, padded
    ("InteractionService/EnqueueInteraction", Enqueue(), INVALID, "INVALID_NAME", "queue"),
    ("InteractionService/EnqueueInteraction", Enqueue(queue=LONG), INVALID, "INVALID_NAME", "queue"),
    ("InteractionService/EnqueueInteraction", Enqueue(queue="ö" * 65), INVALID, "INVALID_NAME", "queue"),
    ("InteractionService/EnqueueInteraction", Enqueue(queue="a\0b"), INVALID, "INVALID_NAME", "queue"),
    ("InteractionService/EnqueueInteraction", Enqueue(queue="nowhere"), NOT_FOUND, "UNKNOWN_QUEUE", "queue"),
    (
        "InteractionService/EnqueueInteraction",
        Enqueue(queue="loans", interaction_id="a\u202eb"),
        INVALID,
        "INVALID_NAME",
        "interaction_id",
    ),
    (
        "InteractionService/EnqueueInteraction",
        Enqueue(queue="loans", interaction_id="line\nfeed"),
        INVALID,
        "INVALID_NAME",
        "interaction_id",
    ),
    (
        "InteractionService/EnqueueInteraction",
        Enqueue(queue="loans", interaction_id=" "),
        INVALID,
        "INVALID_NAME",
        "interaction_id",
    ),
    ("InteractionService/EnqueueInteraction", Enqueue(queue="loans", tier="gold"), NOT_FOUND, "UNKNOWN_TIER", "tier"),
    ("InteractionService/EnqueueInteraction", Enqueue(queue="loans", tier="\x7f"), INVALID, "INVALID_NAME", "tier"),
    (
        "InteractionService/EnqueueInteraction",
        Enqueue(queue="loans", center="x"),
        NOT_FOUND,
        "UNKNOWN_CENTER",
        "center",
    ),
    # numbers and times
    (
        "InteractionService/EnqueueInteraction",
        Enqueue(queue="loans", priority=2**63 - 1),
        INVALID,
        "INVALID_PRIORITY",
        "priority",
    ),
    (
        "InteractionService/EnqueueInteraction",
        Enqueue(queue="loans", priority=-(2**63)),
        INVALID,
        "INVALID_PRIORITY",
        "priority",
    ),
    (
        "InteractionService/EnqueueInteraction",
        Enqueue(queue="loans", priority=101),
        INVALID,
        "INVALID_PRIORITY",
        "priority",
    ),
    (
        "InteractionService/EnqueueInteraction",
        Enqueue(queue="loans", since_time=at(-1)),
        INVALID,
        "INVALID_SINCE",
        "since_time",
    ),
    (
        "InteractionService/EnqueueInteraction",
        Enqueue(queue="loans", since_time=at(2**63 - 1)),
        INVALID,
        "INVALID_SINCE",
        "since_time",
    ),
    (
        "InteractionService/EnqueueInteraction",
        Enqueue(queue="loans", since_time=at(-(2**63))),
        INVALID,
        "INVALID_SINCE",
        "since_time",
    ),
    (
        "InteractionService/EnqueueInteraction",
        Enqueue(queue="loans", since_time=at(START_NS // 10**9, 1)),
        INVALID,
        "INVALID_SINCE",
        "since_time",
    ),
    (
        "InteractionService/EnqueueInteraction",
        Enqueue(queue="loans", since_time=at(5, 10**9)),
        INVALID,
        "INVALID_FIELD",
        "since_time.nanos",
    ),
    (
        "InteractionService/EnqueueInteraction",
        Enqueue(queue="loans", since_time=at(5, -1)),
        INVALID,
        "INVALID_FIELD",
        "since_time.nanos",
    ),
    # request ids
    (
        "InteractionService/EnqueueInteraction",
        Enqueue(queue="loans", request_id="1"),
        INVALID,
        "INVALID_FIELD",
        "request_id",
    ),
    (
        "InteractionService/EnqueueInteraction",
        Enqueue(queue="loans", request_id="0" * 32),
        INVALID,
        "INVALID_FIELD",
        "request_id",
    ),
    (
        "AgentService/SignIn",
        agents.SignInRequest(agent="anna", request_id="٣" * 32),
        INVALID,
        "INVALID_FIELD",
        "request_id",
    ),
    # what is required and not set
    (
        "InteractionService/CancelInteraction",
        interactions.CancelInteractionRequest(),
        INVALID,
        "INVALID_NAME",
        "interaction_id",
    ),
    (
        "InteractionService/CompleteInteraction",
        interactions.CompleteInteractionRequest(),
        INVALID,
        "INVALID_NAME",
        "interaction_id",
    ),
    (
        "InteractionService/GetInteraction",
        interactions.GetInteractionRequest(),
        INVALID,
        "INVALID_NAME",
        "interaction_id",
    ),
    ("AgentService/SignIn", agents.SignInRequest(), INVALID, "INVALID_NAME", "agent"),
    ("AgentService/SignOut", agents.SignOutRequest(), INVALID, "INVALID_NAME", "agent"),
    ("AgentService/SetPresence", agents.SetPresenceRequest(presence=2), INVALID, "INVALID_NAME", "agent"),  # type: ignore[arg-type]
    ("AgentService/SetPresence", agents.SetPresenceRequest(agent="anna"), INVALID, "INVALID_PRESENCE", "presence"),
    ("AgentService/Heartbeat", agents.HeartbeatRequest(), INVALID, "INVALID_NAME", "agent"),
    ("AgentService/AcceptOffer", agents.AcceptOfferRequest(), INVALID, "INVALID_FIELD", "offer_id"),
    ("AgentService/DeclineOffer", agents.DeclineOfferRequest(), INVALID, "INVALID_FIELD", "offer_id"),
    ("AgentService/EndWrapUp", agents.EndWrapUpRequest(), INVALID, "INVALID_FIELD", "assignment_id"),
    ("AgentService/GetAgent", agents.GetAgentRequest(), INVALID, "INVALID_NAME", "agent"),
    ("AgentService/WatchOffers", agents.WatchOffersRequest(), INVALID, "INVALID_NAME", "agent"),
    ("FigureService/GetQueueFigures", figures.GetQueueFiguresRequest(), INVALID, "INVALID_NAME", "queue"),
    # handles
    ("AgentService/AcceptOffer", agents.AcceptOfferRequest(offer_id="o-zz"), INVALID, "INVALID_FIELD", "offer_id"),
    (
        "AgentService/AcceptOffer",
        agents.AcceptOfferRequest(offer_id="o-" + "f" * 16),
        INVALID,
        "INVALID_FIELD",
        "offer_id",
    ),
    (
        "AgentService/AcceptOffer",
        agents.AcceptOfferRequest(offer_id="o-" + "f" * 99),
        INVALID,
        "INVALID_FIELD",
        "offer_id",
    ),
    ("AgentService/AcceptOffer", agents.AcceptOfferRequest(offer_id="o-7"), NOT_FOUND, "UNKNOWN_OFFER", "offer_id"),
    (
        "AgentService/AcceptOffer",
        agents.AcceptOfferRequest(offer_id="o-7fffffffffffffff"),
        NOT_FOUND,
        "UNKNOWN_OFFER",
        "offer_id",
    ),
    (
        "AgentService/EndWrapUp",
        agents.EndWrapUpRequest(assignment_id="a-7fffffffffffffff"),
        NOT_FOUND,
        "UNKNOWN_ASSIGNMENT",
        "assignment_id",
    ),
    # enumerations: unknown numbers, known ones in the wrong place
    ("AgentService/SignIn", agents.SignInRequest(agent="anna", presence=99), INVALID, "INVALID_PRESENCE", "presence"),  # type: ignore[arg-type]
    ("AgentService/SignIn", agents.SignInRequest(agent="anna", presence=-1), INVALID, "INVALID_PRESENCE", "presence"),  # type: ignore[arg-type]
    ("AgentService/SignIn", agents.SignInRequest(agent="anna", presence=1), INVALID, "INVALID_PRESENCE", "presence"),  # type: ignore[arg-type]
    (
        "AgentService/SignIn",
        agents.SignInRequest(agent="anna", reason="lunch"),
        INVALID,
        "INVALID_FIELD",
        "reason",
    ),
    (
        "AgentService/SignIn",
        agents.SignInRequest(agent="anna", presence=3, reason="golf"),  # type: ignore[arg-type]
        NOT_FOUND,
        "UNKNOWN_REASON",
        "reason",
    ),
    (
        "AgentService/SetPresence",
        agents.SetPresenceRequest(agent="anna", presence=2**31 - 1),  # type: ignore[arg-type]
        INVALID,
        "INVALID_PRESENCE",
        "presence",
    ),
    (
        "AgentService/SetPresence",
        agents.SetPresenceRequest(agent="anna", presence=4, next_presence=7),  # type: ignore[arg-type]
        INVALID,
        "INVALID_PRESENCE",
        "next_presence",
    ),
    (
        "AgentService/SetPresence",
        agents.SetPresenceRequest(agent="anna", presence=2, next_presence=1),  # type: ignore[arg-type]
        INVALID,
        "INVALID_PRESENCE",
        "next_presence",
    ),
    (
        "InteractionService/CancelInteraction",
        interactions.CancelInteractionRequest(interaction_id="known", cause=77),  # type: ignore[arg-type]
        INVALID,
        "INVALID_FIELD",
        "cause",
    ),
    (
        "InteractionService/CompleteInteraction",
        interactions.CompleteInteractionRequest(interaction_id="known", cause=10),  # type: ignore[arg-type]
        INVALID,
        "INVALID_FIELD",
        "cause",
    ),
    # pages and lists
    (
        "FigureService/ListQueueFigures",
        figures.ListQueueFiguresRequest(page_size=-1),
        INVALID,
        "INVALID_FIELD",
        "page_size",
    ),
    (
        "FigureService/ListQueueFigures",
        figures.ListQueueFiguresRequest(page_size=1001),
        INVALID,
        "INVALID_FIELD",
        "page_size",
    ),
    (
        "FigureService/ListQueueFigures",
        figures.ListQueueFiguresRequest(page_token="from-x"),
        INVALID,
        "INVALID_FIELD",
        "page_token",
    ),
    (
        "FigureService/ListQueueFigures",
        figures.ListQueueFiguresRequest(page_token="7"),
        INVALID,
        "INVALID_FIELD",
        "page_token",
    ),
    (
        "FigureService/ListQueueFigures",
        figures.ListQueueFiguresRequest(queues=["loans", "stocks", "loans"]),
        INVALID,
        "DUPLICATE_ITEM",
        "queues[2]",
    ),
    (
        "FigureService/ListQueueFigures",
        figures.ListQueueFiguresRequest(queues=["loans", "nowhere"]),
        NOT_FOUND,
        "UNKNOWN_QUEUE",
        "queues[1]",
    ),
    (
        "FigureService/ListQueueFigures",
        figures.ListQueueFiguresRequest(queues=["q"] * 1001),
        INVALID,
        "INVALID_FIELD",
        "queues",
    ),
]


def enqueue(reason: str, field: str, code: grpc.StatusCode = INVALID, **values: Any) -> Case:
    """An EnqueueInteraction that has to be refused."""
    return "InteractionService/EnqueueInteraction", Enqueue(queue="loans", **values), code, reason, field


def about(method: str, reason: str, field: str, code: grpc.StatusCode = INVALID, **values: Any) -> Case:
    """A request about the interaction that is known, or about another, that has to be refused."""
    kind = getattr(interactions, f"{method}Request")
    return f"InteractionService/{method}", kind(**({"interaction_id": "known"} | values)), code, reason, field


def preferred(agent: str, seconds: int, nanos: int = 0) -> work.PreferredAgent:
    """An agent for a time, legal or not."""
    return work.PreferredAgent(agent=agent, preferred_for=Duration(seconds=seconds, nanos=nanos))


def requires(*skills: tuple[str, int]) -> work.Requirement:
    """A requirement, legal or not."""
    return work.Requirement(requires=[work.SkillLevel(skill=skill, level=level) for skill, level in skills])


DAY_S = 86_400
PREFERRED_FOR = "preferred_agent.preferred_for"
SKILL, LEVEL = "requirement.requires[0].skill", "requirement.requires[0].level"
BAD += [
    # for whom
    enqueue("INVALID_NAME", "direct_agent", direct_agent=""),
    enqueue("INVALID_NAME", "direct_agent", direct_agent=LONG),
    enqueue("UNKNOWN_AGENT", "direct_agent", NOT_FOUND, direct_agent="nobody"),
    enqueue("INVALID_NAME", "preferred_agent.agent", preferred_agent=preferred("", 9)),
    enqueue("INVALID_NAME", "preferred_agent.agent", preferred_agent=preferred("a\0b", 9)),
    enqueue("UNKNOWN_AGENT", "preferred_agent.agent", NOT_FOUND, preferred_agent=preferred("nobody", 9)),
    enqueue("INVALID_DURATION", PREFERRED_FOR, preferred_agent=work.PreferredAgent(agent="anna")),
    enqueue("INVALID_DURATION", PREFERRED_FOR, preferred_agent=preferred("anna", 0, 999_999)),
    enqueue("INVALID_DURATION", PREFERRED_FOR, preferred_agent=preferred("anna", -1)),
    enqueue("INVALID_DURATION", PREFERRED_FOR, preferred_agent=preferred("anna", 400 * DAY_S, 1)),
    enqueue("INVALID_DURATION", PREFERRED_FOR, preferred_agent=preferred("anna", 2**63 - 1)),
    enqueue("INVALID_DURATION", PREFERRED_FOR, preferred_agent=preferred("anna", -(2**63))),
    enqueue("INVALID_FIELD", f"{PREFERRED_FOR}.nanos", preferred_agent=preferred("anna", 1, -1)),
    enqueue("INVALID_FIELD", f"{PREFERRED_FOR}.nanos", preferred_agent=preferred("anna", 1, 10**9)),
    # when
    enqueue("INVALID_START", "start_time", start_time=at(-1)),
    enqueue("INVALID_START", "start_time", start_time=at(2**63 - 1)),
    enqueue("INVALID_START", "start_time", start_time=at(START_NS // 10**9 + 400 * DAY_S, 1)),
    enqueue("INVALID_FIELD", "start_time.nanos", start_time=at(5, 10**9)),
    # requirements
    enqueue("INVALID_NAME", SKILL, requirement=requires(("", 1))),
    enqueue("INVALID_NAME", SKILL, requirement=requires(("a\u202eb", 1))),
    enqueue("UNKNOWN_SKILL", SKILL, NOT_FOUND, requirement=requires(("latin", 1))),
    enqueue("INVALID_LEVEL", LEVEL, requirement=requires(("loans", -1))),
    enqueue("INVALID_LEVEL", LEVEL, requirement=requires(("loans", 11))),
    enqueue("INVALID_LEVEL", LEVEL, requirement=requires(("loans", 2**32 + 5))),
    enqueue("DUPLICATE_ITEM", "requirement.requires[1].skill", requirement=requires(("loans", 1), ("loans", 2))),
    enqueue("INVALID_FIELD", "requirement", requirement=requires(*((f"skill {n}", 1) for n in range(101)))),
    enqueue("INVALID_FIELD", "requirement", requirement=work.Requirement(any_of=[{}] * 30_000)),
    enqueue("INVALID_FIELD", "requirement.any_of[0].any_of", requirement=work.Requirement(any_of=[{}])),
    enqueue(
        "UNKNOWN_SKILL",
        "requirement.any_of[0].any_of[1].skill",
        NOT_FOUND,
        requirement=work.Requirement(any_of=[{"any_of": [{"skill": "loans"}, {"skill": "latin"}]}]),
    ),
    enqueue(
        "INVALID_LEVEL",
        "requirement.excludes[0].level",
        requirement=work.Requirement(excludes=[{"skill": "loans", "level": 99}]),
    ),
    enqueue(
        "UNKNOWN_SKILL",
        "requirement.prefers[0].skill",
        NOT_FOUND,
        requirement=work.Requirement(prefers=[{"skill": "latin"}]),
    ),
    enqueue("INVALID_NAME", "customer_id", customer_id=LONG),
    enqueue("INVALID_NAME", "customer_id", customer_id="line\nfeed"),
    # moving, holding, releasing
    about("MoveInteraction", "INVALID_NAME", "interaction_id", interaction_id=""),
    about("MoveInteraction", "INVALID_NAME", "queue"),
    about("MoveInteraction", "UNKNOWN_QUEUE", "queue", NOT_FOUND, queue="nowhere"),
    about("MoveInteraction", "INVALID_PRIORITY", "priority", queue="stocks", priority=2**63 - 1),
    about("MoveInteraction", "UNKNOWN_AGENT", "direct_agent", NOT_FOUND, queue="stocks", direct_agent="nobody"),
    about("MoveInteraction", "INVALID_DURATION", PREFERRED_FOR, queue="stocks", preferred_agent=preferred("anna", 0)),
    about("SetInteractionPriority", "INVALID_NAME", "interaction_id", interaction_id="", priority=1),
    about("SetInteractionPriority", "UNKNOWN_INTERACTION", "interaction_id", NOT_FOUND, interaction_id="x", priority=1),
    about("SetInteractionPriority", "INVALID_PRIORITY", "priority", priority=-101),
    about("HoldInteraction", "INVALID_NAME", "interaction_id", interaction_id="", hold_for=Duration(seconds=1)),
    about("HoldInteraction", "INVALID_DURATION", "hold_for"),
    about("HoldInteraction", "INVALID_DURATION", "hold_for", hold_for=Duration(seconds=-5)),
    about("HoldInteraction", "INVALID_DURATION", "hold_for", hold_for=Duration(seconds=2**63 - 1)),
    about("HoldInteraction", "INVALID_FIELD", "hold_for.nanos", hold_for=Duration(seconds=-1, nanos=1)),
    about("ReleaseInteraction", "INVALID_NAME", "interaction_id", interaction_id=""),
    about("ReleaseInteraction", "NOT_HELD", "interaction_id", grpc.StatusCode.FAILED_PRECONDITION),
    # failed media: nothing said, the wrong thing said
    ("InteractionService/FailAssignment", interactions.FailAssignmentRequest(), INVALID, "INVALID_FIELD", "target"),
    about("FailAssignment", "INVALID_NAME", "interaction_id", interaction_id=""),
    about("FailAssignment", "NOT_ASSIGNED", "interaction_id", grpc.StatusCode.FAILED_PRECONDITION),
    (
        "InteractionService/FailAssignment",
        interactions.FailAssignmentRequest(assignment_id="o-7"),
        INVALID,
        "INVALID_FIELD",
        "assignment_id",
    ),
    (
        "AgentService/DeclineOffer",
        agents.DeclineOfferRequest(offer_id="o-7", retry_after=Duration()),
        INVALID,
        "INVALID_DURATION",
        "retry_after",
    ),
    (
        "AgentService/DeclineOffer",
        agents.DeclineOfferRequest(offer_id="o-7", retry_after=Duration(seconds=-1)),
        INVALID,
        "INVALID_DURATION",
        "retry_after",
    ),
    # queues
    ("QueueService/OpenQueue", queues.OpenQueueRequest(), INVALID, "INVALID_NAME", "queue"),
    ("QueueService/OpenQueue", queues.OpenQueueRequest(queue="nowhere"), NOT_FOUND, "UNKNOWN_QUEUE", "queue"),
    ("QueueService/CloseQueue", queues.CloseQueueRequest(queue="\x7f"), INVALID, "INVALID_NAME", "queue"),
    ("QueueService/GetQueue", queues.GetQueueRequest(queue=LONG), INVALID, "INVALID_NAME", "queue"),
    ("QueueService/ListQueues", queues.ListQueuesRequest(page_size=1001), INVALID, "INVALID_FIELD", "page_size"),
    ("QueueService/ListQueues", queues.ListQueuesRequest(page_token="7"), INVALID, "INVALID_FIELD", "page_token"),
]
