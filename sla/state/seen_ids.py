"""The ids of the events that a ticket has applied, in a compact form."""

import base64
import hashlib
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

KEPT_IDS = 65_536
"""Ids remembered for a ticket's life, the newest: 700 KB at the most, as text."""

_SIZE = 8


class SeenIds:
    """An append-only set of ids, each kept as a hash of 8 bytes; beyond `KEPT_IDS` the oldest is forgotten.

    Versions that grew from each other share their memory, so that adding costs the same however many there are.
    """

    __slots__ = ("_end", "_order", "_places", "_start")

    def __init__(self, digests: tuple[bytes, ...] = ()) -> None:
        self._order = list(digests)
        self._places = {digest: place for place, digest in enumerate(digests)}
        self._start, self._end = 0, len(digests)

    def __contains__(self, identity: object) -> bool:
        place = self._places.get(_digest(str(identity)), -1)
        return self._start <= place < self._end

    def __len__(self) -> int:
        return self._end - self._start

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SeenIds) and self._kept() == other._kept()

    def __hash__(self) -> int:
        return hash(tuple(self._kept()))

    def __repr__(self) -> str:
        return f"SeenIds({len(self)})"

    def adding(self, identity: str) -> "SeenIds":
        """The set with one more id."""
        grown = self._branch()
        digest = _digest(identity)
        grown._places[digest] = grown._end
        grown._order.append(digest)
        grown._end += 1
        grown._start = max(grown._start, grown._end - KEPT_IDS)
        return grown

    def _branch(self) -> "SeenIds":
        """A version that may grow: over the shared memory where this one is its newest and little is forgotten."""
        if self._end != len(self._order) or self._start > KEPT_IDS:
            return SeenIds(tuple(self._kept()))
        grown = SeenIds.__new__(SeenIds)
        grown._order, grown._places, grown._start, grown._end = self._order, self._places, self._start, self._end
        return grown

    def _kept(self) -> list[bytes]:
        return self._order[self._start : self._end]

    def packed(self) -> str:
        """The set as text (base64)."""
        return base64.b64encode(b"".join(self._kept())).decode("ascii")

    @classmethod
    def of(cls, packed: str) -> "SeenIds":
        """The set of a text that `packed` made. Raises ValueError."""
        try:
            raw = base64.b64decode(packed, validate=True)
        except ValueError as error:
            raise ValueError("ids must be packed as base64") from error
        if len(raw) % _SIZE or len(raw) > _SIZE * KEPT_IDS:
            raise ValueError(f"at most {KEPT_IDS} ids of {_SIZE} bytes each")
        return cls(tuple(raw[place : place + _SIZE] for place in range(0, len(raw), _SIZE)))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        text = core_schema.no_info_after_validator_function(cls.of, core_schema.str_schema())
        return core_schema.union_schema(
            [core_schema.is_instance_schema(cls), text],
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda seen: seen.packed(), return_schema=core_schema.str_schema()
            ),
        )


def _digest(identity: str) -> bytes:
    return hashlib.blake2b(identity.encode(), digest_size=_SIZE).digest()
