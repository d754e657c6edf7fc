"""The programs behind the commands: the demo, the simulation and the long-running services."""
