"""What a customer's words mean: thanks, a keyword that confirms the solution, or something to be read by a person.

In doubt they are for a person: nothing here ever takes a sentence for less than it is. And what a reply does to a
ticket that has ended already.
"""

import html
import re
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from unicodedata import normalize

from pydantic import Field

from sla.base.errors import HoldfastError
from sla.base.fields import Line, Record
from sla.base.instant import Instant
from sla.calendars.duration import due_at
from sla.inputs.terms import AfterClose, Replies
from sla.state.state import State


class Meaning(StrEnum):
    """What a reply says, as far as a rule may know."""

    WORDS = "words"
    KEYWORD = "keyword"
    THANKS = "thanks"


def meaning(text: str, keyword: str | None, thanks: tuple[str, ...]) -> Meaning:
    """Whether the customer's own words in `text` are the keyword, one of the thanks, or anything else.

    Case, surrounding punctuation, quoted mail and signatures do not count; a question mark does.
    """
    said = _bare(own_words(text)) if keyword or thanks else ""
    if said and keyword and said == _bare(keyword):
        return Meaning.KEYWORD
    return Meaning.THANKS if said and said in map(_bare, thanks) else Meaning.WORDS


def own_words(text: str) -> str:
    """What the customer wrote in a mail: without markup, quoted mail and signature."""
    return "\n".join(_own_lines([line.strip() for line in _unmarked(text).splitlines()])).strip()


def _bare(text: str) -> str:
    """Words to be compared. A text of signs alone stays as it is."""
    said = " ".join(normalize("NFKC", text).casefold().split())
    return said[_signs(said) : len(said) - _signs(said[::-1])] or said


def _signs(said: str) -> int:
    """How many signs stand before the first letter, digit or question mark."""
    return next((index for index, sign in enumerate(said) if sign.isalnum() or sign == "?"), len(said))


_WROTE = re.compile(r"(?=.*\d)(on\b.+\bwrote|am\b.+\bschrieb\b.*|le\b.+\ba écrit|el\b.+\bescribió)\s*:", re.IGNORECASE)
"""The line that mail programs put above what they quote; it holds a date."""

_FORWARDED = re.compile(r"-{2,}\s*original message\s*-{2,}", re.IGNORECASE)
_DEVICE = re.compile(r"sent from my .{1,40}", re.IGNORECASE)


def _own_lines(lines: list[str]) -> Iterator[str]:
    """Quoted lines are left out wherever they stand, so that an answer below them is found; a signature ends it."""
    index = 0
    while index < len(lines):
        line, announced = lines[index], _announcing(lines, index)
        if line == "--" or _FORWARDED.fullmatch(line) or (announced and not _quoted(lines[index + announced :])):
            return
        if not (announced or line.startswith(">") or _DEVICE.fullmatch(line)):
            yield line
        index += announced or 1


def _announcing(lines: list[str], index: int) -> int:
    """How many lines from here announce quoted mail: such a line is often broken in two or three."""
    heads = (" ".join(lines[index : index + size]) for size in (1, 2, 3))
    return next((size for size, head in enumerate(heads, 1) if len(head) < 300 and _WROTE.fullmatch(head)), 0)


def _quoted(lines: list[str]) -> bool:
    return next((line for line in lines if line), "").startswith(">")


_TAG = re.compile(r"<(/?)([a-zA-Z][\w:]*)(?=[\s/>])[^<>@]*>")
_KNOWN = frozenset({"html", "body", "div", "p", "br", "span", "blockquote", "font", "table", "b", "i", "a"})
_HIDDEN = frozenset({"blockquote", "head", "style", "script"})
_BREAKS = frozenset({"br", "p", "div", "tr", "li", "blockquote"})


def _unmarked(text: str) -> str:
    """The words of a mail in HTML, what it quotes left out; any other text as it is."""
    tags = list(_TAG.finditer(text))
    if not any(tag[2].lower() in _KNOWN for tag in tags):
        return text
    kept, hidden, last = list[str](), 0, 0
    for tag in tags:
        name = tag[2].lower()
        kept.append(" ".join(text[last : tag.start()].split("\n")) * (not hidden))
        kept.append("\n" if name in _BREAKS else "")
        hidden = max(0, hidden + (-1 if tag[1] else 1)) if name in _HIDDEN else hidden
        last = tag.end()
    return html.unescape("".join((*kept, text[last:] * (not hidden))))


class Aftermath(Record):
    """What a ticket that has ended leaves to whoever hears of it later: its policy's rules, with their instants.

    `reopen_until` (UTC) is the last instant at which it can be reopened, missing where there is no limit; later,
    `afterwards` holds.
    """

    after_close: AfterClose
    reopen_until: Instant | None = None
    afterwards: AfterClose = AfterClose.FOLLOW_UP_TICKET
    keyword: Line | None = None
    thanks: tuple[Line, ...] = Field(default=(), description="replies that say no more than this change nothing")


def aftermath(state: State) -> Aftermath:
    """The rules that a closed ticket leaves. Raises PastHorizon, NoOpenTime."""
    replies = state.terms.replies
    return Aftermath(
        after_close=replies.closed,
        reopen_until=_reopen_until(state, replies),
        afterwards=replies.afterwards,
        keyword=replies.keyword,
        thanks=replies.thanks,
    )


def reopening_ends(state: State) -> datetime | None:
    """The last instant (UTC) at which a closed ticket can be reopened; None where there is none, or none is known."""
    try:
        return _reopen_until(state, state.terms.replies)
    except HoldfastError:
        return None


def _reopen_until(state: State, replies: Replies) -> datetime | None:
    if replies.closed is not AfterClose.REOPEN or replies.reopen_for is None or state.closing is None:
        return None
    return due_at(state.calendar(replies.calendar), state.closing.at, replies.reopen_for)


def after_close(left: Aftermath, text: str, at: datetime) -> AfterClose | None:
    """What a person's reply at `at` (UTC) does to a ticket that has ended.

    None where it says no more than thanks or the keyword: it changes nothing.
    """
    if meaning(text, left.keyword, left.thanks) is not Meaning.WORDS:
        return None
    late = left.reopen_until is not None and at > left.reopen_until
    return left.afterwards if late and left.after_close is AfterClose.REOPEN else left.after_close


_WISHES = {
    AfterClose.REOPEN: "opens it again",
    AfterClose.TELEPHONE: "asks the customer to call",
    AfterClose.NEW_CASE: "asks for a new case that names it",
    AfterClose.FOLLOW_UP_TICKET: "wants a follow-up ticket, which a reply of the customer opens",
}


def instead(left: Aftermath, rule: AfterClose) -> str:
    """What a policy wants in place of opening a closed ticket again, for the person who asked for that."""
    past = left.reopen_until
    over = f"it could be reopened until {past:%Y-%m-%d %H:%M} UTC, and " if past and rule != left.after_close else ""
    return f"{over}its policy {_WISHES[rule]}"


def turned_away(state: State, text: str, at: datetime) -> AfterClose | None:
    """What becomes of a reply that was written to a solved ticket and leaves it solved.

    None where it does not: the ticket is not solved, the reply crossed the solution, or the policy reopens the ticket.
    """
    replies = state.terms.replies
    if state.status != "solved" or at < state.since or replies.solved is AfterClose.REOPEN:
        return None
    return replies.solved if meaning(text, replies.keyword, replies.thanks) is Meaning.WORDS else None
