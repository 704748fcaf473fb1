from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from acdcore.router import Op

from ..reference_job import Job
from .stream import Stream

def must(stream: Stream, op: Op, *items: tuple[int, int, int], **fields: object) -> int: ...
def define_reference(stream: Stream, job: Job) -> None: ...
def reference(job: Job, settle: int = 0) -> tuple[Stream, NDArray[np.int32]]: ...
def enqueue_many(
    stream: Stream,
    count: int,
    queues: Sequence[int],
    tiers: Sequence[int],
    *,
    names: bool = False,
    requests: bool = False,
    customers: bool = False,
) -> int: ...
def serve_many(stream: Stream, count: int, queue: int, *, requests: bool = False, customers: bool = False) -> None: ...
def center_that_grows(**settings: int) -> Stream: ...
