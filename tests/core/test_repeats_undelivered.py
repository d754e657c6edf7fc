"""What becomes of an escalation whose mail does not leave."""

import pytest
from escalating import BREACH, MONDAY, WORKAROUND, again, ny, start, told, waiting

from sla.state.notification import Fate
from sla.state.timeline import What
from sla.steps.agenda import Step


class Script:
    """Ends the deliveries of one kind of step as told, then as sent."""

    def __init__(self, kind: str, *fates: Fate) -> None:
        self.kind, self.fates = kind, list(fates)
        self.tried: list[str] = []

    def __call__(self, step: Step) -> Fate:
        if step.kind != self.kind:
            return Fate.SENT
        self.tried.append(step.key)
        return self.fates.pop(0) if self.fates else Fate.SENT


def test_refused_reminders_do_not_end_the_chain_and_make_one_trouble() -> None:
    story = waiting()
    story.delivery = script = Script("reminder", Fate.REFUSED, Fate.REFUSED)
    story.advance(ny("11-16 13:30"))
    assert [trouble.why for trouble in story.state.troubles] == [
        "reminder to manager of next response did not reach the team"
    ]
    story.advance(ny("11-16 14:30"))
    assert told(story) == [(BREACH, ny("11-16 11:00")), (f"{BREACH}-again-3", ny("11-16 14:00"))]
    assert script.tried == [f"{BREACH}-again-{number}" for number in (1, 2, 3)]
    assert story.state.troubles == (), "the manager has mail again"


def test_a_reminder_that_was_not_sent_is_tried_again_and_the_chain_keeps_its_instants() -> None:
    story = waiting()
    story.delivery = script = Script("reminder", Fate.NOT_SENT, Fate.NOT_SENT)
    story.advance(ny("11-16 13:00"))
    assert script.tried == [f"{BREACH}-again-1"] * 3 + [f"{BREACH}-again-2"]
    assert [entry.at for entry in story.told(What.REMINDED)] == [ny("11-16 12:06"), ny("11-16 13:00")]


def test_an_uncertain_reminder_is_repeated_once_under_its_id() -> None:
    story = waiting()
    story.delivery = script = Script("reminder", Fate.UNCERTAIN, Fate.UNCERTAIN)
    story.advance(ny("11-16 13:00"))
    assert script.tried == [f"{BREACH}-again-1"] * 2 + [f"{BREACH}-again-2"]


def test_an_id_that_may_have_arrived_is_not_used_again_after_an_acknowledgement() -> None:
    story = waiting()
    story.delivery = script = Script("reminder", Fate.UNCERTAIN)
    story.tell("acknowledged", ny("11-16 12:00:30")).advance(ny("11-16 14:00:30"))
    assert script.tried == [f"{BREACH}-again-1", f"{BREACH}-again-2"]
    assert told(story)[1:] == [(f"{BREACH}-again-2", ny("11-16 14:00:30"))]


def test_a_reminder_waiting_to_be_tried_again_is_dropped_with_its_cause() -> None:
    story = waiting()
    story.delivery = Script("reminder", *[Fate.NOT_SENT] * 9)
    story.tell("agent_replied", ny("11-16 12:00:30")).advance(ny("11-20 17:00"))
    assert told(story) == [(BREACH, ny("11-16 11:00"))]
    assert story.state.retries == {}


@pytest.mark.parametrize("fate", [Fate.REFUSED, Fate.UNCERTAIN])
def test_a_breach_that_reached_nobody_is_repeated_all_the_same(fate: Fate) -> None:
    story = waiting()
    story.delivery = Script("threshold", fate, fate)
    story.advance(ny("11-16 13:00"))
    assert told(story) == again(BREACH, ny("11-16 12:00"), 2)


def test_an_age_that_reached_nobody_is_repeated_and_not_tried_without_end() -> None:
    story = start(MONDAY, severity="normal").tell("agent_replied", MONDAY)
    story.delivery = script = Script("age", Fate.REFUSED)
    story.advance(ny("11-30 09:00"))
    assert script.tried == ["age-10d-director"]
    assert told(story) == [("age-10d-director-again-1", ny("11-30 09:00"))]


def test_a_breach_told_after_the_answer_is_not_repeated() -> None:
    story = waiting()
    story.delivery = Script("threshold", Fate.NOT_SENT)
    story.tell("agent_replied", ny("11-16 11:00:30")).advance(ny("11-20 17:00"))
    assert told(story) == [(BREACH, ny("11-16 11:00"))], "once, because the breach is a fact"


def test_a_breach_told_after_an_answer_that_paused_the_clock_is_not_repeated_when_it_goes_on() -> None:
    story = start(MONDAY, "busy")
    story.delivery = Script("threshold", Fate.NOT_SENT)
    story.tell("agent_replied", ny("11-16 11:00:30")).tell("customer_replied", ny("11-16 12:00"))
    assert told(story.advance(ny("11-16 17:00"))) == [(WORKAROUND, ny("11-16 11:00"))]
