"""Holidays from iCalendar files: read when their policy is read, so that its terms never need the file again."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from policies.calendars import CalendarSpec
from policies.holiday_dates import IcsHolidays, is_named
from policies.ics_events import PlainHoliday, read_events
from policies.ics_text import MAX_BYTES
from sla.base.errors import PolicyError


def with_files(spec: CalendarSpec, directory: Path) -> CalendarSpec:
    """The calendar with the events of its files in place of their names; `directory` is its policy's.

    Raises PolicyError with `file.ics:line: reason`, or `file.ics: reason` where no line is to blame.
    """
    entries = [_plain(each, directory) if isinstance(each, IcsHolidays) else (each,) for each in spec.holidays]
    return spec.model_copy(update={"holidays": tuple(holiday for entry in entries for holiday in entry)})


def file_complaints(spec: CalendarSpec, directory: Path) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """What keeps the files of a calendar from being used: the path inside the calendar, and a sentence."""
    for index, entry in enumerate(spec.holidays):
        if isinstance(entry, IcsHolidays):
            try:
                _plain(entry, directory)
            except PolicyError as error:
                yield ("holidays", index, "ics"), str(error)


def _plain(entry: IcsHolidays, directory: Path) -> tuple[PlainHoliday, ...]:
    found = _events(entry.ics, directory)
    names = sorted({holiday.name for holiday in found})
    for wanted in entry.only or ():
        if not any(is_named(name, wanted) for name in names):
            raise PolicyError(f"{entry.ics}: there is no event {wanted!r}; there is {', '.join(names)}")
    return tuple(each for each in found if not entry.only or any(is_named(each.name, name) for name in entry.only))


def _events(name: str, directory: Path) -> tuple[PlainHoliday, ...]:
    path = (directory / name).resolve()
    # A link may lead out of the directory where the name alone cannot.
    if not path.is_relative_to(directory.resolve()):
        raise PolicyError(f"{name}: lies outside the directory of the policy")
    if not path.is_file():
        raise PolicyError(f"{name}: there is no such file beside the policy, in {directory}")
    try:
        status = path.stat()
        return _read(name, path, status.st_mtime_ns, status.st_size)
    except OSError as error:
        raise PolicyError(f"{name}: cannot be read: {error.strerror}") from None


@lru_cache(maxsize=64)
def _read(name: str, path: Path, changed: int, size: int) -> tuple[PlainHoliday, ...]:
    with path.open("rb") as file:
        return read_events(name, file.read(MAX_BYTES + 1))
