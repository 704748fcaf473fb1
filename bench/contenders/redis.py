"""Routing by Redis: one Lua script does an event on the server, atomically; nothing is written to disk.

Sorted sets keep every order that is asked for, so that each choice is the first of a set:

* ``idle:<queue>``: the agents who are idle and serve this queue, by when they became idle. Who becomes idle or busy
  enters or leaves the sets of all queues that they serve, about a dozen.
* ``line:<queue>``: who waits, by tier and then by arrival, both in one score.
* ``queues:<agent>``, ``serving`` (interaction -> agent) and ``waiting`` (interaction -> queue) say where to look.

A queue is a requirement. Commands are sent in pipelines of several hundred: what is measured is how many events a
second the server can decide, without the wait for each answer, which is much longer than the decision.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from contextlib import ExitStack
from importlib.util import find_spec
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from ..reference_job import TIERS, Event, Job
from .databases import Server, idle_since, serves

BATCH: Final = 500
"""Commands of a pipeline."""
ANSWER_WITHIN: Final = 30.0
"""Seconds that the server may take for the answer to a batch."""
ABOVE: Final = 1 << 32
"""A score in a line is (tiers above) x ABOVE + interaction: exact, for a double holds 53 bits."""

SCRIPT: Final = f"""
local call = redis.call
local kind, tier, queue, interaction, now = unpack(ARGV)
if kind == '0' then  -- it arrives
  local agent = call('ZRANGE', 'idle:' .. queue, 0, 0)[1]
  if agent then
    for _, q in ipairs(call('LRANGE', 'queues:' .. agent, 0, -1)) do call('ZREM', 'idle:' .. q, agent) end
    call('HSET', 'serving', interaction, agent)
    return tonumber(agent)
  end
  call('ZADD', 'line:' .. queue, ({TIERS - 1} - tier) * {ABOVE} + interaction, interaction)
  call('HSET', 'waiting', interaction, queue)
elseif kind == '1' then  -- it is completed
  local agent = call('HGET', 'serving', interaction)
  call('HDEL', 'serving', interaction)
  local queues = call('LRANGE', 'queues:' .. agent, 0, -1)
  local first, score, line = nil, math.huge, nil
  for _, q in ipairs(queues) do
    local head = call('ZRANGE', 'line:' .. q, 0, 0, 'WITHSCORES')
    if head[1] and tonumber(head[2]) < score then first, score, line = head[1], tonumber(head[2]), q end
  end
  if first then
    call('ZREM', 'line:' .. line, first)
    call('HDEL', 'waiting', first)
    call('HSET', 'serving', first, agent)
    return tonumber(first)
  end
  for _, q in ipairs(queues) do call('ZADD', 'idle:' .. q, now, agent) end
else  -- it leaves
  call('ZREM', 'line:' .. call('HGET', 'waiting', interaction), interaction)
  call('HDEL', 'waiting', interaction)
end
return -1
"""


class Redis:
    """The reference job by one script on a server of our own, reached through a Unix socket."""

    name: ClassVar[str] = "Redis, one Lua script"

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.answers: list[int] = []
        self._undo = ExitStack()

    @classmethod
    def missing(cls) -> str | None:
        """Return why it cannot run here, if so."""
        if shutil.which("redis-server") is None:
            return "redis-server is not installed: apt-get install redis-server"
        if find_spec("redis") is None:
            return "Python's client for Redis is not installed: pip install 'redis[hiredis]'"
        return None

    def load(self, job: Job, events: NDArray[np.void]) -> None:
        """Start a server and fill it with the standing; ServerError when that fails."""
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        with ExitStack() as undo:
            self.server = Server("redis-server")
            undo.callback(self.server.close)
            socket = str(self.server.folder / "redis.sock")
            # No second try: a script whose answer was lost may have run, and must not run twice.
            self.client = redis.Redis(
                unix_socket_path=socket, socket_timeout=ANSWER_WITHIN, retry=Retry(NoBackoff(), 0)
            )
            undo.callback(self.client.close)
            nothing_on_disk = ("--save", "", "--appendonly", "no")
            command = ("redis-server", "--port", "0", "--unixsocket", socket, "--unixsocketperm", "700")
            self.server.start((*command, *nothing_on_disk), self._answers)
            with self.server.reached(redis.RedisError):
                self._fill(job)
                self.script = self.client.script_load(SCRIPT)
            self._undo = undo.pop_all()
        self.events, self.answers = events.tolist(), []

    def run(self) -> None:
        """Do every event, BATCH at a time; ServerError when the server goes away."""
        import redis

        events, script = self.events, self.script
        with self.server.reached(redis.RedisError):
            for start in range(0, len(events), BATCH):
                pipeline = self.client.pipeline(transaction=False)
                for now, event in enumerate(events[start : start + BATCH], start + 1):
                    pipeline.evalsha(script, 0, *event, now)
                self.answers += pipeline.execute()

    def results(self) -> NDArray[np.int32]:
        """Return who got what."""
        return np.array(self.answers, np.int32)

    def close(self) -> None:
        """Stop the server and forget everything."""
        self._undo.close()
        self.events, self.answers = [], []

    def _answers(self) -> bool:
        """Whether the server is up."""
        import redis

        try:
            return bool(self.client.ping())
        except redis.ConnectionError:
            return False

    def _fill(self, job: Job) -> None:
        """Enter the standing."""
        since = idle_since(job)
        queues: defaultdict[int, list[int]] = defaultdict(list)
        idle: defaultdict[int, dict[str, int]] = defaultdict(dict)
        lines: defaultdict[int, dict[str, int]] = defaultdict(dict)
        for agent, queue in serves(job):
            queues[agent].append(queue)
            if agent in since:
                idle[queue][str(agent)] = since[agent]
        for interaction, tier, queue in job.standing.waiting:
            lines[queue][str(interaction)] = (TIERS - 1 - tier) * ABOVE + interaction
        pipeline = self.client.pipeline(transaction=False)
        for agent, served in queues.items():
            pipeline.rpush(f"queues:{agent}", *served)
        for queue, moments in idle.items():
            pipeline.zadd(f"idle:{queue}", moments)
        for queue, scores in lines.items():
            pipeline.zadd(f"line:{queue}", scores)
            pipeline.hset("waiting", mapping=dict.fromkeys(scores, queue))
        if busy := job.standing.busy:
            pipeline.hset("serving", mapping={str(interaction): agent for interaction, agent in busy.items()})
        pipeline.execute()
