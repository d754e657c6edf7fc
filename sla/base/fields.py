"""What every value of the core is: frozen, strict about unknown fields, safe to show.

`Line` and `Text` refuse control and direction-changing characters: they end up in mail headers, terminals and logs.
"""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints


class Record(BaseModel):
    """A frozen value; an unknown field is an error, so that a typing mistake never passes silently."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_timedelta="float")


def _unsafe(character: str, allowed: str) -> bool:
    return character not in allowed and unicodedata.category(character) in {
        "Cc",
        "Cf",
        "Cs",
        "Co",
        "Zl",
        "Zp",
    }


def _check_line(text: str) -> str:
    if any(_unsafe(character, "") for character in text):
        raise ValueError("must not hold control, line-breaking or direction-changing characters")
    return text


def _check_text(text: str) -> str:
    if any(_unsafe(character, "\n\r\t") for character in text):
        raise ValueError("must not hold control or direction-changing characters")
    return text


Line = Annotated[
    str, StringConstraints(min_length=1, max_length=300, strip_whitespace=True), AfterValidator(_check_line)
]
"""One line of human text, at most 300 characters."""

Text = Annotated[str, StringConstraints(max_length=20_000), AfterValidator(_check_text)]
"""Human text of several lines, at most 20,000 characters."""

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,100}$")]
"""An identifier that is safe in workflow ids, file names and mail headers."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
"""The name of a policy, plan, severity, level or message: lower case, no blanks."""

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"

Email = Annotated[str, StringConstraints(max_length=254, pattern=rf"^{_ATOM}(\.{_ATOM})*@{_LABEL}(\.{_LABEL})*$")]
"""A mail address in its plain ASCII form; display names are separate fields."""
