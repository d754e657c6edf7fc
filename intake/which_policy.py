"""A policy as the command line names it: by its name, or by the path of its file."""

from pathlib import Path

from policies.format import PolicySpec
from policies.library import Library, read_policy
from worker.settings import Settings


def find_policy(text: str, settings: Settings) -> PolicySpec:
    """The policy of a name, or of a path: what holds a slash or ends in .yaml or .yml. Raises PolicyError."""
    path = Path(text)
    is_path = path.suffix in {".yaml", ".yml"} or "/" in text
    return read_policy(path) if is_path else Library(settings.policies).load(text)
