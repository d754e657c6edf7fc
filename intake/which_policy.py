"""Which policy a command means: one at hand by its name, or a file by its path."""

from pathlib import Path

from policies.format import PolicySpec
from policies.library import Library, read_policy
from worker.settings import Settings


def policy_path(text: str, settings: Settings) -> Path:
    """The file of a policy: `text` itself where it is a path (it ends in .yaml or .yml, or holds a slash).

    Raises UnknownPolicy where it is neither a path nor the name of a policy at hand.
    """
    return Path(text) if is_path(text) else Library(settings.policies).path(text)


def find_policy(text: str, settings: Settings) -> PolicySpec:
    """The policy of a name or a path. Raises UnknownPolicy, PolicyError."""
    return read_policy(Path(text)) if is_path(text) else Library(settings.policies).load(text)


def is_path(text: str) -> bool:
    """Whether a text is meant as the path of a file."""
    return Path(text).suffix in {".yaml", ".yml"} or "/" in text
