"""`holdfast policy due`, `explain` and `diff`: what a policy promises, asked before anything has happened."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Annotated, Any, NamedTuple

import typer

from cli.commands.options import settings_with
from cli.inputs.policy_lookup import find_policy
from cli.inputs.simulation_script import policy_at, unknown_zone
from intake.reading import validated
from policies.entitled import admit
from policies.samples import sample_facts
from policies.terms import extend_terms, make_terms
from sla.base.errors import TicketError
from sla.base.fields import Record
from sla.base.instant import Instant
from sla.engine.simulator import far_enough
from sla.inputs.ticket import Ticket
from sla.state.state import State
from sla.views.forecast import Foresight, begun, foresee

app = typer.Typer()

Policy = Annotated[str, typer.Argument(metavar="POLICY", help="Name of a policy, or the path of its file.")]
Plan = Annotated[str | None, typer.Option(help="Plan of the customer; the policy's default if left out.")]
Severity = Annotated[str | None, typer.Option(help="Severity; the policy's default if left out.")]
Channel = Annotated[str | None, typer.Option(help="How the ticket comes: email, chat, phone, …")]
TimeZone = Annotated[str | None, typer.Option(help="The customer's zone, such as America/New_York.")]
Region = Annotated[str | None, typer.Option(help="The customer's region, for plans that ask for it.")]
RoundTheClock = Annotated[bool, typer.Option("--round-the-clock", help="The customer asks for work round the clock.")]
NoContact = Annotated[bool, typer.Option("--no-contact", help="The customer has nobody to work with us.")]
At = Annotated[str, typer.Option("--at", help="When the ticket is opened, ISO 8601 with an offset.")]
Answered = Annotated[str | None, typer.Option("--answered", help="When we answered first, ISO 8601 with an offset.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class _When(Record):
    at: Instant
    answered: Instant | None = None


class _Seen(NamedTuple):
    state: State
    foresight: Foresight


def _due(seen: _Seen) -> list[str]:
    from cli.output.due_times import due_lines

    return list(due_lines(seen.state, seen.foresight))


def _explained(seen: _Seen) -> list[str]:
    from cli.output.due_times import explanation_lines

    return list(explanation_lines(seen.state))


def _foretelling(name: str, sentence: str, told: Callable[[_Seen], list[str]]) -> Callable[..., None]:
    """A command that foresees one ticket: what it is given is the same, how it tells is its own."""

    @app.command(name, help=sentence)
    def command(
        policy: Policy,
        at: At,
        plan: Plan = None,
        severity: Severity = None,
        channel: Channel = None,
        time_zone: TimeZone = None,
        region: Region = None,
        round_the_clock: RoundTheClock = False,
        no_contact: NoContact = False,
        answered: Answered = None,
        as_json: Json = False,
    ) -> None:
        fields = _fields(plan, severity, channel, time_zone, region)
        seen = _seen(policy, fields, at, answered, round_the_clock=round_the_clock, contact=not no_contact)
        _print(seen, as_json, told(seen))

    return command


due = _foretelling("due", "When everything that a policy promises is due, for a ticket opened at an instant.", _due)
explain = _foretelling(
    "explain", "The same as sentences that a customer could be sent: what counted, what did not, and why.", _explained
)


@app.command()
def diff(
    before: Annotated[str, typer.Argument(metavar="A", help="Name of a policy, or the path of its file.")],
    after: Annotated[str, typer.Argument(metavar="B", help="The policy it is compared with.")],
    at: Annotated[
        str | None, typer.Option("--at", help="Sample tickets are opened in the weeks after this; now if left out.")
    ] = None,
    time_zone: Annotated[str, typer.Option(help="The customer's zone on sample tickets.")] = "America/New_York",
    as_json: Json = False,
) -> None:
    """What two policies promise differently: targets, ladders, and the due instants of sample tickets."""
    from cli.output.policy_diff import diff_lines
    from policies.differences import differences

    settings = settings_with()
    since = validated(_When, {"at": datetime.now(UTC) if at is None else at}).at
    zone = _known_zone(time_zone) or time_zone
    found = differences(find_policy(before, settings), find_policy(after, settings), since, zone)
    if as_json:
        typer.echo(found.model_dump_json(indent=2, by_alias=True))
        return
    for line in diff_lines(found):
        typer.echo(line)


def _fields(
    plan: str | None, severity: str | None, channel: str | None, time_zone: str | None, region: str | None
) -> dict[str, Any]:
    given = {"plan": plan, "severity": severity, "channel": channel, "time_zone": time_zone, "region": region}
    return {key: value for key, value in given.items() if value is not None}


def _known_zone(name: str | None) -> str | None:
    """The zone of a customer, also where no calendar asks for it. Raises TicketError for one that there is not."""
    if name is not None and (why := unknown_zone(name)):
        raise TicketError(f"time_zone: {why}")
    return name


def _seen(name: str, fields: dict[str, Any], at: str, answered: str | None, **facts: bool) -> _Seen:
    when = validated(_When, {"at": at, "answered": answered})
    if when.answered is not None and when.answered < when.at:
        raise TicketError("answered: lies before the opening")
    policy = policy_at(name, settings_with(), when.at, _known_zone(fields.get("time_zone")))
    given = {key: value for key, value in fields.items() if key != "plan"}
    ticket = validated(Ticket, {**sample_facts(policy, fields.get("plan"), when.at, **given), **facts})
    admit(policy, ticket)
    terms = make_terms(policy, ticket, when.at)
    foresight = far_enough(terms, ticket, extend_terms, lambda known: foresee(known, ticket, when.answered))
    state = far_enough(terms, ticket, extend_terms, lambda known: begun(known, ticket, when.answered))
    return _Seen(state, foresight)


def _print(found: _Seen, as_json: bool, lines: Iterable[str]) -> None:
    if as_json:
        typer.echo(found.foresight.model_dump_json(indent=2, by_alias=True, exclude=_unsaid(found.foresight)))
        return
    for line in lines:
        typer.echo(line)


def _unsaid(foresight: Foresight) -> Any:
    """What is left out where there is nothing to say: what begins later, verdicts, and escalations by age."""
    rare = ("begins", "verdict")
    return {
        **({} if foresight.ages else {"ages": True}),
        "objectives": {
            index: {name for name in rare if getattr(outlook, name) is None}
            for index, outlook in enumerate(foresight.objectives)
        },
    }
