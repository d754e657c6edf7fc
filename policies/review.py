"""A second look at a policy's file: warnings, and what depends on the date."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

from policies.checks import warnings
from policies.complaint import Complaint, line_of, refuse
from policies.format import PolicySpec
from policies.library import misnamed, read_policy
from policies.yaml_file import Document
from sla.errors import PolicyError


class Reviewed(NamedTuple):
    """A policy that can be used, and its warnings as `file:line:column: warning: field: sentence`."""

    policy: PolicySpec
    warnings: tuple[str, ...]


def review(path: Path, today: date) -> Reviewed:
    """The policy in a file as it looks on `today`. Raises PolicyError with a line for each complaint."""
    policy, document = read_policy(path), Document.read(path)
    if why := misnamed(path, policy):
        raise PolicyError(f"{path}:1:1: {why}")
    refuse(document, _dated_complaints(policy, today))
    found = [*warnings(policy), *_dated_warnings(policy, today)]
    return Reviewed(policy, tuple(line_of(document, *each, "warning: ") for each in found))


def _dated_complaints(policy: PolicySpec, today: date) -> Iterator[Complaint]:
    yield from ()  # MERGE: from policies.calendar_checks, see below


def _dated_warnings(policy: PolicySpec, today: date) -> Iterator[Complaint]:
    yield from ()  # MERGE: from policies.calendar_checks, see below


# MERGE: with branch `calendars` the two bodies become (and this comment goes):
#     for name, spec in policy.calendars.items():
#         for path, why in calendar_complaints(spec, today):    # calendar_warnings(spec, today) in the other
#             yield Complaint(("calendars", name, *path), why)
# Complaints of check_calendars.closed are then made there as well (path `hours`): keep the one of calendar_checks.
