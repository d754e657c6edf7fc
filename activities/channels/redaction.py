"""What a server said, without the login that it may quote.

A server can quote a command that it did not like: whole or cut off, on one line or on several. The login is then in its
answer as it is, or in base64.
"""

import base64
import re

REDACTED = "***"
_WORD = re.compile(r"[A-Za-z0-9+/]{6,}={0,2}")
"""May be base64, or a piece of it. Shorter pieces tell nothing, and would be found in ordinary words."""


def redact(text: str, username: str, password: str) -> str:
    """`text` with the user name, the password and every base64 word made of them replaced by `***`, in any case.

    The user name is replaced as a word of its own: mail addresses that only contain it stay readable.
    """
    sent = [_base64(f"\0{username}\0{password}"), _base64(username), _base64(password)]
    text = _WORD.sub(lambda word: REDACTED if _quotes(word[0], sent, (username, password)) else word[0], text)
    text = _without(text, *sent, password)
    return re.sub(rf"(?i)(?<![\w@]){re.escape(username)}(?![\w@])", REDACTED, text) if username else text


def _base64(text: str) -> str:
    return base64.b64encode(text.encode(errors="surrogateescape")).decode("ascii").rstrip("=")


def _without(text: str, *secrets: str) -> str:
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = re.sub(rf"{re.escape(secret)}={{0,2}}", REDACTED, text, flags=re.IGNORECASE)
    return text


def _quotes(word: str, sent: list[str], login: tuple[str, str]) -> bool:
    """Whether a word is a piece of what we sent, or base64 that has the user name or the password in it (CRAM-MD5)."""
    bare = word.rstrip("=")
    plain = base64.b64decode(bare[: len(bare) // 4 * 4])
    return any(bare.lower() in each.lower() for each in sent) or any(each.encode() in plain for each in login if each)
