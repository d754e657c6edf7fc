"""Connection, data converter and sandbox: the same three for worker, client and replayer."""

import asyncio
import os
from datetime import timedelta
from typing import Any

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.envconfig import ClientConfig
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from sla.base.errors import HoldfastError, ServerUnreachable

PASSED_THROUGH = ("sla", "pydantic", "pydantic_core", "workflows.contract", "workflows.options", "workflows.labels")
"""Modules that the sandbox does not import anew for each workflow: none of them waits, calls or reads the clock."""

DATA_CONVERTER = pydantic_data_converter
CONNECT_TIMEOUT = timedelta(seconds=5)
ANSWER_SECONDS = 6
"""A server may take the connection and then say nothing."""


class ConnectionSettingsError(HoldfastError):
    """The Temporal connection settings cannot be read."""


def workflow_runner(*observed: str) -> SandboxedWorkflowRunner:
    """The sandbox. What waits, calls or reads the clock is inside it; the pure core and pure data pass through.

    A replay check lets the modules pass that it observes.
    """
    passed = SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH, *observed)
    return SandboxedWorkflowRunner(restrictions=passed)


def is_cluster_named() -> bool:
    """Whether the environment or a Temporal profile names a cluster; else the embedded server is meant."""
    if os.environ.get("TEMPORAL_ADDRESS") or os.environ.get("TEMPORAL_PROFILE"):
        return True
    return "target_host" in _profile()


def _profile() -> dict[str, Any]:
    try:
        return dict(ClientConfig.load_client_connect_config())
    except RuntimeError as error:
        raise ConnectionSettingsError(f"the Temporal connection settings cannot be read: {error}") from error


async def connect(address: str | None = None) -> Client:
    """A client for `address`, or for the cluster that the environment or a profile names.

    Raises ServerUnreachable, ConnectionSettingsError.
    """
    profile = _profile()
    if address is not None:
        profile["target_host"] = address
    profile.setdefault("target_host", "localhost:7233")
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return await Client.connect(**profile, data_converter=DATA_CONVERTER, connect_timeout=CONNECT_TIMEOUT)
    except (RuntimeError, RPCError, OSError, TimeoutError) as error:
        raise ServerUnreachable(f"no Temporal server answers at {profile['target_host']}") from error


def is_unreachable(error: RPCError) -> bool:
    """Whether an RPC failed because no server, or no worker behind it, answered in time."""
    return error.status in {
        RPCStatusCode.UNAVAILABLE,
        RPCStatusCode.DEADLINE_EXCEEDED,
        RPCStatusCode.CANCELLED,
    }
