"""Silence ladders as a policy's file says them."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, cast

from pydantic import Discriminator, Field, Tag

from policies.spans import SpanText
from sla.base.fields import Name, Record
from sla.inputs.ladder_terms import LadderKind


class RungSpec(Record):
    """A step of a silence ladder."""

    wait: SpanText = Field(description="how long the silence must last, counted from `since`")
    do: Literal["follow_up", "solve", "close", "lower_severity", "notify"] = Field(
        description="remind the customer, mark as solved, close, give a lower severity, or tell a level"
    )
    since: Literal["previous", "silence", "first_follow_up"] = Field(
        default="previous",
        description="what `wait` counts from: the step before, our message that began the silence, or the first "
        "follow-up; a step is never due before the one above it",
    )
    severities: tuple[Name, ...] = Field(default=(), description="only at these severities; all if left out")
    message: Name | None = Field(
        default=None, description="the wording, for `follow_up` and `notify`; the usual one if left out"
    )
    channel: Literal["email", "phone"] = Field(
        default="email",
        description="a `follow_up` by `phone` is a request to the ticket's owner to call the customer",
    )
    tell: Name | None = Field(default=None, description="the level that is told, for `notify`")
    to: Name | None = Field(default=None, description="the severity that the ticket gets, for `lower_severity`")
    calendar: Name | None = Field(default=None, description="counts `wait`; the policy's `calendar` if left out")


class LadderSpec(Record):
    """What is done, step by step, while the customer says nothing. In its short form a plain list of steps."""

    steps: tuple[RungSpec, ...] = Field(default=(), description="the steps, in order")
    plans: tuple[Name, ...] = Field(default=(), description="only on these plans; all if left out")
    channels: tuple[Name, ...] = Field(default=(), description="only for tickets of these channels; all if left out")
    separate_business_days: bool = Field(
        default=False, description="no two follow-ups on one business day of the policy's calendar"
    )
    minimum_age: SpanText | None = Field(default=None, description="a younger ticket is neither solved nor closed")
    our_message: Literal["restart", "continue"] = Field(
        default="restart", description="whether another message of ours begins the ladder anew"
    )
    out_of_office: Literal["wait", "ignore"] = Field(
        default="wait", description="whether the next step waits for the day of return that an automatic reply names"
    )
    on_hold: Literal["pause", "restart"] = Field(
        default="pause", description="whether a hold stops the waits or begins the ladder anew"
    )


def _shape(value: Any) -> Literal["steps", "ladder", "ladders"]:
    """How a ladder is written: its steps alone, whole, or as a list of ladders."""
    if isinstance(value, Mapping | LadderSpec):
        return "ladder"
    listed = cast("Sequence[Any]", value) if isinstance(value, list | tuple) else ()
    whole = [isinstance(each, LadderSpec) or (isinstance(each, Mapping) and "steps" in each) for each in listed]
    return "ladders" if any(whole) else "steps"


Ladders = Annotated[
    Annotated[tuple[RungSpec, ...], Tag("steps")]
    | Annotated[LadderSpec, Tag("ladder")]
    | Annotated[tuple[LadderSpec, ...], Tag("ladders")],
    Discriminator(_shape),
]


class SilenceSpec(Record):
    """The ladders after an answer that awaits the customer, and after a solution.

    Each is written as a plain list of steps, as one ladder, or as a list of ladders: then the first whose plans and
    channels fit the ticket is the ticket's.
    """

    pending: Ladders = Field(default=(), description="while the ticket waits for the customer")
    solved: Ladders = Field(default=(), description="after a solution: usually one step that closes the ticket")

    def ladders(self, kind: LadderKind) -> tuple[LadderSpec, ...]:
        """The ladders of a status, however they are written."""
        written = self.pending if kind == "pending" else self.solved
        if isinstance(written, LadderSpec):
            return (written,)
        whole = tuple(each for each in written if isinstance(each, LadderSpec))
        steps = tuple(each for each in written if isinstance(each, RungSpec))
        return (*whole, *((LadderSpec(steps=steps),) if steps else ()))
