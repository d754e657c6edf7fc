"""Poison that is a whole file: of the wrong kind, encoding or size. Made when a test asks, never kept."""

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

MANY = 10 * 1024 * 1024
BASE = (Path(__file__).parent / "data" / "poison" / "base.yaml").read_text()


def _blocks(line: str, count: int, base: str = BASE) -> str:
    return base + "".join(line.format(number) for number in range(count))


def _nested(open_: str, count: int) -> str:
    return f"{BASE}extra: {open_ * count}"


def _bomb() -> str:
    words = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    words += [f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)]
    return "\n".join(words)


def _rowless() -> str:
    severities = BASE.replace("severities: {", "severities: {" + "".join(f"s{number}: x, " for number in range(1_900)))
    plans = _blocks("  p{}: {{title: x, calendar: office, targets: {{}}}}\n", 300, "")
    return severities.replace("levels:", f"{plans}levels:")


TEXTS: dict[str, tuple[Callable[[], str | bytes], str]] = {
    "nothing": (lambda: b"", "1:1: policy: is empty"),
    "a byte order mark alone": (lambda: b"\xef\xbb\xbf", "1:1: policy: is empty"),
    "comments alone": (lambda: "# a\n# b\n", "1:1: policy: is empty"),
    "a marker alone": (lambda: "---\n", "2:1: policy: is empty"),
    "an end alone": (lambda: "...\n", "1:1: yaml: a value is missing before this"),
    "a word": (lambda: "policy", "1:1: policy: 'policy' must be keys with values"),
    "a number": (lambda: "1e999", "1:1: policy: inf must be keys with values"),
    "null": (lambda: "~", "1:1: policy: is empty"),
    "a list": (lambda: "- policy: base", "1:1: policy: [{'policy': 'base'}] must be keys with values"),
    "an empty mapping": (lambda: "{}", "1:1: policy: is missing"),
    "two documents": (lambda: f"---\n{BASE}---\n{BASE}", f"{BASE.count(chr(10)) + 2}:1: yaml: a second document"),
    "billion laughs": (_bomb, "1:4: yaml: anchors and aliases are not allowed"),
    "quadratic blowup": (lambda: f"a: &a {'x' * 50_000}\nb: [{'*a, ' * 20_000}]", "1:4: yaml: anchors and aliases"),
    "JSON with a key twice": (lambda: '{"policy": "a", "policy": "b"}', "1:17: yaml: the key 'policy' is given twice"),
    "HTML": (lambda: "<!doctype html>\n<html lang=en>: <p>", "2:15: yaml: a second ': ' stands here"),
    "a program": (lambda: b"\x7fELF\x02\x01\x01\0", "1:1: yaml: a control character (U+007F)"),
    "UTF-16 with a mark": (lambda: BASE.encode("utf-16"), "1:1: file: UTF-16 text; save it as UTF-8"),
    "UTF-16, big end first": (lambda: b"\xfe\xff" + BASE.encode("utf-16-be"), "1:1: file: UTF-16 text"),
    "UTF-16 without a mark": (lambda: BASE.encode("utf-16-le"), "1:2: yaml: a control character (U+0000)"),
    "UTF-32 with a mark": (lambda: BASE.encode("utf-32"), "1:1: file: UTF-32 text; save it as UTF-8"),
    "UTF-32, big end first": (lambda: b"\0\0\xfe\xff" + BASE.encode("utf-32-be"), "1:1: file: UTF-32 text"),
    "Latin-1": (lambda: BASE.replace("title: Base", "title: Bäse").encode("latin-1"), "3:9: file: not UTF-8 text"),
    "overlong slash": (lambda: b"policy: ..\xc0\xafbase", "1:11: file: not UTF-8 text"),
    "raw surrogates": (lambda: b"policy: \xed\xa0\x80", "1:9: file: not UTF-8 text"),
    "cut in a character": (lambda: "policy: b\u00e4".encode()[:-1], "1:10: file: not UTF-8 text"),
    "two byte order marks": (lambda: "\ufeff\ufeff" + BASE, "1:1: yaml: a control character (U+FEFF)"),
    "lines that end as on an old Mac": (lambda: BASE.replace("\n", "\r").replace("Base", "B\0"), "3:9: yaml: a control"),
    "10 MB": (lambda: BASE + "# more\n" * (MANY // 7), "1:1: file: larger than 128 KB"),
    "10 MB in one line": (lambda: f"title: {'x' * MANY}", "1:1: file: larger than 128 KB"),
    "a title of 1 MB": (lambda: BASE.replace("title: Base", f"title: {'x' * MANY}"[: MANY // 10]), "1:1: file: larger"),
    "a million keys": (lambda: _blocks("k{}: v\n", 1_000_000), "1:1: file: larger than 128 KB"),
    "100,000 brackets": (lambda: _nested("[", 100_000), "46:31: yaml: nested deeper than 24 levels"),
    "100,000 braces": (lambda: _nested("{", 100_000), "46:31: yaml: nested deeper than 24 levels"),
    "100,000 braces and brackets": (lambda: _nested("[{", 50_000), "46:31: yaml: nested deeper than 24 levels"),
    "60,000 dashes in a line": (lambda: BASE + "extra:\n  " + "- " * 60_000, "47:49: yaml: nested deeper than 24"),
    "60,000 question marks": (lambda: "? " * 60_000, "1:49: yaml: nested deeper than 24 levels"),
    "60,000 colons": (lambda: ": " * 60_000, "1:49: yaml: nested deeper than 24 levels"),
    "500 levels of indentation": (
        lambda: "".join(f"{' ' * level}k:\n" for level in range(500)), "25:25: yaml: nested deeper than 24 levels",
    ),
    "100,000 commas": (lambda: f"a: [{',' * 100_000}", "1:5: yaml: a value is missing before this"),
    "100,000 items": (lambda: f"a: [a{',a' * 60_000}]", "1:15995: yaml: longer than 8000 items"),
    "100,000 exclamation marks": (lambda: "!" * 100_000, "1:1: yaml: tags are not allowed"),
    "100,000 percent signs": (lambda: "%" * 100_000, "1:2: yaml: a value cannot begin with this sign"),
    "10,000 directives": (lambda: "%TAG ! x\n" * 10_000, "2:1: yaml: not readable: duplicate tag handle '!'"),
    "10,000 anchors": (lambda: "&a " * 10_000, "1:1: yaml: anchors and aliases are not allowed"),
    "30,000 documents": (lambda: "---\n" * 30_000, "2:1: yaml: a second document is not allowed"),
    "30,000 quoted words": (lambda: '"a" ' * 30_000, "1:5: yaml: something follows the end"),
    "120,000 empty lines": (lambda: "\n" * 120_000, "1:1: policy: is empty"),
    "120,000 blanks": (lambda: " " * 120_000, "1:1: policy: is empty"),
    "120,000 tabs": (lambda: "\t" * 120_000, "1:1: yaml: a tab indents here"),
    "a comment of 120,000 characters": (lambda: f"#{'x' * 120_000}", "1:1: policy: is empty"),
    "50,000 comments": (lambda: "#\n" * 50_000, "1:1: policy: is empty"),
    "a text of 60,000 words": (lambda: BASE.replace("title: Base", f"title: {'x ' * 60_000}"), "3:1: title: is longer"),
    "a text of 60,000 lines": (lambda: BASE + "title2: |\n" + " x\n" * 40_000, "46:1: title2: there is no key 'title2'"),
    "30,000 escapes": (lambda: BASE.replace("title: Base", 'title: "' + "\\x41" * 30_000 + '"'), "3:1: title: is longer"),
    "a key of 100,000 characters": (lambda: f'? "{"k" * 100_000}"\n: v', f"1:3: {'k' * 150}"),
    "3,500 unknown keys": (lambda: _blocks("titlf{}: x\n", 3_500), "46:1: titlf0: there is no key 'titlf0' here"),
    "900 unknown messages": (lambda: _blocks("  m{}: none\n", 900), "46:3: messages.m0: nothing sends a message"),
    "a million rows that are missing": (_rowless, "27:5: plans.gold.targets: no row for severity 's0'"),
    "900 unknown zones": (
        lambda: BASE.replace("calendars:\n", "calendars:\n" + _blocks("  c{0}: {{zone: Europe/Berlim{0}, hours: 24x7}}\n", 900, "")),
        "6:1: calendars: holds more than 40 calendars",
    ),
    "400 recurrence rules that fall on no date": (
        lambda: BASE.replace(
            "    holidays:\n",
            "    holidays:\n" + _blocks('      - {{rrule: "FREQ=WEEKLY;INTERVAL={};BYMONTH=2;BYMONTHDAY=30", from: 2026-01-01, name: x}}\n', 400, ""),
        ),
        "11:10: calendars.office.holidays.0.rrule: 'FREQ=WEEKLY;INTERVAL=0",
    ),
    "hundreds of long values": (
        lambda: BASE.replace("grace: 30 minutes", f"grace: '{'9' * 100_000} minutes'"), "43:1: grace: '999",
    ),
    "6 long bodies": (
        lambda: _blocks("  m{}: {{subject: x, body: '" + "{{{{ x }}}} " * 1_500 + "'}}\n", 6),
        "46:3: messages.m0: nothing sends a message",
    ),
}  # fmt: skip
"""What is in the file, and how the refusal begins."""

CANNOT = "1:1: file: cannot be read: "


def odd_paths(directory: Path) -> Iterator[tuple[str, str, str]]:
    """Name, path and refusal of paths that are no regular file of one's own, made in a directory."""
    yield "a directory", str(directory), f"{CANNOT}it is a directory"
    yield "a file that is not there", str(directory / "nothing.yaml"), f"{CANNOT}No such file"
    yield "a path with a nul", f"{directory}/a\0b.yaml", f"{CANNOT}no such path can exist"
    yield "a path without end", f"{directory}/{'a' * 5_000}.yaml", f"{CANNOT}File name too long"
    yield "a path through a file", f"{__file__}/a.yaml", f"{CANNOT}Not a directory"
    yield "a device without end", "/dev/zero", f"{CANNOT}it is no regular file"
    yield "a link to a device", _link(directory / "zero.yaml", "/dev/zero"), f"{CANNOT}it is no regular file"
    yield "a link to itself", _link(directory / "loop.yaml", "loop.yaml"), f"{CANNOT}Too many levels"
    yield "a link to nothing", _link(directory / "gone.yaml", "nowhere"), f"{CANNOT}No such file"
    yield "a pipe", _pipe(directory / "pipe.yaml"), f"{CANNOT}it is no regular file"
    yield "a socket", _socket(directory / "s.yaml"), f"{CANNOT}it is no regular file"
    yield "a file that the kernel will not read", "/proc/self/mem", f"{CANNOT}Input/output error"
    yield "a file of 10 GB", _sparse(directory / "sparse.yaml"), "1:1: file: larger than 128 KB"


def _link(path: Path, to: str) -> str:
    path.symlink_to(to)
    return str(path)


def _pipe(path: Path) -> str:
    os.mkfifo(path)
    return str(path)


def _socket(path: Path) -> str:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(path))  # the limit of 108 characters is of the text
    return str(path)


def _sparse(path: Path) -> str:
    with path.open("wb") as file:
        file.truncate(10 << 30)
    return str(path)
