"""The watchers' side: the router's counters, the floor's times and the owner's latencies, as messages."""

from __future__ import annotations

from collections.abc import Iterable

from .. import __version__, commands, views
from ..commands import Core
from ..errors import InvalidArgument
from ..model import QueueFigures
from ..router.codes import Kind, Result
from ..v1 import figure_service_pb2 as figures
from . import codec
from .center import MAX_PAGE, Center, next_page, page_of
from .floor import Activity
from .owner import Owner


def queue_row(row: QueueFigures) -> figures.QueueFigures:
    """Return one queue's and tier's figures as a message."""
    bins = [figures.HistogramBin(count=count) for count in row.wait_bins]
    for one, edge_ns in zip(bins, row.wait_edges_ns, strict=False):  # the last bin has no edge
        one.upper_edge.CopyFrom(codec.duration(edge_ns))
    message = figures.QueueFigures(
        queue=row.queue,
        tier=row.tier,
        target=codec.duration(row.target_ns),
        enqueued=row.enqueued,
        answered=row.answered,
        answered_in_target=row.answered_in_target,
        abandoned=row.abandoned,
        abandoned_in_target=row.abandoned_in_target,
        completed=row.completed,
        returned=row.returned,
        offers=figures.OfferFigures(
            made=row.offers_made,
            accepted=row.offers_accepted,
            declined=row.offers_declined,
            expired=row.offers_expired,
            revoked=row.offers_revoked,
            failed=row.offers_failed,
        ),
        wait_sum=codec.duration(row.wait_ns),
        wait_histogram=bins,
        handle_sum=codec.duration(row.handle_ns),
        wrap_up_sum=codec.duration(row.wrap_up_ns),
        waiting=row.waiting,
        offered=row.offered,
        active=row.active,
        moved=row.moved,
        moved_in=row.moved_in,
        held=row.held,
        expired=row.expired,
        rejected=row.rejected,
        held_now=row.held_now,
        scheduled=row.scheduled,
        service_level=row.service_level,
        service_level_all=row.service_level_all,
    )
    if row.longest_wait_ns >= 0:
        message.longest_wait.CopyFrom(codec.duration(row.longest_wait_ns))
    if row.answered:
        message.average_speed_of_answer.CopyFrom(codec.duration(row.wait_ns // row.answered))
    if row.completed:
        message.average_handle_time.CopyFrom(codec.duration((row.handle_ns + row.wrap_up_ns) // row.completed))
    return message


def queue_rows(core: Core, queues: Iterable[int], now_ns: int) -> list[figures.QueueFigures]:
    """Return the rows of several queues, one for each tier that was used in it and for the default tier."""
    tiers, default = core.center().tiers, commands.default_tier(core)
    return [
        queue_row(views.queue_figures(core, queue, tier, now_ns))
        for queue in queues
        for tier in views.used_tiers(core, queue, tiers, default)
    ]


def offers_made(core: Core) -> int:
    """Return how many offers the router has made: every one has the next sequence number."""
    return core.center().offer_seq


def center_figures(core: Core, now_ns: int, name: str, owner: Owner, watchers: int) -> figures.GetCenterFiguresResponse:
    """Return the center as a whole as a message."""
    counts = owner.floor.counts
    latency = owner.latency.figures()
    view = core.center()
    return figures.GetCenterFiguresResponse(
        center=name,
        figure_time=codec.timestamp(now_ns),
        start_time=codec.timestamp(owner.floor.start_ns),
        commands=owner.answers.total(),
        refusals=sum(count for (_, code), count in owner.answers.items() if code != Result.OK),
        decisions=offers_made(core),
        event_seq=view.event_seq,
        decision_latency=figures.LatencyFigures(
            count=latency.count,
            p50=codec.duration(latency.p50_ns),
            p99=codec.duration(latency.p99_ns),
            p999=codec.duration(latency.p999_ns),
            longest=codec.duration(latency.longest_ns),
            sum=codec.duration(latency.sum_ns),
        ),
        interactions=view.interactions,
        agents=figures.AgentFigures(
            offline=counts[Activity.OFFLINE],
            available=counts[Activity.AVAILABLE],
            offered=counts[Activity.OFFERED],
            busy=counts[Activity.BUSY],
            wrap_up=counts[Activity.WRAP_UP],
            not_ready=counts[Activity.NOT_READY],
        ),
        occupancy=owner.floor.occupancy(now_ns),
        inbox=owner.inbox_size,
        watchers=watchers,
        state_hash=core.state_hash(),
        version=__version__,
    )


class FigureService:
    """The watchers' side."""

    def __init__(self, center: Center) -> None:
        self._center = center
        self._owner = center.owner

    async def GetQueueFigures(  # noqa: N802
        self, request: figures.GetQueueFiguresRequest
    ) -> figures.GetQueueFiguresResponse:
        """One queue."""
        self._center.check(request.center)

        def look(core: Core, now_ns: int) -> figures.GetQueueFiguresResponse:
            slot = commands.resolved(core, Kind.QUEUE, request.queue, "queue")
            return figures.GetQueueFiguresResponse(
                figures=queue_rows(core, [slot], now_ns), figure_time=codec.timestamp(now_ns)
            )

        return await self._owner.read(look)

    async def ListQueueFigures(  # noqa: N802
        self, request: figures.ListQueueFiguresRequest
    ) -> figures.ListQueueFiguresResponse:
        """Several queues, page by page."""
        self._center.check(request.center)
        names = list(request.queues)
        if len(names) > MAX_PAGE:
            raise InvalidArgument(
                reason=Result.INVALID_FIELD, field="queues", value=f"{len(names)} names", allowed=f"at most {MAX_PAGE}"
            )
        page = page_of(request.page_token, request.page_size)

        def look(core: Core, now_ns: int) -> figures.ListQueueFiguresResponse:
            slots: list[int] | range = range(core.center().queues)
            if names:
                slots = [commands.resolved(core, Kind.QUEUE, name, f"queues[{at}]") for at, name in enumerate(names)]
                _no_repeats(names)
            return figures.ListQueueFiguresResponse(
                figures=queue_rows(core, slots[page], now_ns),
                figure_time=codec.timestamp(now_ns),
                next_page_token=next_page(page, slots),
            )

        return await self._owner.read(look)

    async def GetCenterFigures(  # noqa: N802
        self, request: figures.GetCenterFiguresRequest
    ) -> figures.GetCenterFiguresResponse:
        """The center as a whole."""
        self._center.check(request.center)
        center = self._center

        def look(core: Core, now_ns: int) -> figures.GetCenterFiguresResponse:
            return center_figures(core, now_ns, center.name, center.owner, len(center.switchboard))

        return await self._owner.read(look)


def _no_repeats(names: list[str]) -> None:
    seen = set()
    for at, name in enumerate(names):
        if name in seen:
            raise InvalidArgument(
                reason=Result.DUPLICATE_ITEM, field=f"queues[{at}]", value=name, allowed="each name once"
            )
        seen.add(name)
