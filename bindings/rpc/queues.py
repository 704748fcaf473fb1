"""The side of whoever opens and closes a center's lines, and asks how one is defined and how it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from google.protobuf.duration_pb2 import Duration

from .. import commands
from ..commands import Core
from ..lookup import resolved
from ..router.codes import NO_PRIORITY, NONE, PPM, Kind, Overflow, QueueField, StepField
from ..router.records import Command, QueueView, RequirementView, StepView
from ..v1 import queue_service_pb2 as queues
from ..v1 import work_pb2 as work
from ..views import name_of
from . import codec
from .center import Center, next_page, page_of
from .owner import Finish


class QueueService:
    """Doors, definitions, and how queues stand."""

    def __init__(self, center: Center) -> None:
        self._center = center
        self._owner = center.owner

    async def OpenQueue(self, request: queues.OpenQueueRequest) -> queues.OpenQueueResponse:  # noqa: N802
        """Open a queue's door."""
        self._center.check(request.center)
        number = commands.request_number(request.request_id)

        def build(core: Core, now_ns: int) -> Command:
            return commands.open_queue(core, now_ns, queue=request.queue, request_id=number)

        return await self._owner.submit(build, _finish(request.queue, queues.OpenQueueResponse))

    async def CloseQueue(self, request: queues.CloseQueueRequest) -> queues.CloseQueueResponse:  # noqa: N802
        """Close a queue's door."""
        self._center.check(request.center)
        number = commands.request_number(request.request_id)

        def build(core: Core, now_ns: int) -> Command:
            return commands.close_queue(
                core, now_ns, queue=request.queue, turn_away=request.turn_away, request_id=number
            )

        return await self._owner.submit(build, _finish(request.queue, queues.CloseQueueResponse))

    async def GetQueue(self, request: queues.GetQueueRequest) -> queues.GetQueueResponse:  # noqa: N802
        """Look at one queue."""
        self._center.check(request.center)
        finish = _finish(request.queue, queues.GetQueueResponse)
        return await self._owner.read(lambda core, now_ns: finish(core, 0, now_ns))

    async def ListQueues(self, request: queues.ListQueuesRequest) -> queues.ListQueuesResponse:  # noqa: N802
        """Look at all queues, page by page."""
        self._center.check(request.center)
        page = page_of(request.page_token, request.page_size)

        def look(core: Core, _now_ns: int) -> queues.ListQueuesResponse:
            slots = range(core.center().queues)
            return queues.ListQueuesResponse(
                queues=[queue(core, slot) for slot in slots[page]], next_page_token=next_page(page, slots)
            )

        return await self._owner.read(look)


def _finish(name: str, response: Callable[..., Any]) -> Finish[Any]:
    """Answer with the queue as it stands."""

    def finish(core: Core, _value: int, _now_ns: int) -> Any:
        return response(queue=queue(core, resolved(core, Kind.QUEUE, name, "queue")))

    return finish


# ---------------------------------------------------------------------- messages


def queue(core: Core, slot: int) -> queues.Queue:
    """Return a queue as a message. The slot must exist."""
    view = core.queue(slot)
    if view is None:
        raise LookupError(f"no queue has slot {slot}")
    return queues.Queue(
        queue=view.name.decode(),
        open=view.is_open,
        queued=view.queued,
        gates_open=[step.is_open for step in view.plan],
        definition=_definition(core, view),
    )


def _definition(core: Core, view: QueueView) -> queues.QueueDefinition:
    fields = {field: view.fields[field - 1] for field in QueueField}

    def rule(action: QueueField, to: QueueField) -> queues.OverflowRule:
        moves = fields[action] == Overflow.MOVE
        return queues.OverflowRule(
            action=fields[action],  # type: ignore[arg-type]  # the same numbers
            move_to=name_of(core, Kind.QUEUE, fields[to]) if moves else "",
        )

    return queues.QueueDefinition(
        channel=name_of(core, Kind.CHANNEL, fields[QueueField.CHANNEL]),
        target=codec.duration(view.target_ns),
        priority=view.priority,
        strategy=view.strategy,  # type: ignore[arg-type]
        offer_timeout=codec.duration(view.offer_ns),
        wrap_up=codec.duration(view.wrap_up_ns),
        cool_down=codec.duration(view.cool_down_ns),
        max_waiting=view.max_waiting,
        max_handle_time=codec.duration(view.max_handle_ns),
        max_wait=_duration_or_none(fields[QueueField.MAX_WAIT_NS]),
        on_max_wait=rule(QueueField.ON_MAX_WAIT, QueueField.MAX_WAIT_TO),
        on_full=rule(QueueField.ON_FULL, QueueField.FULL_TO),
        on_unstaffed=rule(QueueField.ON_UNSTAFFED, QueueField.UNSTAFFED_TO),
        on_closed=rule(QueueField.ON_CLOSED, QueueField.CLOSED_TO),
        max_offers=fields[QueueField.MAX_OFFERS],
        on_held=rule(QueueField.ON_HELD, QueueField.HELD_TO),
        held_for=codec.duration(fields[QueueField.HELD_NS]),
        on_expiry=fields[QueueField.ON_EXPIRY],  # type: ignore[arg-type]
        auto_accept=bool(fields[QueueField.AUTO_ACCEPT]),
        shared_offers=fields[QueueField.SHARED],
        reserve_agents=fields[QueueField.RESERVE],
        reserve_rank=fields[QueueField.RESERVE_RANK],
        reserve_opens=codec.duration(fields[QueueField.RESERVE_OPENS_NS]),
        prefer_last_agent=_duration_or_none(fields[QueueField.PREFER_LAST_NS]),
        affinity=bool(fields[QueueField.AFFINITY]),
        claims=bool(fields[QueueField.CLAIMS]),
        tiers=[
            queues.TierOverride(
                tier=name_of(core, Kind.TIER, tier),
                target_factor=factor_ppm / PPM if factor_ppm != NONE else None,
                head_start=codec.duration(head_start_ns) if head_start_ns != NONE else None,
            )
            for tier, factor_ppm, head_start_ns in view.overrides
        ],
        plan=[_step(core, step) for step in view.plan],
    )


def _duration_or_none(length_ns: int) -> Duration | None:
    return codec.duration(length_ns) if length_ns > 0 else None


def _levels(core: Core, pairs: Iterable[tuple[int, int]]) -> list[work.SkillLevel]:
    return [work.SkillLevel(skill=name_of(core, Kind.SKILL, skill), level=level) for skill, level in pairs]


def _requirement(core: Core, view: RequirementView) -> work.Requirement:
    return work.Requirement(
        requires=_levels(core, (clause[0] for clause in view.any_of if len(clause) == 1)),
        any_of=[work.SkillGroup(any_of=_levels(core, clause)) for clause in view.any_of if len(clause) != 1],
        excludes=_levels(core, view.excluded),
        prefers=_levels(core, view.preferred),
    )


def _step(core: Core, view: StepView) -> queues.PlanStep:
    fields = {field: view.fields[field - 1] for field in StepField}
    priority, move_to = fields[StepField.PRIORITY], fields[StepField.MOVE_TO]
    only_acts = move_to != NONE or fields[StepField.KEEPS]
    return queues.PlanStep(
        after=codec.duration(view.after_ns),
        requirement=None if only_acts else _requirement(core, view.requirement),
        skip_when_hopeless=bool(fields[StepField.SKIP]),
        priority=priority if priority != NO_PRIORITY else None,
        move_to=name_of(core, Kind.QUEUE, move_to) if move_to != NONE else "",
        when=_gate(core, fields),
    )


COUNTS: Final = {
    "waiting": StepField.WAITING,
    "waiting_close": StepField.WAITING_CLOSE,
    "agents": StepField.AGENTS,
    "agents_close": StepField.AGENTS_CLOSE,
    "lender_waiting": StepField.LENDER_WAITING,
    "lender_waiting_close": StepField.LENDER_WAITING_CLOSE,
    "lender_free": StepField.LENDER_FREE,
    "lender_free_close": StepField.LENDER_FREE_CLOSE,
}
"""A gate's counts on the wire, and what the law calls them."""
TIMES: Final = {
    "longest_wait": StepField.WAIT_NS,
    "longest_wait_close": StepField.WAIT_CLOSE_NS,
    "lender_longest_wait": StepField.LENDER_WAIT_NS,
    "lender_longest_wait_close": StepField.LENDER_WAIT_CLOSE_NS,
}
"""A gate's times on the wire, and what the law calls them."""


def _gate(core: Core, fields: dict[StepField, int]) -> queues.Gate | None:
    """Return a step's gate, None when nothing is stated."""
    stated: dict[str, Any] = {word: fields[field] for word, field in COUNTS.items() if fields[field] != NONE}
    stated |= {word: codec.duration(fields[field]) for word, field in TIMES.items() if fields[field] != NONE}
    if fields[StepField.LENDER] != NONE:
        stated["lender"] = name_of(core, Kind.QUEUE, fields[StepField.LENDER])
    return queues.Gate(**stated) if stated else None
