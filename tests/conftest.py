"""No setting of the machine reaches a test: each says what it needs."""

import os

for name in [name for name in os.environ if name.startswith(("HOLDFAST_", "TEMPORAL_")) and name != "HOLDFAST_SEED"]:
    del os.environ[name]
