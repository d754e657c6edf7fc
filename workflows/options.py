"""How activities are called, each number with its reason."""

from datetime import timedelta

from temporalio.common import RetryPolicy

ONCE = RetryPolicy(maximum_attempts=1)
"""The server never repeats a send: only the workflow knows whether a repeat is safe."""

SEND_TIMEOUT = timedelta(seconds=75)
"""Longer than a channel's own deadline, so that a live worker always answers; after it the worker is dead."""

HEARTBEAT_TIMEOUT = timedelta(seconds=15)
"""A worker that died in the middle of a send is noticed after this; until then the ticket takes in nothing."""

PICK_UP_TIMEOUT = timedelta(seconds=90)
"""No worker took the send: certainly not sent, and by then a reply may have made it pointless."""

LOOK_UP_TIMEOUT = timedelta(seconds=10)
EXTENSIONS = 5
"""How often calendars are made longer for one question: each time they at least double."""

LOOK_UP = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30))
"""Files may be briefly unreadable; a policy that cannot be used fails for good by itself."""
