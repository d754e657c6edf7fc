"""The command line as tests call it."""

from collections.abc import Callable
from typing import NamedTuple


class Answer(NamedTuple):
    """The end of a command."""

    code: int
    out: str
    err: str


Cli = Callable[..., Answer]
