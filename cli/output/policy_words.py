"""The parts of a policy in sentences, for a terminal."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from policies.calendars import CUSTOMER, CalendarSpec
from policies.cells import OTHER_CHANNELS, Cell, TargetSpec
from policies.entitlements import EntitlementSpec
from policies.format import ChoiceSpec, ClockSpec, PlanSpec, PolicySpec, RepeatSpec, ThresholdSpec
from policies.holiday_dates import CountryHolidays, DatedHoliday, RuleHoliday
from policies.ladder_specs import LadderSpec, RungSpec
from policies.spans import Span
from sla.base.fields import Record
from sla.calendars.time_text import humane
from sla.inputs.terms import DEFAULT_CLOCKS, AfterClose, Objective

REPLY = {
    AfterClose.REOPEN: "reopens it",
    AfterClose.NEW_CASE: "changes nothing: the customer is asked for a new case",
    AfterClose.FOLLOW_UP_TICKET: "opens a follow-up ticket",
    AfterClose.TELEPHONE: "changes nothing: the customer is asked to call",
}
STATUS = {"run": "counts on", "pause": "stands still", "restart": "begins anew afterwards"}
ONCE = "at once"


def hours_words(spec: CalendarSpec) -> str:
    """The hours of a week: `mon-fri 09:00-17:00`."""
    return _hours(spec.hours)


def _hours(written: Any) -> str:
    if isinstance(written, Mapping):
        return "; ".join(f"{day} {_joined(hours)}" for day, hours in cast("Mapping[str, Any]", written).items())
    return {"24x7": "round the clock", "24x5": "round the clock from Monday to Friday"}.get(
        str(written), _joined(written)
    )


def _joined(hours: Any) -> str:
    return hours if isinstance(hours, str) else " and ".join(map(_hours, hours))


def zone_words(spec: CalendarSpec) -> str:
    """The zone, or whose it is."""
    return "the customer's zone" if spec.zone == CUSTOMER else spec.zone


def special_words(spec: CalendarSpec) -> Iterator[str]:
    """Holidays and exceptions, one phrase each."""
    for holiday in spec.holidays:
        yield f"closed: {_holiday(holiday)}"
    for each in spec.exceptions:
        said: dict[str, Any] = each.model_dump(mode="json", by_alias=True)
        when = said["date"] if "date" in said else f"{said['from']} to {said['to']}"
        yield f"{each.name}, {when}: {_hours(said['hours'])}"


def _holiday(holiday: Record) -> str:
    match holiday:
        case CountryHolidays():
            place = f"{holiday.country}-{holiday.subdivision}" if holiday.subdivision else holiday.country
            kinds = "" if holiday.categories == ("public",) else f" ({', '.join(holiday.categories)})"
            return f"holidays of {place}{kinds}" + (f", only {', '.join(holiday.only)}" if holiday.only else "")
        case DatedHoliday():
            return f"{holiday.name}, {holiday.date_}" + (f", {holiday.days} days" if holiday.days > 1 else "")
        case RuleHoliday():
            return f"{holiday.name}, by {holiday.rrule} from {holiday.from_}" + (
                f", {holiday.days} days" if holiday.days > 1 else ""
            )
        case _:
            said = holiday.model_dump(mode="json", by_alias=True, exclude_defaults=True)
            return ", ".join(f"{key} {value}" for key, value in said.items())


def cell_words(cell: Cell | None) -> str:
    """What a cell promises, a line for each channel; `not stated` where there is none."""
    if cell is None:
        return "not stated"
    lines = {channel: _promised(promise) for channel, promise in cell.by_channel.items()}
    only = lines.get(OTHER_CHANNELS) if len(lines) == 1 else None
    return only or "\n".join(f"{channel}: {said}" for channel, said in lines.items())


def _promised(promise: TargetSpec | str) -> str:
    if isinstance(promise, str):
        return promise
    asked = f" {promise.hours}" if promise.hours else ""
    more = [
        f"calendar {promise.calendar}" if promise.calendar else "",
        f"outside{asked} hours: {promise.outside.said}" if promise.outside else "",
        f"{promise.cutoff.kind} cut-off {_clock(promise.cutoff.at)}{asked}" if promise.cutoff else "",
    ]
    return ", ".join([promise.target.said, *filter(None, more)])


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds % 3600 // 60:02}"


def choice_words(rule: ChoiceSpec) -> str:
    """When a calendar rule chooses its calendar."""
    when = [
        *_only("severities", rule.severities),
        *_only("channels", rule.channels),
        *_only("regions", rule.regions),
        *(["work round the clock is asked for"] if rule.requested else []),
    ]
    meanwhile = ", while the customer has a contact for us" if rule.contact else ""
    return f"{rule.use} instead: {'; '.join(when) or 'always'}{meanwhile}"


def _only(what: str, names: Iterable[str]) -> list[str]:
    listed = list(names)
    return [f"{what} {', '.join(listed)}"] if listed else []


def entitlement_words(spec: EntitlementSpec) -> Iterator[str]:
    """Who may open tickets, and how long."""
    if spec.term:
        yield f"entitled for {spec.term.said} from the day it was {spec.since}"
    if spec.expires:
        yield "entitled until the day `expires_on` that the ticket names"
    if spec.incidents:
        yield "entitled while incidents are left"
    yield from (f"only {' and '.join(each)} may open tickets" for each in [spec.contacts] if each)
    yield from (f"only contacts with the role {' or '.join(each)} may open tickets" for each in [spec.roles] if each)
    if spec.newest is not None:
        newest = f"{spec.newest} newest major versions" if spec.newest > 1 else "newest major version"
        yield f"entitled for the {newest}"
    if spec.supported is not None:
        yield f"entitled for versions until {_counted(spec.supported, 'month')} after the next major version"
    if spec.unknown == "accept":
        yield "entitled also where the ticket does not say what is asked for"


def _counted(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def plan_words(plan: PlanSpec) -> Iterator[str]:
    """What a plan says besides its targets."""
    yield f"calendar {plan.calendar}"
    yield from (choice_words(rule) for rule in plan.calendars)
    yield from _only("channels", plan.channels)
    yield from entitlement_words(plan.entitlement)
    if plan.retired:
        yield f"retired: no new tickets from {plan.retired}"


def clock_words(objective: Objective, spec: ClockSpec) -> str | None:
    """Where a clock's rules differ from the usual ones; None where they do not."""
    usual = DEFAULT_CLOCKS[objective]
    said = [
        f"begins {_beginning(spec.starts)}" if spec.starts not in {None, usual.starts} else "",
        f"waits until there is: {', '.join(spec.needs)}" if spec.needs else "",
        f"while pending {STATUS[spec.pending]}" if spec.pending and spec.pending != usual.pending else "",
        f"while on hold {STATUS[spec.on_hold]}" if spec.on_hold and spec.on_hold != usual.on_hold else "",
    ]
    return f"{humane(objective)}: {'; '.join(filter(None, said))}" if any(said) else None


def _beginning(starts: object) -> str:
    return f"after the {humane(starts)}" if isinstance(starts, Objective) else "at the opening"


def threshold_words(policy: PolicySpec, spec: ThresholdSpec) -> str:
    """When a level is told."""
    if spec.at is not None:
        when = "at the breach" if spec.at == 100 else f"at {spec.at} %"
    else:
        when = f"{spec.before.said} before" if spec.before else f"{spec.after.said} after" if spec.after else ""
    limits = [*_only("", map(humane, spec.objectives)), *_only("severities", spec.severities)]
    return f"{when}{_limited(limits)}: {title(policy, spec.tell)}{repeat_words(spec.repeat)}"


def _limited(limits: list[str]) -> str:
    return f" (only {'; '.join(each.strip() for each in limits)})" if limits else ""


def title(policy: PolicySpec, level: str) -> str:
    """How people know a level."""
    return policy.levels[level].title


def repeat_words(spec: RepeatSpec | None) -> str:
    """How an escalation goes on."""
    if spec is None:
        return ""
    every = f", again every {_each(spec.every)} until acknowledged" if spec.every else ""
    rearm = f", again if {spec.rearm.said} {_pass(spec.rearm)} without a message to the customer" if spec.rearm else ""
    return every + rearm


def _each(span: Span) -> str:
    """After `every`: `business hour`, `2 business hours`."""
    return span.said.removeprefix("1 ")


def _pass(span: Span) -> str:
    return "passes" if span.amount == 1 else "pass"


def escalation_words(policy: PolicySpec) -> Iterator[str]:
    """Escalation that does not hang on one clock."""
    for age in policy.escalation.ages:
        limits = _limited(_only("severities", age.severities))
        yield f"unsolved for {age.age.said}{limits}: {title(policy, age.tell)}{repeat_words(age.repeat)}"
    if request := policy.escalation.on_request:
        yield f"when the customer asks: {title(policy, request.tell)}{_review_words(request.review)}"


_UNTIMED = {
    "none": "no time is promised for a review",
    "best effort": "reviewed as soon as we can, without a promised time",
    "not stated": "no time is stated for a review",
}


def _review_words(review: Cell | None) -> str:
    if review is None:
        return ""
    only = review.by_channel.get(OTHER_CHANNELS) if len(review.by_channel) == 1 else None
    if isinstance(only, str):
        return f"; {_UNTIMED[only]}"
    said = cell_words(review)
    return f"; reviewed within {said}" if only else f"; review by channel: {', '.join(said.splitlines())}"


def ladder_words(spec: LadderSpec) -> Iterator[str]:
    """What holds for all steps of a ladder."""
    yield from _only("only on plans", spec.plans)
    yield from _only("only for channels", spec.channels)
    if spec.separate_business_days:
        yield "no two follow-ups on one business day"
    if spec.minimum_age:
        yield f"no ticket younger than {spec.minimum_age.said} is solved or closed"
    if spec.our_message == "continue":
        yield "another message of ours does not begin it anew"
    if spec.out_of_office == "ignore":
        yield "does not wait for a day of return"
    if spec.on_hold == "restart":
        yield "begins anew after a hold"


def rung_words(policy: PolicySpec, rung: RungSpec) -> str:
    """What a step does, and after how long."""
    since = {"previous": "", "silence": " of silence", "first_follow_up": " from the first follow-up"}[rung.since]
    by = f", calendar {rung.calendar}" if rung.calendar else ""
    limits = _limited(_only("severities", rung.severities))
    wait = ONCE if rung.wait.said == ONCE else f"after {rung.wait.said}{since}{by}"
    return f"{wait}{limits}: {_does(policy, rung)}"


def _does(policy: PolicySpec, rung: RungSpec) -> str:
    worded = f", message {rung.message}" if rung.message else ""
    match rung.do:
        case "follow_up":
            return ("the owner is asked to call" if rung.channel == "phone" else "remind the customer") + worded
        case "notify":
            return f"tell {title(policy, rung.tell or '')}{worded}"
        case "lower_severity":
            return f"lower the severity to {rung.to}"
        case "solve":
            return "mark as solved"
        case "close":
            return "close"


def reply_words(policy: PolicySpec) -> Iterator[str]:
    """What replies to an ended ticket do."""
    replies = policy.replies
    yield f"to a solved ticket: {REPLY[replies.solved]}"
    within = f" within {replies.reopen_for.said}" if replies.reopen_for else ""
    yield f"to a closed ticket{within}: {REPLY[policy.after_close]}"
    if replies.reopen_for:
        yield f"later: {REPLY[replies.afterwards]}"
    if replies.keyword:
        does = "marks it as solved" if replies.confirms == "solve" else "closes it"
        yield f"the one word {replies.keyword}: {does}"
    if replies.thanks:
        yield f"nothing more than {' or '.join(replies.thanks)}: changes nothing"
