"""The worker: what is registered, and how the process ends."""

import asyncio
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta

from temporalio.client import Client
from temporalio.worker import PollerBehaviorAutoscaling, Worker

from activities.channels.base import Channel
from activities.channels.email import Email, Server
from activities.channels.outbox import Outbox
from activities.notifications import Notifications
from activities.terms import TermsDesk
from policies.library import Library
from worker.settings import Settings
from worker.temporal import workflow_runner
from workflows.contract import TASK_QUEUE
from workflows.ticket import TicketWorkflow

WORKFLOWS = [TicketWorkflow]

MAX_WORKFLOW_TASKS = 20
"""More at once can pass the ten-second limit of a workflow task, and then SDK 1.35 stops polling without a word."""


def build_channel(settings: Settings) -> Channel:
    """The channel that the settings name."""
    if settings.channel == "outbox":
        return Outbox(settings.outbox, settings.mail_from)
    password = settings.smtp_password.get_secret_value() if settings.smtp_password else None
    server = Server(settings.smtp_host, settings.smtp_port, settings.smtp_tls, settings.smtp_username, password)
    return Email(server, settings.mail_from)


def build_worker(
    client: Client, settings: Settings, *, channel: Channel | None = None, task_queue: str = TASK_QUEUE
) -> Worker:
    """The worker with everything it can do, listed; `channel` in place of the one that the settings name."""
    terms, notifications = TermsDesk(Library(settings.policies)), Notifications(channel or build_channel(settings))
    return Worker(
        client,
        task_queue=task_queue,
        workflows=WORKFLOWS,
        activities=[terms.resolve_terms, terms.extend_terms, notifications.send_notification, notifications.tell_fate],
        workflow_runner=workflow_runner(),
        max_cached_workflows=settings.max_cached_workflows,
        max_concurrent_workflow_tasks=MAX_WORKFLOW_TASKS,
        workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
        activity_task_poller_behavior=PollerBehaviorAutoscaling(),
        graceful_shutdown_timeout=timedelta(seconds=settings.drain_seconds),
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=5),
    )


@asynccontextmanager
async def stop_signals() -> AsyncGenerator[asyncio.Event, None]:
    """An event that SIGTERM and SIGINT set, so that the process drains instead of dying."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


async def run_worker(client: Client, settings: Settings, stop: asyncio.Event) -> None:
    """Work until `stop`, then let sends under way end."""
    async with build_worker(client, settings):
        await stop.wait()
