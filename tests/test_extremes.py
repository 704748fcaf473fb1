"""What a random run of tiny centers does not reach: sums beyond 64 bits, unkind ids, memory that runs out."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid

import pytest

from acdcore.router import Command, Core, Item, ItemKind, Op, Result, Setting
from acdcore.router.codes import MAX_NOW_NS
from acdcore.router.reference import Reference

Router = Core | Reference


def with_one_agent(router: Router, now_ns: int) -> Router:
    router.apply(Command(Op.DEFINE_TIER, now_ns, name=b"t"))
    router.apply(Command(Op.DEFINE_QUEUE, now_ns, name=b"q"))
    router.apply(Command(Op.DEFINE_AGENT, now_ns, name=b"a"))
    router.apply(Command(Op.SIGN_IN, now_ns, agent=0, x=1))
    return router


@pytest.mark.parametrize("router", [Reference, Core])
def test_sums_of_times_do_not_overflow(router: type[Router]) -> None:
    """Waits of 146 years each, at the last moment that there is."""
    core = with_one_agent(router(), MAX_NOW_NS)
    for _ in range(5):
        handle = core.apply(Command(Op.ENQUEUE, MAX_NOW_NS, queue=0, tier=0, x=0)).value
        agent = core.agent(0)
        assert agent is not None
        core.apply(Command(Op.ACCEPT, MAX_NOW_NS, target=agent.offers[0]))
        core.apply(Command(Op.COMPLETE, MAX_NOW_NS, target=handle, x=1))
    assert core.figures(0, 0).wait_ns == 5 * MAX_NOW_NS > 2**64
    assert core.figures(0, 0).answered == 5


@pytest.mark.parametrize("router", [Reference, Core])
def test_the_hash_sees_which_answer_will_be_forgotten_first(router: type[Router]) -> None:
    hashes = set()
    for order in ((1, 2), (2, 1)):
        core = with_one_agent(router(), 0)
        for request_id in order:
            core.apply(Command(Op.RENEW_LEASE, 0, agent=0, request_id=request_id))
        hashes.add(core.state_hash())
    assert len(hashes) == 2


def test_request_ids_that_share_their_low_half_are_told_apart() -> None:
    """Time-based UUIDs of one client differ in their high half alone."""
    core = with_one_agent(Core(), 0)
    ids = [uuid.UUID(int=(number << 64) | 0x8000_1234_5678_9ABC).int for number in range(1, 2_000)]
    for request_id in ids:
        core.apply(Command(Op.RENEW_LEASE, 0, agent=0, request_id=request_id))
    again = Command(Op.RENEW_LEASE, 0, agent=0)
    assert all(core.apply(again._replace(request_id=one)).code == Result.OK for one in ids)
    assert core.apply(again._replace(request_id=ids[0], agent=7)).code == Result.REQUEST_MISMATCH
    core.check_invariants()


@pytest.mark.parametrize("router", [Reference, Core])
def test_too_many_skills_are_refused_before_they_are_compared(router: type[Router]) -> None:
    core = router()
    core.apply(Command(Op.DEFINE_SKILL, 0, name=b"s"))
    items = tuple(Item(ItemKind.HAS_SKILL, 0, 1) for _ in range(200))
    answer = core.apply(Command(Op.DEFINE_AGENT, 0, name=b"a", items=items))
    assert answer == (Result.LIMIT_REACHED, Setting.MAX_SKILLS_PER_AGENT)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits the address space as Linux does")
@pytest.mark.skipif("ACDCORE_TEST_BUILD" in os.environ, reason="the address sanitizer reserves more than any limit")
def test_memory_that_runs_out_stops_the_router_for_good() -> None:
    """A MemoryError, then RuntimeError for whatever follows: never a write where there is no room."""
    script = """if True:
        import resource
        from acdcore.router import Command, Core, Op
        core = Core()
        core.apply(Command(Op.DEFINE_TIER, 0, name=b"t"))
        core.apply(Command(Op.DEFINE_QUEUE, 0, name=b"q"))
        enqueue = Command(Op.ENQUEUE, 0, queue=0, tier=0, x=-1)
        with open("/proc/self/statm") as statm:
            pages = int(statm.read().split()[0])
        limit = pages * resource.getpagesize() + (64 << 20)
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        try:
            for number in range(2_000_000):
                core.apply(enqueue)
            print("never ran out")
        except MemoryError:
            print("MemoryError")
        for _ in range(3):
            try:
                core.apply(enqueue)
            except RuntimeError as error:
                print(error)
    """
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "MemoryError"
    assert len(lines) == 4
    assert all("ran out of memory" in line for line in lines[1:])
