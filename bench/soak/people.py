"""The people of a soak, as clients of a server: customers who call and give up, agents at their desks, lines that fail.

Whatever changes something is sent again, with the same request id, when its connection was cut before the answer
came: so each counts once however often it was sent, and the server's books can be held against these at the end.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import random
import socket
import time
import uuid
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

from ...errors import Aborted, AcdError, Unavailable
from ...router.codes import AssignmentState, InteractionState, Presence
from ...rpc.agent_client import Offer
from ...rpc.client import Client
from .books import EXPECTED, Books
from .plan import QUEUES, Arrival, SoakPlan, generator

T = TypeVar("T")
TRIES: Final = 20
CALL_LIMIT: Final = timedelta(seconds=30)
SETTLE_S: Final = 0.2
"""How long after its stream is open again an agent looks how it stands."""
IGNORED: Final = 0.007
DECLINED: Final = 0.02
PICK_UP_S: Final = 0.08
NOTES_S: Final = 0.35
BREAK_EVERY_S: Final = 45.0
BREAK_S: Final = 1.5


def number() -> str:
    """Return a new request id."""
    return str(uuid.uuid4())


class Site:
    """A place with one connection to the server, which can be cut."""

    def __init__(self, name: str, target: str, books: Books) -> None:
        self.name = name
        self._target = target
        self._books = books
        self.client = Client(target, timeout=CALL_LIMIT)
        self.up = asyncio.Event()
        self.up.set()

    async def cut(self, length_s: float) -> None:
        """Cut the connection, with whatever is under way on it, and make a new one ``length_s`` later."""
        if not self.up.is_set():
            return
        self.up.clear()
        await self.client.close()
        await asyncio.sleep(length_s)
        self.client = Client(self._target, timeout=CALL_LIMIT)
        self.up.set()

    async def surely(self, act: Callable[[Client], Awaitable[T]]) -> tuple[T, bool]:
        """Call until there is an answer; return it, and whether the connection was cut meanwhile.

        Raises the server's refusal; Unavailable when the connection has failed again and again.
        """
        retried = not self.up.is_set()
        for _ in range(TRIES):
            await self.up.wait()
            try:
                return await act(self.client), retried
            except Aborted as cut:
                if cut.reason != "CLIENT_CLOSED":
                    raise
            except Unavailable:  # gRPC itself has tried a few times
                await asyncio.sleep(SETTLE_S)
            self._books.retried += 1
            retried = True
        self._books.given_up += 1
        raise Unavailable(f"{self.name}: no answer in {TRIES} tries", reason="NOT_SERVING")


def sever(port: int, draw: random.Random) -> bool:
    """Shut one of this program's own connections to a port, as a failing network would; False: there was none."""
    connected = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/self/net/{table}").read_text("ascii").splitlines()[1:]:
            fields = line.split()
            if fields[3] == "01" and int(fields[2].rpartition(":")[2], 16) == port:
                connected.add(f"socket:[{fields[9]}]")
    mine = []
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):  # closed meanwhile
            if str(entry.readlink()) in connected:
                mine.append(int(entry.name))
    if not mine:
        return False
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(draw.choice(sorted(mine)))) as one:
        one.shutdown(socket.SHUT_RDWR)
    return True


class Crowd:
    """Everybody who does something at once: what fails unforeseen in one of them is noted and ends nobody else."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._running: set[asyncio.Task[None]] = set()

    def send(self, errand: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Let somebody go."""
        one = asyncio.create_task(errand)
        self._running.add(one)
        one.add_done_callback(self._returned)
        return one

    def _returned(self, one: asyncio.Task[None]) -> None:
        self._running.discard(one)
        if not one.cancelled() and (error := one.exception()) is not None:
            self._books.surprises[f"{type(error).__name__}: {error}"[:200]] += 1

    def __len__(self) -> int:
        """Return how many are on their way."""
        return len(self._running)

    async def home(self) -> None:
        """Call everybody back."""
        for one in self._running:
            one.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)


class Customer:
    """One customer, from arrival to the end."""

    __slots__ = ("arrival", "at_once", "ended", "hang_up", "heard_ns", "planned_ns", "served")

    def __init__(self, arrival: Arrival, planned_ns: int) -> None:
        self.arrival = arrival
        self.planned_ns = planned_ns
        self.at_once = False
        self.heard_ns = 0
        self.served = False
        self.ended = False
        self.hang_up: asyncio.TimerHandle | None = None


class Lobby:
    """The customers who are there now, and the front-ends that speak for them."""

    def __init__(self, plan: SoakPlan, site: Site, books: Books, crowd: Crowd) -> None:
        self._plan = plan
        self._site = site
        self._books = books
        self._crowd = crowd
        self.there: dict[str, Customer] = {}

    async def come(self, arrival: Arrival, planned_ns: int) -> None:
        """A customer comes: enqueue, perhaps twice, and then patience runs."""
        self._books.note("late", time.monotonic_ns() - planned_ns)
        customer = self.there[arrival.interaction_id] = Customer(arrival, planned_ns)
        self._books.arrived += 1
        start = None
        request_id = number()
        if arrival.starts_in_s:
            now_ns = (await self._site.surely(lambda client: client.center_figures()))[0].figure_ns
            start = datetime.fromtimestamp(now_ns / 1e9).astimezone() + timedelta(seconds=arrival.starts_in_s)

        def enqueue(client: Client) -> Awaitable[Any]:
            return client.enqueue(
                arrival.queue,
                interaction_id=arrival.interaction_id,
                tier=arrival.tier,
                start=start,
                requirement={"french": 1} if arrival.french else None,
                customer_id=arrival.customer,
                request_id=request_id,
            )

        try:
            interaction, retried = await self._site.surely(enqueue)
        except AcdError as refusal:
            self._books.refused[refusal.reason] += 1
            self._refused("enqueue", refusal)
            del self.there[arrival.interaction_id]
            return
        if not retried and not arrival.starts_in_s:
            self._books.note("enqueue", time.monotonic_ns() - planned_ns)
            customer.at_once = interaction.state is InteractionState.OFFERED
            self._note_offer(customer)
        self._books.enqueued += 1
        if arrival.repeated:
            again, _ = await self._site.surely(enqueue)
            self._books.repeated += 1
            if again.interaction_id != interaction.interaction_id:
                self._books.surprises["a repeated enqueue made another interaction"] += 1
        self.wait(customer, arrival.patience_s + arrival.starts_in_s / self._plan.speed)
        if not customer.ended:
            await self._whims(arrival)

    async def _whims(self, arrival: Arrival) -> None:
        """What happens to some who wait: a priority of their own, a moment on hold."""
        name, key, other = arrival.interaction_id, number(), number()
        with contextlib.suppress(AcdError):
            if arrival.urgent:
                await self.ask("set_priority", lambda client: client.set_priority(name, 20, request_id=key))
            if arrival.held and not arrival.starts_in_s:
                await self.ask("hold", lambda client: client.hold(name, timedelta(seconds=5), request_id=other))

    async def ask(self, operation: str, act: Callable[[Client], Awaitable[T]]) -> T:
        """Send something for a customer; a refusal is counted and raised."""
        try:
            return (await self._site.surely(act))[0]
        except AcdError as refusal:
            self._refused(operation, refusal)
            raise

    def _refused(self, operation: str, refusal: AcdError) -> None:
        self._books.refusals[operation, refusal.reason] += 1

    def wait(self, customer: Customer, patience_s: float) -> None:
        """Patience begins to run."""
        customer.served = False
        if customer.hang_up is not None:
            customer.hang_up.cancel()
        if not customer.ended:
            loop = asyncio.get_running_loop()
            customer.hang_up = loop.call_later(patience_s, lambda: self._crowd.send(self._hang_up(customer)))

    async def _hang_up(self, customer: Customer) -> None:
        if customer.served or customer.ended:
            return
        request_id = number()
        name = customer.arrival.interaction_id
        try:
            await self.ask("cancel", lambda client: client.cancel(name, request_id=request_id))
            self._books.cancelled += 1
        except AcdError as refusal:
            if refusal.reason not in EXPECTED["cancel"]:
                raise
            self._books.gone += 1  # served meanwhile, waited too long, or was turned away
        self.leave(customer)

    def rang(self, name: str, listening_ns: int) -> Customer | None:
        """An offer of this customer was heard just now, on a stream that has been open since ``listening_ns``."""
        customer = self.there.get(name)
        if customer is not None and not customer.heard_ns:
            customer.heard_ns = time.monotonic_ns() if listening_ns < customer.planned_ns else -1
            self._note_offer(customer)
        return customer

    def _note_offer(self, customer: Customer) -> None:
        if customer.at_once and customer.heard_ns > 0:
            self._books.note("offer", customer.heard_ns - customer.planned_ns)

    def served(self, customer: Customer) -> None:
        """An agent has the customer."""
        customer.served = True

    def leave(self, customer: Customer) -> None:
        """It is over."""
        if not customer.ended:
            customer.ended = True
            self.there.pop(customer.arrival.interaction_id, None)
            if customer.hang_up is not None:
                customer.hang_up.cancel()


class Desk:
    """An agent at work: signs in, answers, talks, writes, takes breaks, goes home."""

    def __init__(self, name: str, plan: SoakPlan, site: Site, lobby: Lobby, books: Books, crowd: Crowd) -> None:
        self.name = name
        self._plan = plan
        self._site = site
        self._lobby = lobby
        self._books = books
        self._crowd = crowd
        self._draw = generator(plan, f"agent/{name}")
        self._at_hand: set[str] = set()
        self._on_duty = False
        self._listening: asyncio.Task[None] | None = None
        self._listening_ns = 0

    async def come(self) -> None:
        """Sign in and listen."""
        if self._on_duty:
            return
        self._on_duty = True
        await self._sign_in()
        if self._listening is not None:
            self._listening.cancel()  # from before, when the work at hand was not over yet
        self._listening = self._crowd.send(self._listen())
        self._crowd.send(self._take_breaks())

    async def go(self) -> None:
        """Sign out after the work at hand, then listen no more."""
        if not self._on_duty:
            return
        self._on_duty = False
        key = number()
        await self._ask("sign_out", lambda client: client.agent(self.name).sign_out(request_id=key))
        while self._at_hand and not self._on_duty:  # noqa: ASYNC110  either of two things ends it
            await asyncio.sleep(SETTLE_S)
        if not self._on_duty and self._listening is not None:
            self._listening.cancel()

    async def _sign_in(self) -> None:
        key = number()
        if await self._ask("sign_in", lambda client: client.agent(self.name).sign_in(request_id=key)) is not None:
            self._books.signed_in += 1

    async def _ask(self, operation: str, act: Callable[[Client], Awaitable[T]], timed: str = "") -> T | None:
        """Send something; None when it was refused, which is counted."""
        begun_ns = time.monotonic_ns()
        try:
            answer, retried = await self._site.surely(act)
        except AcdError as refusal:
            self._books.refusals[operation, refusal.reason] += 1
            return None
        if timed and not retried:
            self._books.note(timed, time.monotonic_ns() - begun_ns)
        return answer

    async def _listen(self) -> None:
        """Follow the stream of offers, and open it again whenever it ends."""
        while True:
            await self._site.up.wait()
            self._books.streams_opened += 1
            self._listening_ns = time.monotonic_ns()
            self._crowd.send(self.settle())
            try:
                async for offer in self._site.client.agent(self.name).offers():
                    if offer.offer_id not in self._at_hand:
                        self._at_hand.add(offer.offer_id)
                        self._crowd.send(self._answer(offer))
            except AcdError as refusal:
                self._books.refusals["watch", refusal.reason] += 1
                self._books.streams_cut += refusal.reason == "CLIENT_CLOSED"
                if refusal.reason == "WATCH_REPLACED":
                    await asyncio.sleep(SETTLE_S)
                elif refusal.reason != "CLIENT_CLOSED":
                    raise

    async def settle(self) -> None:
        """After a cut line or a missed call: see to it that this agent works again."""
        await asyncio.sleep(SETTLE_S)
        standing = await self._ask("get_agent", lambda client: client.agent(self.name).get())
        if standing is None or not self._on_duty:
            return
        if standing.presence is Presence.OFFLINE:
            await self._sign_in()
        elif standing.presence is not Presence.AVAILABLE:
            await self._be(Presence.AVAILABLE)

    async def _be(self, presence: Presence, reason: str = "") -> bool:
        key = number()
        answer = await self._ask(
            "presence",
            lambda client: client.agent(self.name).set_presence(presence, reason=reason, request_id=key),
        )
        return answer is not None

    async def _take_breaks(self) -> None:
        while True:
            await asyncio.sleep(self._draw.uniform(0.5, 1.5) * BREAK_EVERY_S)
            if not self._on_duty:
                return
            if await self._be(Presence.NOT_READY, "lunch"):
                await asyncio.sleep(self._draw.uniform(0.2, 1.8) * BREAK_S)
            await self.settle()

    # ------------------------------------------------------------------ one customer

    async def _answer(self, offer: Offer) -> None:
        """What an agent does with one offer, from the ringing to the notes."""
        customer = self._lobby.rang(offer.interaction_id, self._listening_ns)
        try:
            chance = self._draw.random()
            if chance < IGNORED:
                await asyncio.sleep(offer.time_to_answer_ns / 1e9 / self._plan.speed)
                await self.settle()
                return
            await asyncio.sleep(self._draw.expovariate(1.0 / PICK_UP_S))
            key = number()
            by = offer.offer_id
            if chance < IGNORED + DECLINED:
                await self._ask("decline", lambda client: client.agent(self.name).decline(by, request_id=key))
                return
            assignment = await self._ask(
                "accept", lambda client: client.agent(self.name).accept(by, request_id=key), timed="accept"
            )
            if assignment is None:
                await self.settle()  # perhaps it was too late
                return
            self._books.accepted += 1
            if customer is None:  # it came back after a lost line, and its customer has given up
                customer = Customer(_nobody(offer.interaction_id), 0)
            await self._serve(customer, assignment.interaction_id, assignment.assignment_id)
        finally:
            self._at_hand.discard(offer.offer_id)

    async def _serve(self, customer: Customer, name: str, assignment_id: str) -> None:
        self._lobby.served(customer)
        await asyncio.sleep(customer.arrival.talk_s)
        ends, customer.arrival = customer.arrival.ends, _content(customer.arrival)
        key, other = number(), number()
        if ends == "transfer":
            queue = self._draw.choice([queue for queue in QUEUES if queue != customer.arrival.queue])
            if await self._ask("transfer", lambda client: client.move(name, queue, request_id=other)) is not None:
                self._books.transferred += 1
                self._lobby.wait(customer, customer.arrival.patience_s)
                return
        if ends == "fail":
            failed = lambda client: client.fail(assignment_id=assignment_id, request_id=other)  # noqa: E731
            if await self._ask("fail", failed) is not None:
                self._books.media_failed += 1
                self._lobby.wait(customer, customer.arrival.patience_s)
                return
        answer = await self._ask("complete", lambda client: client.complete(name, request_id=key), timed="complete")
        if answer is None:  # somebody else has it now, or nobody
            self._lobby.wait(customer, customer.arrival.patience_s)
            return
        self._books.completed += 1
        self._lobby.leave(customer)
        if (
            answer.state is AssignmentState.WRAP_UP and self._draw.random() < 0.8
        ):  # the others let the time for notes run out
            await asyncio.sleep(self._draw.expovariate(1.0 / NOTES_S))
            done = number()
            await self._ask(
                "end_wrap_up", lambda client: client.agent(self.name).end_wrap_up(assignment_id, request_id=done)
            )


def _nobody(name: str) -> Arrival:
    """Return a customer of whom nothing is known any more."""
    return Arrival(int(name.rpartition("-")[2]), 0.0, "", "", "", False, 1.0, 0.1, "complete", 0.0, False, False, False)


def _content(arrival: Arrival) -> Arrival:
    """Return the same customer, who does nothing special a second time."""
    return dataclasses.replace(arrival, ends="complete") if arrival.ends != "complete" else arrival
