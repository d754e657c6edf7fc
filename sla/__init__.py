"""The rules of support promises: pure functions of (state, event, now)."""
