"""How activities are called, each number with its reason."""

from datetime import timedelta

from temporalio.common import RetryPolicy, WorkflowIDReusePolicy

ONCE = RetryPolicy(maximum_attempts=1)
"""The server never repeats a send: only the workflow knows whether a repeat is safe."""

SEND_TIMEOUT = timedelta(seconds=75)
"""Longer than a channel's own deadline, so that a live worker always answers; after it the worker is dead."""

HEARTBEAT_TIMEOUT = timedelta(seconds=15)
"""A worker that died in the middle of a send is noticed after this."""

PICK_UP_TIMEOUT = timedelta(seconds=90)
"""No worker took the send: certainly not sent, and by then a reply may have made it pointless."""

STOPPED = "WorkerShutdown"
"""The type of the error that the SDK reports for an activity that a shutdown canceled and that gave no answer."""

LOOK_UP_TIMEOUT = timedelta(seconds=10)
LOOK_UP = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30))
"""Files may be briefly unreadable; a policy that cannot be used fails for good by itself."""

LOOK_UP_ONCE = RetryPolicy(maximum_attempts=3, initial_interval=timedelta(seconds=1))
"""Longer calendars: the ticket shows the trouble and tries again by its own timer."""

FAILED_MAY_START_AGAIN = WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY
"""A bad ticket may be opened again, mended."""

BATCH = 100
"""Events taken in by one workflow task: far below the 2 s after which the SDK takes a task for deadlocked."""

BETWEEN_BATCHES = timedelta(milliseconds=1)
"""Ends the workflow task while a backlog lasts."""

LONGEST_HISTORY = 1000
"""Events after which a ticket continues as new: its replay takes about a second then."""

CARRIED_EVENTS = 500
"""Arrivals that a new run takes along; a longer backlog is worked off first."""
