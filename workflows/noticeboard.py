"""What ops people read in the Temporal UI: search attributes, current details, timer summaries."""

from datetime import datetime
from typing import Any

from temporalio import workflow
from temporalio.common import SearchAttributeUpdate

from sla.state.state import State
from sla.steps.step import Step
from sla.views.status import card, is_breached
from sla.views.wording import instant_text, waits_for
from workflows import contract


class Noticeboard:
    """Publishes a ticket's state. An upsert costs an action and an event: equal values are not written again."""

    def __init__(self) -> None:
        self._published: dict[Any, Any] = {}

    def publish(self, state: State, step: Step | None, now: datetime) -> None:
        """Show the state; written to history only where a searchable value changed."""
        workflow.set_current_details(card(state, now))
        values = self._values(state, step, now)
        changed = {key: value for key, value in values.items() if self._published.get(key, ...) != value}
        if changed:
            updates: list[SearchAttributeUpdate[Any]] = [_update(key, value) for key, value in changed.items()]
            workflow.upsert_search_attributes(updates)  # pyright: ignore[reportUnknownMemberType]
            self._published = values

    def timer_summary(self, state: State, step: Step) -> str:
        """What a timer waits for and until when, in the calendar's time."""
        return f"{waits_for(state, step)}, {instant_text(state.calendar(), step.due_at)}"

    def _values(self, state: State, step: Step | None, now: datetime) -> dict[Any, Any]:
        return {
            contract.POLICY: state.terms.policy,
            contract.PLAN: state.terms.plan,
            contract.SEVERITY: state.severity,
            contract.TICKET_STATUS: state.status.value,
            contract.WAITS_FOR: waits_for(state, step)[: contract.KEYWORD_LENGTH],
            contract.TROUBLE: state.troubles[-1].why[: contract.KEYWORD_LENGTH] if state.troubles else None,
            contract.SINCE: state.since,
            contract.NEXT_DUE: step.due_at if step else None,
            contract.BREACHED: is_breached(state, now),
            contract.FOLLOW_UPS: state.follow_ups,
        }


def _update(key: Any, value: Any) -> SearchAttributeUpdate[Any]:
    return key.value_unset() if value is None else key.value_set(value)
