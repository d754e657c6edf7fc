"""Replays the running tickets of a cluster with the code in this tree, before it is deployed.

    TEMPORAL_ADDRESS=temporal.example:7233 uv run python tests/replay/live.py

Exit 0: every running ticket can go on. Exit 1: the tickets named cannot, or would keep other due instants.
"""

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from replay.checks import Verdict, replay, replayer
from temporalio.client import Client

from cli.local.connection import connect_for
from sla.base.errors import HoldfastError
from worker.settings import read_settings
from workflows import contract

RUNNING = f"WorkflowType = '{contract.WORKFLOW}' AND ExecutionStatus = 'Running'"


async def check(client: Client) -> tuple[int, int]:
    """How many running tickets were replayed, and how many of them failed; each failure is printed."""
    seen = failed = 0
    through = replayer()
    async for history in client.list_workflows(RUNNING).map_histories():
        verdict = await replay(history, through)
        seen += 1
        if verdict.failure is not None or verdict.moved:
            failed += 1
            print(f"{history.workflow_id}: {_why(verdict)}")
    return seen, failed


def _why(verdict: Verdict) -> str:
    return str(verdict.failure) if verdict.failure is not None else "; ".join(verdict.moved)


async def _main() -> int:
    try:
        client = await connect_for(read_settings())
    except HoldfastError as error:
        print(error, file=sys.stderr)
        return 4
    seen, failed = await check(client)
    print(f"{seen} running tickets replayed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(_main()))
