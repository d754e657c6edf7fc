"""The durable shell: waits, records and calls."""
