"""A signed note that went through mail programs and editors: what can be undone is undone, what cannot is refused."""

from __future__ import annotations

import quopri
from collections.abc import Callable

import pytest

from audit.seals.keys import ForgedSignature, Key, NoTrustedSignature, verify_signatures
from audit.seals.note_repair import repair_note
from audit.seals.notes import BadNote, parse_note

from .test_notes import EXAMPLE, EXAMPLE_KEY

DAMAGE: dict[str, Callable[[str], bytes]] = {
    "none": lambda text: text.encode(),
    "a mark": lambda text: text.encode("utf-8-sig"),
    "CRLF": lambda text: text.replace("\n", "\r\n").encode(),
    "CR": lambda text: text.replace("\n", "\r").encode(),
    "GBK": lambda text: text.encode("gbk"),
    "UTF-16 with CRLF": lambda text: text.replace("\n", "\r\n").encode("utf-16"),
    "quoted-printable": lambda text: quopri.encodestring(text.encode()),
    "non-breaking spaces": lambda text: text.replace(" ", "\u00a0").encode(),
    "no last newline": lambda text: text.rstrip("\n").encode(),
    "more newlines": lambda text: f"\n{text}\n\n".encode(),
    "spaces at the ends of lines": lambda text: text.replace("\n", "  \n").encode(),
    "two hyphens for the dash": lambda text: text.replace("\u2014", "--").encode(),
    "an en dash": lambda text: text.replace("\u2014", "\u2013").encode(),
    "a dash of Chinese typing": lambda text: text.replace("\u2014", "\u2014\u2014").encode(),
    "an encoding without the dash": lambda text: text.encode("ascii", "replace"),
    "a zero-width space": lambda text: f"\u200b{text}".encode(),
}


@pytest.mark.parametrize("how", DAMAGE)
def test_what_mail_programs_and_editors_do_to_a_signed_note_is_undone_and_its_signature_holds(how: str) -> None:
    note = parse_note(repair_note(DAMAGE[how](EXAMPLE)))
    assert str(note) == EXAMPLE
    assert [str(one.key) for one in verify_signatures(note, [Key.parse(EXAMPLE_KEY)])] == [EXAMPLE_KEY]


def test_lines_of_base64_that_end_in_an_equals_sign_are_no_quoted_printable() -> None:
    proof = ("old 3\n" + "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n" * 2 + f"\n{EXAMPLE}").encode()
    assert repair_note(proof) == proof
    assert repair_note(quopri.encodestring(proof)) == proof


def test_a_repair_never_makes_a_changed_text_look_signed() -> None:
    with pytest.raises((ForgedSignature, NoTrustedSignature)):
        verify_signatures(
            parse_note(repair_note(EXAMPLE.replace("example message", "example  message").encode())),
            [Key.parse(EXAMPLE_KEY)],
        )


@pytest.mark.parametrize("raw", [b"\xff\xff", b"", b"a\0b"])
def test_what_is_no_note_is_refused_with_a_sentence(raw: bytes) -> None:
    with pytest.raises(BadNote):
        parse_note(repair_note(raw))
