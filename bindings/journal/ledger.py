"""What is known beside the router's state: the definitions as they were last made.

It follows from the journal alone, so that every replay finds the same. Of a definition a hash is kept, of its fields
with names for slots, so that after a restart only what a center's file says otherwise is defined anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import blake2b
from typing import Any, Final

from ..commands import Core
from ..router.codes import Kind, Op, Result
from ..router.records import Answer, Command
from ..translate import DEFINED, translated


def named(kind: Kind, name: bytes) -> int:
    """Return a number that stands for a name, in place of a slot."""
    return int.from_bytes(blake2b(name, digest_size=7, person=kind.name.encode()).digest(), "big")


def definition(command: Command, name_of: Callable[[Kind, int], bytes]) -> str:
    """Return what tells one definition from another, whatever slots its router has given."""
    neutral = translated(command, lambda kind, slot: named(kind, name_of(kind, slot)))
    text = json.dumps([neutral.op, neutral.name.hex(), [list(item) for item in neutral.items]])
    return blake2b(text.encode(), digest_size=12).hexdigest()


class Ledger:
    """Follows the commands of a journal, beside the router that applies them."""

    def __init__(self) -> None:
        self.definitions: dict[Kind, dict[bytes, str]] = {kind: {} for kind in DEFINED.values()}
        """Of every name that was defined: what tells its last definition from others."""
        self.retired: set[bytes] = set()
        """Queues that are closed because the center's file has them no more."""

    def note(self, core: Core, command: Command, answer: Answer, *, by_file: bool) -> None:
        """Note a command that was applied; ``by_file``: to bring definitions in line with the center's file."""
        if answer.code != Result.OK:
            return
        kind = DEFINED.get(command.op)
        if kind is not None:
            self.definitions[kind][command.name] = definition(command, core.name)
        elif by_file and command.op == Op.SET_QUEUE:
            name = core.name(Kind.QUEUE, command.queue)
            (self.retired.discard if command.x else self.retired.add)(name)

    def packed(self) -> bytes:
        """Return it as bytes for a snapshot."""
        known = {
            kind.name: {name.decode(): text for name, text in names.items()} for kind, names in self.definitions.items()
        }
        whole = {"definitions": known, "retired": sorted(name.decode() for name in self.retired)}
        return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def unpacked(cls, data: bytes) -> Ledger:
        """Return what :meth:`packed` gave."""
        whole: dict[str, Any] = json.loads(data)
        ledger = cls()
        for kind, names in whole["definitions"].items():
            ledger.definitions[Kind[kind]] = {name.encode(): text for name, text in names.items()}
        ledger.retired = {name.encode() for name in whole["retired"]}
        return ledger


WATCHED: Final = frozenset({*(int(op) for op in DEFINED), int(Op.SET_QUEUE)})
"""Operations that a ledger looks at: groups without them go to the router in one piece."""
