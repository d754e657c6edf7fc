"""What time does to a ticket: each step with its key, its words and its effect, and what becomes of its message."""
