"""The one loop, and the simulator that drives it without a server."""
