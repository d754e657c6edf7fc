"""Which Temporal server a command talks to: the one the environment names, else that of `holdfast up`."""

from temporalio.client import Client

from cli.local.embedded_server import recorded_address
from sla.base.errors import ServerUnreachable
from worker.settings import Settings
from worker.temporal import connect, is_cluster_named


async def connect_for(settings: Settings) -> Client:
    """A client for the server that this command means. Raises ServerUnreachable."""
    if is_cluster_named():
        return await connect()
    address = recorded_address(settings.data)
    if address is None:
        raise ServerUnreachable(
            f"no server runs on {settings.data.resolve()}; "
            "start one with `holdfast up`, or set TEMPORAL_ADDRESS to use a cluster"
        )
    return await connect(address)
