"""The order of commands in the workflow code is a format that open tickets depend on."""

import difflib
import json

import pytest
from replay.fingerprint import FINGERPRINT, Fingerprint, sources, take, text

LESSON = """
The order in which the workflow code issues commands has changed.

Why this matters: an open ticket is not stored as data. Whenever a worker picks it up, the code of today runs again
from the ticket's first event, and each of its commands must find the event that the code of then left in history.
A command more, less or in another place stops every ticket whose history has passed that place: its workflow tasks
fail with a nondeterminism error until the code fits again, and meanwhile no follow-up and no escalation leaves.
`wait_condition` with a timeout, `sleep` and an alarm that is set are timers, and timers are commands.

What to do:
 1. Ask whether a ticket that is open now can have passed this place. If not (a new branch that only a new kind of
    event reaches), go on with 3.
 2. Keep the old order for histories that have it:  if workflow.patched("<what changed>"): new  else: old
 3. uv run pytest tests/replay/test_replay.py     the golden histories, recorded by the code before: do not touch them
    uv run holdfast replay                        the open tickets of the cluster that you will deploy to
 4. Record a history of the new path: add it to tests/replay/paths.py, then
    uv run python tests/replay/record.py <path>
 5. uv run python tests/replay/fingerprint.py     accepts the new order; its diff is for the reviewer

docs/replay.md tells more.
"""

CANCEL = "                self._alarm.cancel()\n"
PUBLISH = "                self._board.publish(run.state, None)\n"
TICKET, OUTSIDE = "workflows/ticket.py", "workflows/outside.py"


def difference(before: Fingerprint, after: Fingerprint) -> str:
    """A unified diff; empty when nothing changed."""
    lines = difflib.unified_diff(
        text(before).splitlines(), text(after).splitlines(), "recorded", "now", lineterm="", n=4
    )
    return "\n".join(lines)


def test_commands_are_issued_in_the_recorded_order() -> None:
    recorded: Fingerprint = json.loads(FINGERPRINT.read_text(encoding="utf-8"))
    changed = difference(recorded, take(sources()))
    if changed:
        pytest.fail(f"{LESSON}\n{changed}", pytrace=False)


@pytest.mark.parametrize(
    ("module", "old", "new"),
    [
        pytest.param(TICKET, "await workflow.wait_condition(", "print(", id="a wait dropped"),
        pytest.param(
            TICKET,
            "        while True:\n",
            "        while True:\n            await workflow.sleep(1)\n",
            id="a timer added",
        ),
        pytest.param(OUTSIDE, "contract.TELL_FATE", "contract.SEND_NOTIFICATION", id="another activity"),
        pytest.param(OUTSIDE, "execute_local_activity(", "execute_activity(", id="local made regular"),
        pytest.param(TICKET, f"{PUBLISH}{CANCEL}", f"{CANCEL}{PUBLISH}", id="two swapped"),
        pytest.param(TICKET, "            self._alarm.set(", "            print(", id="an alarm"),
    ],
)
def test_a_changed_order_is_seen(module: str, old: str, new: str) -> None:
    code = sources()
    assert old in code[module], "the code has changed: choose another place to break"
    broken = {**code, module: code[module].replace(old, new)}
    assert difference(take(code), take(broken))


def test_what_issues_no_command_does_not_count() -> None:
    before = "async def f():\n    x = 1\n    await workflow.wait_condition(lambda: x)\n"
    after = (
        "async def f():\n    '''Told.'''\n    y = one()\n    await workflow.wait_condition(lambda: y, timeout=None)\n"
    )
    assert take({"m": before}) == take({"m": after}) == {"m": {"f": ["workflow.wait_condition()"]}}


def test_arguments_come_before_their_call_and_blocks_are_shown() -> None:
    code = """
async def f():
    for each in range(await workflow.sleep(1)):
        try:
            await g(workflow.patched("two"))
        except ValueError:
            pass
        finally:
            await workflow.execute_activity("three")

async def g(x):
    await workflow.sleep(x)
"""
    assert take({"m": code})["m"]["f"] == [
        "workflow.sleep(1)",
        "for:",
        "  try:",
        "    workflow.patched('two')",
        "    ↳ g",
        "  finally:",
        "    workflow.execute_activity('three')",
    ]
