"""Reads the policy files named on standard input, one path as JSON a line, and prints what each cost and came to.

A process of its own, so that what the peak of memory shows is the reader's, and a hang or a crash is seen as such.
Seconds are the processor's, which a busy machine does not stretch; what waits instead of working is stopped after ten.
"""

import json
import resource
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from policies.library import read_policy
from sla.base.errors import PolicyError

STATUS = Path("/proc/self/status")
CEILING = 2 << 30


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (CEILING, CEILING))
    refusal(Path(sys.argv[1]))
    for line in sys.stdin:
        Path("/proc/self/clear_refs").write_text("5")  # makes the peak of memory begin anew
        before, start = kilobytes("VmRSS"), time.process_time()
        said = within(10, Path(json.loads(line)))
        seconds = time.process_time() - start
        print(json.dumps({"said": said, "seconds": seconds, "grown_kb": kilobytes("VmHWM") - before}), flush=True)


def within(seconds: int, path: Path) -> str:
    """The refusal, or why there is none."""
    signal.signal(signal.SIGALRM, too_late)
    signal.alarm(seconds)
    try:
        return refusal(path)
    except BaseException as error:
        return f"raised {type(error).__name__}: {error}"
    finally:
        signal.alarm(0)


def refusal(path: Path) -> str:
    try:
        read_policy(path)
    except PolicyError as error:
        return str(error)
    return "accepted"


def too_late(number: int, frame: object) -> None:
    raise TimeoutError("still reading")


def kilobytes(field: str) -> int:
    return next(values(field))


def values(field: str) -> Iterator[int]:
    return (int(line.split()[1]) for line in STATUS.read_text().splitlines() if line.startswith(f"{field}:"))


if __name__ == "__main__":
    main()
