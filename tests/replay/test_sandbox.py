"""What a workflow instance imports anew: every start and every replay pays for it."""

import sys
from unittest import mock

from replay import golden
from temporalio.worker import Replayer
from temporalio.worker.workflow_sandbox._importer import Importer

from worker.process import WORKFLOWS
from worker.temporal import DATA_CONVERTER, workflow_runner

ROOMS = {"sla", "policies", "activities", "workflows", "worker", "intake", "cli"}
FEW = {
    "workflows", "workflows.alarm", "workflows.arrivals", "workflows.noticeboard", "workflows.outside",
    "workflows.ticket",
}  # fmt: skip
"""The modules that wait, call or read the clock, and what they are called by."""


async def test_an_instance_imports_only_the_modules_that_wait_call_or_read_the_clock() -> None:
    importers: list[Importer] = []
    begin = Importer.__init__

    def noted(self: Importer, *args: object, **more: object) -> None:
        begin(self, *args, **more)  # pyright: ignore[reportArgumentType]
        importers.append(self)

    with mock.patch.object(Importer, "__init__", noted):
        replayer = Replayer(workflows=WORKFLOWS, data_converter=DATA_CONVERTER, workflow_runner=workflow_runner())
        await replayer.replay_workflow(golden.load("acronis_follow_ups"))
    anew = {name for name, module in importers[-1].new_modules.items() if module is not sys.modules.get(name)}
    ours = {name for name in anew if name.partition(".")[0] in ROOMS}
    assert ours == FEW
    assert not [name for name in anew if name.startswith("pydantic")]
