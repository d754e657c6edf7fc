"""The embedded Temporal server, and which Temporal server a command connects to."""
