"""What operators read in the Temporal UI: search attributes and current details."""

from typing import Any

from temporalio import workflow
from temporalio.common import SearchAttributeKey, SearchAttributePair, SearchAttributeUpdate

from sla.state.state import State
from sla.steps.agenda import Step
from sla.views.card import card
from sla.views.searchable import searchable_values
from workflows.labels import keyed


class Noticeboard:
    """Publishes a ticket's state. An upsert costs an action and an event: equal values are not written again."""

    def __init__(self) -> None:
        known: list[SearchAttributePair[Any]] = list(workflow.info().typed_search_attributes)
        self._published: dict[SearchAttributeKey[Any], Any] = {pair.key: pair.value for pair in known}

    def publish(self, state: State, step: Step | None) -> None:
        """Show the state; written to history only where a searchable value changed."""
        workflow.set_current_details(card(state, workflow.now()))
        values = keyed(searchable_values(state, step))
        changed = {key: value for key, value in values.items() if self._published.get(key) != value}
        if changed:
            updates: list[SearchAttributeUpdate[Any]] = [_update(key, value) for key, value in changed.items()]
            workflow.upsert_search_attributes(updates)  # pyright: ignore[reportUnknownMemberType]
            self._published.update(values)


def _update(key: SearchAttributeKey[Any], value: Any) -> SearchAttributeUpdate[Any]:
    return key.value_unset() if value is None else key.value_set(value)
