"""Read models of a ticket: status, timeline, forecast and explanation."""
