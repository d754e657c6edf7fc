"""A second look at a policy's file: warnings, and what depends on the date."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

from policies.calendar_checks import calendar_complaints, calendar_warnings
from policies.checks import warnings
from policies.complaint import Complaint, line_of, refuse
from policies.format import PolicySpec
from policies.library import misnamed, read_policy
from policies.yaml_file import Document
from sla.base.errors import PolicyError


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
    for name, spec in policy.calendars.items():
        yield from (Complaint(("calendars", name, *path), why) for path, why in calendar_complaints(spec, today))


def _dated_warnings(policy: PolicySpec, today: date) -> Iterator[Complaint]:
    for name, spec in policy.calendars.items():
        yield from (Complaint(("calendars", name, *path), why) for path, why in calendar_warnings(spec, today))
