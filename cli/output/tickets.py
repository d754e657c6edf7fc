"""How tickets read in a terminal of 80 columns. Nothing from outside can move the cursor."""

from collections.abc import Iterable
from datetime import datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from intake.listing import Row
from sla.calendars.time_text import LATE_AFTER, humane
from sla.views.status import ClockView, StatusView, TimelineLine


def plain(text: str) -> str:
    """Text without anything a terminal would act on."""
    return "".join(character if character.isprintable() else " " for character in text)


def reader_time(at: datetime) -> str:
    """An instant in the reader's own zone."""
    return at.astimezone().strftime("%a %-d %b %H:%M %Z")


def show_ticket(console: Console, shown: StatusView, timeline: Iterable[TimelineLine], *, ended: bool) -> None:
    """The whole of one ticket: status, clocks, what comes next, what happened."""
    console.print(Text(f"{shown.ticket_id}  {plain(shown.subject)}", style="bold"))
    console.print(
        f"{shown.policy}, plan {shown.plan}, severity {shown.severity}; calendar zone {shown.zone}",
        markup=False,
    )
    console.print(f"{humane(shown.status)} since {shown.since_local}; waits for {shown.waits_for}", markup=False)
    for trouble in shown.troubles:
        console.print(Text(f"! {plain(trouble)}", style="bold red"))
    for objective, kind in shown.promised_otherwise.items():
        console.print(f"  {humane(objective)}: {humane(kind)}", markup=False)
    if shown.clocks:
        console.print(_clocks(shown.clocks))
    console.print(Text("Next", style="bold"))
    if shown.next:
        console.print(_lines((step.due_local, reader_time(step.due_at), step.what) for step in shown.next))
    elif shown.closing:
        console.print("nothing: the ticket is closed")
    elif ended:
        console.print("nothing: the workflow no longer runs")
    else:
        console.print("nothing is due; only an event moves the ticket")
    console.print(Text("What happened", style="bold"))
    console.print(_lines((line.local, _happened(line), plain(line.text)) for line in timeline))


def _happened(line: TimelineLine) -> str:
    """When it happened in the reader's time; what was done late stands at its due instant, and says both."""
    late = line.due_at is not None and line.at - line.due_at > LATE_AFTER
    return ("done " if late else "") + reader_time(line.at)


def _lines(rows: Iterable[tuple[str, str, str]]) -> Table:
    """Rows of an instant in the calendar's time, one in the reader's, and a text."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    for local, yours, text in rows:
        table.add_row(Text(local), Text(yours), Text(text))
    return table


def _clocks(clocks: Iterable[ClockView]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("Clock", "Target", "Due", "Your time", "State"):
        table.add_column(heading, overflow="fold")
    for clock in clocks:
        due, yours = (clock.due_local or "–", reader_time(clock.due_at)) if clock.due_at else ("moves on", "")
        name = humane(clock.objective) + (f" {clock.cycle}" if clock.cycle > 1 else "")
        table.add_row(name, clock.target, due, yours, clock.state)
    return table


def show_rows(console: Console, rows: Iterable[Row]) -> None:
    """The list of tickets, soonest due first."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("Ticket", "Policy", "Sev", "Status", "Waits for", "Due (your time)"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "Ticket")
    for row in rows:
        due = reader_time(row.next_due) if row.next_due else "–"
        status = (
            humane(row.status) + (" !" if row.breached else "")
            if row.state == "running"
            else f"{humane(row.status)} ({row.state})"
        )
        table.add_row(plain(row.ticket_id), row.policy, row.severity, status, plain(row.waits_for), due)
    console.print(table)
