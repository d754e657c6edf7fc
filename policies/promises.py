"""From what a policy's file says to what a ticket's terms promise, piece by piece."""

from dataclasses import dataclass
from typing import get_args

from policies.cells import Cell, TargetSpec
from policies.format import ChoiceSpec, PlanSpec, PolicySpec, RepeatSpec, ThresholdSpec
from policies.ladder_specs import LadderSpec, RungSpec
from policies.spans import Span, to_duration
from sla.base.fields import Name
from sla.calendars.duration import Duration
from sla.inputs.ladder_terms import LadderKind, LadderStep, LadderTerms
from sla.inputs.terms import (
    DEFAULT_CLOCKS,
    Absence,
    AgeRule,
    ClockRules,
    Objective,
    Promise,
    Repeat,
    Replies,
    Target,
    Threshold,
)
from sla.inputs.ticket import Ticket


def duration(policy: PolicySpec, span: Span) -> Duration:
    """What a span means where business days are read as the policy reads them."""
    return to_duration(span, policy.business_day)


def _maybe(policy: PolicySpec, span: Span | None) -> Duration | None:
    return None if span is None else duration(policy, span)


def seconds(policy: PolicySpec, span: Span) -> int:
    """A span in seconds, a day being 24 hours."""
    return duration(policy, span).amount if span.unit in {"minute", "hour"} else span.amount * 86_400


@dataclass(frozen=True)
class Promises:
    """The promises of a plan at one severity, for one ticket."""

    policy: PolicySpec
    plan: PlanSpec
    severity: Name
    ticket: Ticket

    def row(self) -> dict[Objective, Promise]:
        """What each objective promises; an objective that is left out is not stated."""
        row = {objective: self._promise(objective, cell) for objective, cell in self._cells().items()}
        return {objective: row[objective] for objective in Objective if objective in row}

    def _cells(self) -> dict[Objective, Cell]:
        request = self.policy.escalation.on_request
        review = {Objective.ESCALATION_REVIEW: request.review} if request and request.review else {}
        return {**review, **self.plan.targets[self.severity]}

    def _promise(self, objective: Objective, cell: Cell) -> Promise:
        match cell.on(self.ticket.channel):
            case TargetSpec() as spec:
                return self._target(objective, spec)
            case "best effort":
                return Absence(kind="best_effort")
            case "none":
                return Absence(kind="none")
            case "not stated":
                return Absence(kind="not_stated")

    def _target(self, objective: Objective, spec: TargetSpec) -> Target:
        choice = None if spec.calendar else self._choice()
        calendar = spec.calendar or (choice.use if choice else self.plan.calendar)
        return Target(
            duration=duration(self.policy, spec.target),
            calendar=calendar,
            thresholds=self._thresholds(objective, calendar),
            outside=_maybe(self.policy, spec.outside),
            hours=spec.hours,
            cutoff=spec.cutoff,
            fallback=self.plan.calendar if choice and choice.contact else None,
        )

    def _choice(self) -> ChoiceSpec | None:
        """The rule that chooses the calendar; None where the plan's own counts."""
        return next((rule for rule in self.plan.calendars if self._fits(rule)), None)

    def _fits(self, rule: ChoiceSpec) -> bool:
        return (
            (not rule.severities or self.severity in rule.severities)
            and (not rule.channels or self.ticket.channel in rule.channels)
            and (not rule.regions or self.ticket.region in rule.regions)
            and (not rule.requested or self.ticket.round_the_clock)
        )

    def _thresholds(self, objective: Objective, calendar: Name) -> tuple[Threshold, ...]:
        """The policy's thresholds that hold here; the breach is among them even when nobody is told of it."""
        made = tuple(
            self._threshold(spec, calendar)
            for spec in self.policy.thresholds
            if (not spec.objectives or objective in spec.objectives)
            and (not spec.severities or self.severity in spec.severities)
        )
        return made if any(threshold.is_breach for threshold in made) else (*made, Threshold(percent=100))

    def _threshold(self, spec: ThresholdSpec, calendar: Name) -> Threshold:
        return Threshold(
            percent=spec.at,
            before=_maybe(self.policy, spec.before),
            after=_maybe(self.policy, spec.after),
            level=spec.tell,
            repeat=_repeat(self.policy, spec.repeat, calendar),
        )


def _repeat(policy: PolicySpec, spec: RepeatSpec | None, calendar: Name) -> Repeat | None:
    if spec is None:
        return None
    return Repeat(calendar=calendar, every=_maybe(policy, spec.every), rearm=_maybe(policy, spec.rearm))


def ages(policy: PolicySpec) -> tuple[AgeRule, ...]:
    """The escalations by age."""
    return tuple(
        AgeRule(
            age=duration(policy, spec.age),
            calendar=policy.calendar,
            level=spec.tell,
            severities=spec.severities,
            repeat=_repeat(policy, spec.repeat, policy.calendar),
        )
        for spec in policy.escalation.ages
    )


def clocks(policy: PolicySpec) -> dict[Objective, ClockRules]:
    """The clock rules of every objective: the defaults, with what the policy says instead."""
    made = dict(DEFAULT_CLOCKS)
    for objective, spec in policy.clocks.items():
        said = {key: getattr(spec, key) for key in spec.model_fields_set if getattr(spec, key) is not None}
        made[objective] = made[objective].model_copy(update=said)
    return made


def ladders(policy: PolicySpec, plan: Name, ticket: Ticket) -> dict[LadderKind, LadderTerms]:
    """The silence ladders of a ticket: of each status, the first whose plans and channels fit."""
    return {kind: _ladder(policy, _chosen(policy, kind, plan, ticket)) for kind in get_args(LadderKind)}


def _chosen(policy: PolicySpec, kind: LadderKind, plan: Name, ticket: Ticket) -> LadderSpec:
    for spec in policy.silence.ladders(kind):
        if (not spec.plans or plan in spec.plans) and (not spec.channels or ticket.channel in spec.channels):
            return spec
    return LadderSpec()


def _ladder(policy: PolicySpec, spec: LadderSpec) -> LadderTerms:
    return LadderTerms(
        steps=tuple(_rung(policy, rung) for rung in spec.steps),
        separate_days=policy.calendar if spec.separate_business_days else None,
        minimum_age=_maybe(policy, spec.minimum_age),
        our_message=spec.our_message,
        out_of_office=spec.out_of_office,
        on_hold=spec.on_hold,
    )


def _rung(policy: PolicySpec, rung: RungSpec) -> LadderStep:
    return LadderStep(
        do=rung.do,
        wait=duration(policy, rung.wait),
        calendar=rung.calendar or policy.calendar,
        since=rung.since,
        severities=rung.severities,
        message=rung.message or default_message(rung),
        channel=rung.channel,
        level=rung.tell,
        to=rung.to,
    )


def default_message(rung: RungSpec) -> Name | None:
    """The wording of a step that names none; None where the step sends no message of its own."""
    if rung.do == "follow_up":
        return "call" if rung.channel == "phone" else "follow_up"
    return "silence" if rung.do == "notify" else None


def replies(policy: PolicySpec) -> Replies:
    """What replies to an ended ticket do."""
    spec = policy.replies
    return Replies(
        solved=spec.solved,
        closed=policy.after_close,
        reopen_for=_maybe(policy, spec.reopen_for),
        afterwards=spec.afterwards,
        calendar=policy.calendar,
        keyword=spec.keyword,
        confirms=spec.confirms,
        thanks=spec.thanks,
    )
