"""Notes and keys against the specification's own example, and what is not to be taken."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.bundle import verify
from audit.seals import keyfiles
from audit.seals.checkpoints import Checkpoint
from audit.seals.keys import (
    PLAIN,
    SUBTREE,
    TIMED,
    BadKey,
    ForgedSignature,
    Key,
    NoTrustedSignature,
    Signer,
    verify_signatures,
)
from audit.seals.notes import MAX_BYTES, BadNote, Note, Signature, encode_base64, parse_note

EXAMPLE_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE = (
    "This is an example message.\n\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
"""The example of c2sp.org/signed-note, key and note."""

AT = datetime(2026, 12, 1, 8, tzinfo=UTC)
TEXT = "a\n\nb\n"


def signer(name: str = "college.edu.cn/kaohe", seed: int = 1, type_: int = PLAIN) -> Signer:
    return Signer(name, type_, Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


def signed(*signers: Signer, text: str = TEXT) -> Note:
    return Note(text, tuple(s.sign(text, AT if s.key.type == TIMED else None) for s in signers))


def test_the_specifications_example_is_read_written_and_checked() -> None:
    key, note = Key.parse(EXAMPLE_KEY), parse_note(EXAMPLE.encode())
    assert (key.name, key.type, key.id.hex(), str(key)) == ("example.com/foo", PLAIN, "530d903a", EXAMPLE_KEY)
    assert (note.text, str(note)) == ("This is an example message.\n", EXAMPLE)
    assert [one.key for one in verify_signatures(note, [key])] == [key]


def test_the_specifications_example_with_another_text_is_forged() -> None:
    with pytest.raises(ForgedSignature) as caught:
        verify_signatures(
            parse_note(EXAMPLE.replace("example message", "other message").encode()), [Key.parse(EXAMPLE_KEY)]
        )
    assert "example.com/foo+530d903a" in caught.value.render("zh")


def test_a_key_is_the_one_of_rfc_8032() -> None:
    """Its test 1, and the signature of an empty message."""
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    made = Signer("x", PLAIN, Ed25519PrivateKey.from_private_bytes(seed))
    assert made.key.public.hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert made.sign("").raw.hex().startswith("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155")


def test_a_witness_signs_the_time_and_the_text() -> None:
    """`cosignature/v1`, the time, and the note's text; before the signature its time, 8 bytes."""
    witness = signer("audit.college.edu.cn/w", 2, TIMED)
    line = witness.sign(TEXT, AT)
    plain = signer("audit.college.edu.cn/w", 2)
    assert int.from_bytes(line.raw[:8]) == int(AT.timestamp())
    assert plain.key.verify(f"cosignature/v1\ntime {int(AT.timestamp())}\n{TEXT}", line.raw[8:])
    assert [one.at for one in verify_signatures(Note(TEXT, (line,)), [witness.key])] == [AT]
    later = line.raw[:7] + bytes([line.raw[7] ^ 1]) + line.raw[8:]
    with pytest.raises(ForgedSignature):
        verify_signatures(Note(TEXT, (Signature(line.name, line.id, later),)), [witness.key])


SEAL = Checkpoint("college.edu.cn/kaohe", 8, bytes(range(32))).text


def test_a_witness_of_ml_dsa_signs_the_names_the_time_the_size_and_the_root() -> None:
    """`cosigned_message` of tlog-cosignature, put together here byte by byte; extension lines are no part of it."""
    seed = bytes([3]) * 32
    witness = Signer("audit.college.edu.cn/q", SUBTREE, MLDSA44PrivateKey.from_seed_bytes(seed))
    line = witness.sign(SEAL, AT)
    seconds = int(AT.timestamp()).to_bytes(8)
    message = b"".join([
        b"subtree/v1\n\x00", b"\x16", b"audit.college.edu.cn/q", seconds, b"\x14", b"college.edu.cn/kaohe",
        bytes(8), bytes([0, 0, 0, 0, 0, 0, 0, 8]), bytes(range(32)),
    ])  # fmt: skip
    assert (line.raw[:8], len(line.raw)) == (seconds, 8 + 2420)
    MLDSA44PrivateKey.from_seed_bytes(seed).public_key().verify(line.raw[8:], message)
    key = Key.parse(str(witness.key))
    assert (key, len(key.public)) == (witness.key, 1312)
    for text in (SEAL, f"{SEAL}an extension\n"):
        assert [one.at for one in verify_signatures(Note(text, (line,)), [key])] == [AT]
    for other in (SEAL.replace("8", "9", 1), SEAL.replace("kaohe", "other"), TEXT):
        with pytest.raises(ForgedSignature):
            verify_signatures(Note(other, (line,)), [key])
    assert Signer.parse(witness.secret()).key == key


@pytest.mark.parametrize(
    ("seconds", "at"),
    [(0, None), (1, datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)), (2**63 - 1, datetime(9999, 12, 31, tzinfo=UTC))],
)
def test_a_cosignatures_time_may_be_any_up_to_two_to_the_sixty_third(seconds: int, at: datetime | None) -> None:
    witness = Ed25519PrivateKey.from_private_bytes(bytes([2]) * 32)
    key = signer(seed=2, type_=TIMED).key
    made = seconds.to_bytes(8) + witness.sign(f"cosignature/v1\ntime {seconds}\n{TEXT}".encode())
    found = verify_signatures(Note(TEXT, (Signature(key.name, key.id, made),)), [key])
    assert [(one.seconds, one.at) for one in found] == [(seconds, at)]


def test_a_cosignatures_time_beyond_that_is_forged() -> None:
    """ "It MUST NOT exceed 2^63 - 1"."""
    witness = Ed25519PrivateKey.from_private_bytes(bytes([2]) * 32)
    key = signer(seed=2, type_=TIMED).key
    made = (2**63).to_bytes(8) + witness.sign(f"cosignature/v1\ntime {2**63}\n{TEXT}".encode())
    with pytest.raises(ForgedSignature):
        verify_signatures(Note(TEXT, (Signature(key.name, key.id, made),)), [key])


def test_a_machine_without_ml_dsa_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported() -> None:
        raise UnsupportedAlgorithm("ML-DSA-44 is not supported")

    monkeypatch.setattr("audit.seals.keys.MLDSA44PrivateKey", SimpleNamespace(generate=unsupported))
    with pytest.raises(BadKey) as caught:
        Signer.new("audit.college.edu.cn/q", SUBTREE)
    assert "ed25519" in caught.value.render("en")
    assert "OpenSSL" in caught.value.render("zh")


@pytest.mark.parametrize("made", [b"", b"\xff" * 8, b"\xff" * 72, bytes(71), bytes(200)])
def test_a_witness_signature_of_no_form_is_forged(made: bytes) -> None:
    key = signer(type_=TIMED).key
    with pytest.raises(ForgedSignature):
        verify_signatures(Note(TEXT, (Signature(key.name, key.id, made),)), [key])


def test_only_a_witness_signs_with_a_time_and_only_with_one() -> None:
    for one, at in ((signer(), AT), (signer(type_=TIMED), None)):
        with pytest.raises(ValueError):
            one.sign(TEXT, at)


def test_the_same_bytes_as_log_and_as_witness_are_two_keys() -> None:
    assert signer().key.id != signer(type_=TIMED).key.id


def test_unknown_keys_are_ignored_also_one_that_shares_name_or_id() -> None:
    mine, other = signer(), signer(seed=3)
    lines = signed(mine).signatures
    strange = (
        Signature(mine.key.name, other.key.id, b"nonsense"),
        Signature("other.example", mine.key.id, b"nonsense"),
        other.sign(TEXT),
    )
    assert [s.key for s in verify_signatures(Note(TEXT, (*strange, *lines)), [mine.key])] == [mine.key]
    with pytest.raises(NoTrustedSignature) as caught:
        verify_signatures(Note(TEXT, strange), [mine.key])
    assert mine.key.id.hex() in caught.value.render("en")


def test_one_known_key_that_fails_rejects_the_whole_note() -> None:
    mine, other = signer(), signer("witness", 3)
    note = signed(mine).with_signatures(Signature("witness", other.key.id, bytes(64)))
    with pytest.raises(ForgedSignature):
        verify_signatures(note, [mine.key, other.key])


def test_a_note_with_sixteen_and_more_signatures_is_taken() -> None:
    many = [signer(f"witness-{n}", n, TIMED) for n in range(1, 41)]
    note = parse_note(str(signed(*many)).encode())
    assert len(verify_signatures(note, [s.key for s in many])) == 40


def test_a_line_is_added_once() -> None:
    mine = signer()
    note = signed(mine)
    assert note.with_signatures(mine.sign(TEXT)) == note


LINE = "— k AAAAAAA=\n"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"text\n",
        f"text\n{LINE}".encode(),
        b"text\n\n",
        f"text\n\n{LINE}"[:-1].encode(),
        f"text\n\n{LINE}\n".encode(),
        f"text\n\n{LINE}more\n".encode(),
        f"text\r\n\r\n{LINE}".encode(),
        f"te\txt\n\n{LINE}".encode(),
        f"te\x00xt\n\n{LINE}".encode(),
        b"te\xffxt\n\n" + LINE.encode(),
        b"text\n\n- k AAAAAAA=\n",
        "text\n\n—  AAAAAAA=\n".encode(),
        "text\n\n— k+k AAAAAAA=\n".encode(),
        "text\n\n— k\u3000k AAAAAAA=\n".encode(),
        "text\n\n— k AAAA AAA=\n".encode(),
        "text\n\n— k AAAAAAA\n".encode(),
        "text\n\n— k AAAAAAB=\n".encode(),
        "text\n\n— k AAAAAA==\n".encode(),
        "text\n\n— k AAAA_AA=\n".encode(),
        "text\n\n— k AAAAAAA= \n".encode(),
        b"x" * (MAX_BYTES + 1),
    ],
)
def test_what_the_specification_does_not_allow_is_refused(raw: bytes) -> None:
    with pytest.raises(BadNote) as caught:
        parse_note(raw)
    assert caught.value.render("zh") != caught.value.render("en")


def test_a_text_may_have_empty_lines_and_the_last_one_parts_it_from_its_signatures() -> None:
    assert parse_note(f"a\n\n\nb\n\n{LINE}".encode()).text == "a\n\n\nb\n"


@given(text=st.text(st.characters(exclude_categories=["Cs"], min_codepoint=32)), n=st.integers(1, 4))
def test_every_note_is_read_as_it_was_written(text: str, n: int) -> None:
    note = signed(*(signer(f"k{at}", at + 1) for at in range(n)), text=text + "\n")
    assert parse_note(str(note).encode()) == note


@given(at=st.integers(0, 10_000), mask=st.integers(1, 255))
def test_no_changed_byte_leaves_a_note_as_it_was(at: int, mask: int) -> None:
    """It cannot be read, or it is forged, or it is not signed any more."""
    mine = signer()
    raw = str(signed(mine, text="college.edu.cn/kaohe\n3\nroot\n")).encode()
    at %= len(raw)
    changed = raw[:at] + bytes([raw[at] ^ mask]) + raw[at + 1 :]
    with pytest.raises((BadNote, NoTrustedSignature, ForgedSignature)):
        verify_signatures(parse_note(changed), [mine.key])


def test_a_verifier_key_is_read_as_it_is_written() -> None:
    for type_ in (PLAIN, TIMED):
        for seed in range(1, 30):
            key = signer(seed=seed, type_=type_).key
            assert Key.parse(f" {key}\n") == key


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+530d903a",
        EXAMPLE_KEY[:-1],
        EXAMPLE_KEY.replace("530d903a", "530d903b"),
        EXAMPLE_KEY.replace("example.com/foo", "example.com/bar"),
        EXAMPLE_KEY.replace("example.com/foo", "example com"),
        EXAMPLE_KEY.replace("example.com/foo", ""),
        f"n+00000000+{encode_base64(bytes([2]) + bytes(32))}",
        f"n+00000000+{encode_base64(bytes([1]) + bytes(31))}",
    ],
)
def test_what_is_no_verifier_key_is_refused(text: str) -> None:
    with pytest.raises(BadKey):
        Key.parse(text)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u3000b", "a\n"])
def test_a_key_is_not_given_a_name_it_may_not_have(name: str) -> None:
    with pytest.raises(BadKey):
        Signer.new(name)


def test_a_private_key_is_read_as_it_is_written_and_not_shown_by_accident() -> None:
    mine = Signer.new("college.edu.cn/kaohe")
    again = Signer.parse(mine.secret())
    assert again.key == mine.key
    assert again.sign(TEXT) == mine.sign(TEXT)
    assert mine.secret().split("+", 4)[-1].strip() not in repr(mine) + str(mine)


@pytest.mark.parametrize("text", ["", EXAMPLE_KEY, "PRIVATE+KEY+n+00000000+AAAA", "PRIVATE+KEY+n"])
def test_what_is_no_private_key_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(BadKey):
        Signer.parse(text)


def test_a_private_key_of_another_name_is_refused_without_being_quoted() -> None:
    text = signer().secret().replace("college", "school")
    with pytest.raises(BadKey) as caught:
        Signer.parse(text)
    assert text.split("+", 4)[-1].strip() not in str(caught.value)


# Two programs, written apart (`verify.py` stands alone, with an Ed25519 of its own)


@settings(deadline=None, max_examples=30)
@given(text=st.text(st.characters(exclude_categories=["Cs"], min_codepoint=32)), forged=st.booleans())
def test_both_programs_say_the_same_of_who_signed(text: str, forged: bool) -> None:
    log, witness, stranger = signer(), signer("w", 2, TIMED), signer("s", 3)
    note = signed(log, witness, stranger, text=text + "\n")
    if forged:
        note = Note("!" + note.text, note.signatures)
    keys = [verify.parse_key(str(one.key)) for one in (log, witness)]
    good, bad = verify.parse_note(str(note).encode()).signers(keys)
    try:
        ours = [str(one.key) for one in verify_signatures(note, [log.key, witness.key])]
    except ForgedSignature:
        ours = []
    assert bool(bad) == forged
    assert [keys.index(one) for one in good] == list(range(len(ours)))


ODD = [one.encode() for one in ("\u3000", "\u00a0", "\u0085", "\u2028", "\n\n", "— ", "+", "\r")]


@settings(max_examples=400)
@given(at=st.integers(0, 300), put=st.binary(max_size=3) | st.sampled_from(ODD), drop=st.integers(0, 3))
def test_both_programs_take_the_same_notes(at: int, put: bytes, drop: int) -> None:
    raw = str(signed(signer(), signer("w", 2, TIMED))).encode()
    changed = raw[:at] + put + raw[at + drop :]
    try:
        ours: tuple[str, int] | None = (note := parse_note(changed)).text, len(note.signatures)
    except BadNote:
        ours = None
    try:
        theirs: tuple[str, int] | None = (read := verify.parse_note(changed)).text, len(read.lines)
    except ValueError:
        theirs = None
    assert ours == theirs


# Files


def test_a_key_file_is_its_owners_alone_and_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "seal.key"
    keyfiles.write(path, signer())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert keyfiles.read(path).key == signer().key
    with pytest.raises(BadKey) as caught:
        keyfiles.write(path, signer(seed=9))
    assert str(path) in caught.value.render("zh")
    assert keyfiles.read(path).key == signer().key


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_key_file_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "seal.key"
    keyfiles.write(path, signer())
    path.chmod(mode)
    with pytest.raises(BadKey) as caught:
        keyfiles.read(path)
    assert "chmod 600" in caught.value.render("en")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadKey):
        keyfiles.read(tmp_path / "none")
    with pytest.raises(BadKey):
        keyfiles.write(tmp_path / "none" / "seal.key", signer())
    with pytest.raises(BadNote):
        keyfiles.read_note(tmp_path)
