"""Wording, replies, links, plans and versions: what is said in vain, or cannot be kept."""

import re
from collections.abc import Iterator
from itertools import pairwise

from policies.complaint import Complaint
from policies.entitlements import EntitlementSpec
from policies.format import MessageSpec, PolicySpec
from policies.places import hint, ladders
from policies.promises import default_message
from policies.templates import check_template
from sla.inputs.terms import AfterClose

SURVEY = "survey"
BRACES = re.compile(r"\{\{.*?\}\}")
TICKET = "{{ ticket_id }}"


def _sent_by_steps(policy: PolicySpec) -> set[str]:
    rungs = [rung for ladder in ladders(policy) for rung in ladder.spec.steps]
    return {name for rung in rungs if (name := rung.message or default_message(rung)) is not None}


def messages(policy: PolicySpec, known: frozenset[str]) -> Iterator[Complaint]:
    """Wording that nothing sends, and placeholders that cannot be filled."""
    there = known | {SURVEY}
    for name, message in policy.messages.items():
        if name not in there | _sent_by_steps(policy):
            yield Complaint(("messages", name), f"nothing sends a message {name!r}; {hint(name, there)}")
        if isinstance(message, MessageSpec):
            for field, text in (("subject", message.subject), ("body", message.body)):
                if why := check_template(text):
                    yield Complaint(("messages", name, field), why)


def unsent(policy: PolicySpec) -> Iterator[Complaint]:
    """Warnings: wording for what never happens under this policy."""
    for name, occasion in _silent(policy).items():
        if isinstance(policy.messages.get(name), MessageSpec):
            yield Complaint(("messages", name), f"never sent: the policy has no {occasion}")


def _silent(policy: PolicySpec) -> dict[str, str]:
    """The messages that are never sent, with the occasion that is missing."""
    steps, escalation = _sent_by_steps(policy), policy.escalation
    repeats = [each.repeat for each in (*policy.thresholds, *escalation.ages)]
    after = {policy.after_close, policy.replies.solved}
    after |= {policy.replies.afterwards} if policy.replies.reopen_for else set()
    happens = {
        "follow_up": ("follow_up" in steps, "follow-up without a message of its own"),
        "call": ("call" in steps, "follow-up by phone without a message of its own"),
        "silence": ("silence" in steps, "step that notifies a level without a message of its own"),
        "warning": (
            any(each.before or (each.at or 100) < 100 for each in policy.thresholds),
            "threshold before a breach",
        ),
        "breach": (any(each.at == 100 for each in policy.thresholds), "threshold at the breach"),
        "escalation": (any(each.after for each in policy.thresholds), "threshold after a breach"),
        "age": (bool(escalation.ages), "escalation by age"),
        "requested": (escalation.on_request is not None, "escalation on request"),
        "reminder": (any(repeats), "escalation that is repeated"),
        "new_case": (AfterClose.NEW_CASE in after, "rule by which a reply only leads to a new case"),
        "telephone": (AfterClose.TELEPHONE in after, "rule by which a reply only leads to a call"),
    }
    return {name: occasion for name, (sent, occasion) in happens.items() if not sent}


def link(policy: PolicySpec) -> Iterator[Complaint]:
    """Placeholders of the link: there is only one."""
    for found in BRACES.findall(policy.link or ""):
        if found != TICKET:
            yield Complaint(("link",), f"{found} cannot be filled in here; the only placeholder of a link is {TICKET}")


def same_link(policy: PolicySpec) -> Iterator[Complaint]:
    """Warnings: one address for every ticket."""
    if policy.link and "{{" not in policy.link:
        yield Complaint(("link",), f"every ticket has the same address; {TICKET} stands for the ticket's number")


def survey(policy: PolicySpec) -> Iterator[Complaint]:
    """When a survey is sent that does not exist."""
    if "survey_on" in policy.model_fields_set and not isinstance(policy.messages.get(SURVEY), MessageSpec):
        yield Complaint(("survey_on",), "there is no message 'survey' to send; add it to 'messages'")


def keyword(policy: PolicySpec) -> Iterator[Complaint]:
    """The word that confirms a solution."""
    said = policy.replies.keyword
    if said is not None and len(said.split()) != 1:
        yield Complaint(("replies", "keyword"), f"{said!r} is not one word")
    for index, thanks in enumerate(policy.replies.thanks):
        if said is not None and thanks.casefold() == said.casefold():
            yield Complaint(("replies", "thanks", index), f"{thanks!r} is the keyword already")
    if said is None and "confirms" in policy.replies.model_fields_set:
        yield Complaint(("replies", "confirms"), "nothing confirms without a 'keyword'")


def reopening(policy: PolicySpec) -> Iterator[Complaint]:
    """A limit on reopening where nothing reopens, and what holds after a limit that is not there."""
    replies = policy.replies
    if replies.reopen_for and policy.after_close is not AfterClose.REOPEN:
        why = f"nothing reopens a closed ticket: 'after_close' is {policy.after_close.value}"
        yield Complaint(("replies", "reopen_for"), why)
    if "afterwards" in replies.model_fields_set and replies.reopen_for is None:
        yield Complaint(("replies", "afterwards"), "after what? give 'reopen_for' as well")
    if replies.reopen_for and replies.afterwards is AfterClose.REOPEN:
        yield Complaint(
            ("replies", "afterwards"), "a reply would still reopen; leave 'reopen_for' out, or choose another"
        )


def entitlements(policy: PolicySpec) -> Iterator[Complaint]:
    """Conditions that cannot be looked up."""
    for name, plan in policy.plans.items():
        here, entitlement = ("plans", name, "entitlement"), plan.entitlement
        if "since" in entitlement.model_fields_set and entitlement.term is None:
            yield Complaint((*here, "since"), "nothing is counted from it without a 'term'")


def _of_versions(entitlement: EntitlementSpec) -> list[str]:
    """The fields given that need the list of versions."""
    return [field for field in ("newest", "supported") if getattr(entitlement, field) is not None]


def unlisted_versions(policy: PolicySpec) -> Iterator[Complaint]:
    """Warnings: plans that ask for a version where none is listed."""
    for name, plan in policy.plans.items():
        for field in _of_versions(plan.entitlement) if not policy.versions else ():
            why = "asks nothing until 'versions' lists the major versions and when each was released"
            yield Complaint(("plans", name, "entitlement", field), why)


def versions(policy: PolicySpec) -> Iterator[Complaint]:
    """Major versions that are not listed oldest first."""
    for (one, released), (other, later) in pairwise(policy.versions.items()):
        if later <= released:
            yield Complaint(
                ("versions", other), f"released on {later}, not after {one} ({released}): list oldest first"
            )


def unused_versions(policy: PolicySpec) -> Iterator[Complaint]:
    """Warnings: versions that no plan asks for."""
    if policy.versions and not any(_of_versions(plan.entitlement) for plan in policy.plans.values()):
        yield Complaint(("versions",), "no plan's entitlement asks for a version: none has 'newest' or 'supported'")


def retired(policy: PolicySpec) -> Iterator[Complaint]:
    """Warnings: plans that were retired before the policy came into force."""
    for name, plan in policy.plans.items():
        if plan.retired and plan.retired <= policy.revision:
            why = f"nobody can open a ticket on it: the policy is in force only from {policy.revision}"
            yield Complaint(("plans", name, "retired"), why)
