"""Which policy a command means: one at hand by its name, or a file by its path."""

from pathlib import Path

from policies.format import PolicySpec
from policies.library import Library, read_policy
from sla.base.errors import UnknownPolicy
from worker.settings import Settings


def find_policy(text: str, settings: Settings) -> PolicySpec:
    """The policy in the file at a path, or the newest revision of a name. Raises UnknownPolicy, PolicyError."""
    return read_policy(Path(text)) if is_path(text) else Library(settings.policies).load(text)


def policy_files(text: str, library: Library) -> tuple[Path, ...]:
    """The file at a path, or those of a name, one for each revision. Raises UnknownPolicy."""
    if is_path(text):
        return (Path(text),)
    found = tuple(path for path in library.files() if path.stem.partition("@")[0] == text)
    if not found:
        raise UnknownPolicy(f"there is no policy {text!r}; there is {', '.join(library.names())}")
    return found


def is_path(text: str) -> bool:
    """Whether a text is meant as the path of a file: it holds a slash, or ends in .yaml or .yml."""
    return Path(text).suffix in {".yaml", ".yml"} or "/" in text
