"""Support policies as data, and the one reader of them."""

from policies.calendars import compile_calendar

__all__ = ["compile_calendar"]
