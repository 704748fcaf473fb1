import numpy as np
from numpy.typing import NDArray

from acdcore.router import Core

from .reference_job import Job

EVENT_NS: int
HEAD_START_NS: int

def new_core(job: Job) -> Core: ...

class Prepared:
    core: Core
    commands: NDArray[np.void]
    handles: NDArray[np.int64]
    first_ns: int

    def __init__(self, job: Job, events: NDArray[np.void]) -> None: ...
    def run(self) -> None: ...
    def results(self) -> NDArray[np.int32]: ...
    def decoded(self, arrived: NDArray[np.bool_], found: NDArray[np.int64]) -> NDArray[np.int32]: ...
