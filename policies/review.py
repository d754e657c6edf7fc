"""A second look at a policy's file: warnings, and what depends on the date."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

from policies.checks import warnings
from policies.places import Complaint
from policies.format import PolicySpec
from policies.library import complaint_text, read_policy
from policies.yaml_file import Document
from sla.errors import PolicyError


class Reviewed(NamedTuple):
    """A policy that can be used, and its warnings as `file:line:column: warning: field: sentence`."""

    policy: PolicySpec
    warnings: tuple[str, ...]


def review(path: Path, today: date) -> Reviewed:
    """The policy in a file as it looks on `today`. Raises PolicyError with a line for each complaint."""
    policy, document = read_policy(path), Document.read(path)
    wrong = [complaint_text(document, each) for each in _complaints(policy, path, today)]
    if wrong:
        raise PolicyError("\n".join(wrong))
    found = [*warnings(policy), *_dated_warnings(policy, today)]
    return Reviewed(policy, tuple(complaint_text(document, each, "warning: ") for each in found))


def _complaints(policy: PolicySpec, path: Path, today: date) -> Iterator[Complaint]:
    if policy.policy != path.stem:
        yield Complaint(("policy",), f"the file must be named {policy.policy}.yaml")
    yield from _dated_complaints(policy, today)


def _dated_complaints(policy: PolicySpec, today: date) -> Iterator[Complaint]:
    yield from ()  # MERGE: from policies.calendar_checks, see below


def _dated_warnings(policy: PolicySpec, today: date) -> Iterator[Complaint]:
    yield from ()  # MERGE: from policies.calendar_checks, see below


# MERGE: with branch `calendars` the two bodies become (and this comment goes):
#     for name, spec in policy.calendars.items():
#         for path, why in calendar_complaints(spec, today):    # calendar_warnings(spec, today) in the other
#             yield Complaint(("calendars", name, *path), why)
# Complaints of check_calendars.closed are then made there as well (path `hours`): keep the one of calendar_checks.
