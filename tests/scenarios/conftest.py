"""One real server for all scenarios."""

from collections.abc import AsyncGenerator

import pytest_asyncio
from harness import World, world
from temporalio.client import Client

from cli.local.embedded_server import embedded_server
from worker.search_attributes import register_attributes
from worker.temporal import connect


@pytest_asyncio.fixture(scope="session")
async def client() -> AsyncGenerator[Client, None]:
    async with embedded_server(data=None, time_skipping=True, ui=False) as server:
        client = await connect(server.address)
        await register_attributes(client)
        yield client


@pytest_asyncio.fixture(scope="session")
async def shared_world(client: Client) -> AsyncGenerator[World, None]:
    async with world(client) as found:
        yield found
