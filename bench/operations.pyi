from .scenario import Scenario

OPERATIONS: tuple[str, ...]

def operation(name: str, agents: int, waiting: int | None = None, remembered: int = 4096) -> Scenario: ...
