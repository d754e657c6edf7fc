"""What a reply means by its words alone: the keyword, thanks, or something for a person to read."""

from time import monotonic

import pytest

from sla.rules.reply_meaning import Meaning, meaning, own_words

THANKS = ("Thanks", "Thank you", "Thank you very much!", "👍")

READ = {
    "Resolved": Meaning.KEYWORD,
    "RESOLVED!!": Meaning.KEYWORD,
    "  resolved.\r\n": Meaning.KEYWORD,
    "“Resolved”": Meaning.KEYWORD,
    "*RESOLVED*": Meaning.KEYWORD,
    "ＲＥＳＯＬＶＥＤ": Meaning.KEYWORD,
    "resolved 🎉": Meaning.KEYWORD,
    "": Meaning.WORDS,
    "\n \n": Meaning.WORDS,
    "!!!": Meaning.WORDS,
    "not resolved": Meaning.WORDS,
    "Resolved?": Meaning.WORDS,
    "Resolved?!": Meaning.WORDS,
    "unresolved": Meaning.WORDS,
    "resolved, but it is slow now": Meaning.WORDS,
    "Resolved\n\nNo, wait: it is back.": Meaning.WORDS,
    "re solved": Meaning.WORDS,
    "thanks": Meaning.THANKS,
    "Thank   you!": Meaning.THANKS,
    "thank you very much": Meaning.THANKS,
    "👍": Meaning.THANKS,
    "👎": Meaning.WORDS,
    "Thanks?": Meaning.WORDS,
    "Thank you, but": Meaning.WORDS,
    "Thanks. Resolved.": Meaning.WORDS,
    "Resolved.\n\n> Is it settled?\n> Kim": Meaning.KEYWORD,
    "> Is it settled?\n\nResolved.": Meaning.KEYWORD,
    "> resolved": Meaning.WORDS,
    "> Is it resolved?\nNo.\n> And now?\nResolved.": Meaning.WORDS,
    "Resolved\n\nOn Mon, 16 Nov 2026 at 10:00, Kim <kim@x.example> wrote:\n> Is it settled?": Meaning.KEYWORD,
    "Resolved\n\nOn Mon, 16 Nov 2026 at 10:00, Kim\n<kim@x.example> wrote:\n\n> Is it settled?": Meaning.KEYWORD,
    "Resolved\n\nOn Mon, 16 Nov 2026 at 10:00, Kim wrote:\nIs it settled?\nPlease tell us.": Meaning.KEYWORD,
    "On Mon, 16 Nov 2026, Kim wrote:\n> Is it settled?\n\nResolved": Meaning.KEYWORD,
    "Resolved\nOn Mon, 16 Nov 2026, Kim wrote:\n> Is it settled?\nNo, it is not.": Meaning.WORDS,
    "Resolved\nOn that day I wrote:\nplease call me": Meaning.WORDS,
    "Resolved\n\nAm 16.11.2026 um 10:00 schrieb Kim:\n> Erledigt?": Meaning.KEYWORD,
    "Resolved\n\n-----Original Message-----\nFrom: Kim\nIs it settled?": Meaning.KEYWORD,
    "Resolved\n-- \nDana Whitfield\nLakeland": Meaning.KEYWORD,
    "Resolved\n--\nDana": Meaning.KEYWORD,
    "Thanks\n\nSent from my telephone": Meaning.THANKS,
    "<p>Resolved.</p>": Meaning.KEYWORD,
    "<div>Resolved&nbsp;</div><blockquote>Is it settled?</blockquote>": Meaning.KEYWORD,
    "<html><head><style>p {color: red}</style></head><body><p>Thank<br>you</p></body></html>": Meaning.THANKS,
    "<div>Resolved</div><div>On 16 Nov 2026, Kim wrote:<br></div><blockquote>Settled?</blockquote>": Meaning.KEYWORD,
    "<p>Resolved</p><p>not at all</p>": Meaning.WORDS,
    "<b>not</b> resolved": Meaning.WORDS,
    "<resolved>": Meaning.KEYWORD,
    "<!-- resolved --> no": Meaning.WORDS,
}


@pytest.mark.parametrize(("text", "expected"), READ.items(), ids=[repr(text)[:60] for text in READ])
def test_what_a_reply_means(text: str, expected: Meaning) -> None:
    assert meaning(text, "RESOLVED", THANKS) is expected


@pytest.mark.parametrize("text", ["Resolved", "Thanks", ""])
def test_where_a_policy_has_neither_keyword_nor_thanks_everything_is_words(text: str) -> None:
    assert meaning(text, None, ()) is Meaning.WORDS


def test_a_keyword_of_signs_alone_is_compared_as_it_is() -> None:
    assert meaning(" +++ ", "+++", ()) is Meaning.KEYWORD
    assert meaning("---", "+++", ()) is Meaning.WORDS


@pytest.mark.parametrize(
    "part", ["<", "<a", "<div>", "<blockquote>", "On 1 ", "am 1 schrieb ", "> ", "\n", "On 1\n", "&lt;", "?", "'"]
)
def test_the_longest_text_of_any_kind_is_read_at_once(part: str) -> None:
    began = monotonic()
    own_words((part * 20_000)[:20_000])
    own_words(("<" + "a" * 20_000)[:20_000])
    assert monotonic() - began < 1
