"""Who is told by a step: one address, or nobody."""

from sla.base.fields import Email
from sla.state.state import State
from sla.steps.step import BaseStep


def recipient(state: State, step: BaseStep) -> Email | None:
    """Where the message of a step goes; None where it is for the owner and there is neither owner nor level."""
    if step.audience == "customer":
        return state.ticket.customer.email
    if step.level is not None:
        return state.terms.level(step.level).email
    first = state.terms.levels[0].email if state.terms.levels else None
    return state.ticket.owner or first


def is_switched_off(state: State, step: BaseStep) -> bool:
    """Whether the policy has no wording for the step's message: nobody is told, on purpose."""
    return step.message is not None and step.message not in state.terms.messages


def tells_in_vain(state: State, step: BaseStep) -> bool:
    """Whether a step that should tell somebody tells nobody."""
    return step.audience is not None and (is_switched_off(state, step) or recipient(state, step) is None)
