"""Business time and nothing else: compiled calendars, open time, the wall clock, durations."""
