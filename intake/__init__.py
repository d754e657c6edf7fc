"""The outside: translates, validates, answers."""
