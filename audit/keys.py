"""Keys that sign notes, in the two Ed25519 forms of C2SP. Pure; the file a private one lies in is `keyfiles.py`.

A seal of the ledger is signed by a plain key (type 0x01, c2sp.org/signed-note), a witness signs with the time (type
0x04, c2sp.org/tlog-cosignature). What is told to others is the *verifier key*, one line `name+id+base64`.

The private key is one line too, `PRIVATE+KEY+name+id+base64`. Whoever has it can sign, and what they signed stays signed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Struct

from states.sentences import Told
from states.vocabulary import Text

from .notes import Note, Signature, decoded, encoded, is_name

PLAIN, TIMED = 0x01, 0x04
"""The type of a key: Ed25519 over the text, or over the time and the text (`cosignature/v1`)."""

_PRIVATE = "PRIVATE+KEY+"


class BadKey(Told, ValueError):
    """What was to be a key is none, or its file cannot be used. `why` is a `Text`; never quotes a private key."""

    zh = "密钥不能使用：{why}。"
    en = "The key cannot be used: {why}."


class NotSigned(Told):
    """No known key signed the note."""

    zh = "没有一个可信密钥的签名（需要：{keys}）。请核对密钥是否为对方亲自交付的那一个。"
    en = "None of the trusted keys signed this ({keys}). See that they are the ones handed over in person."


class Forged(Told):
    """A signature under the name and id of a known key is not that key's: the text or the line was changed."""

    zh = "以“{key}”名义的签名是假的：内容或签名被改动过。请保留这份文件并查明来源。"
    en = "The signature in the name of “{key}” is not genuine: text or signature was changed. Keep the file and find out where it came from."


class Key(Struct, frozen=True):
    """A verifier key."""

    name: str
    type: int
    public: bytes

    @property
    def id(self) -> bytes:
        """SHA-256(key name || 0x0A || signature type || public key)[:4]."""
        return sha256(self.name.encode() + b"\n" + bytes([self.type]) + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{encoded(bytes([self.type]) + self.public)}"

    @classmethod
    def parse(cls, text: str) -> Key:
        """The key this line is. BadKey."""
        name, _, rest = text.strip().partition("+")
        named, _, material = rest.partition("+")
        try:
            raw = decoded(material)
        except ValueError as error:
            raise BadKey(why=_FORM) from error
        if len(raw) != 33 or raw[0] not in (PLAIN, TIMED) or not is_name(name):
            raise BadKey(why=_FORM)
        key = cls(name, raw[0], raw[1:])
        if key.id.hex() != named:
            raise BadKey(why=_ID)
        return key

    def signed(self, text: str, made: bytes) -> Signed | None:
        """What this key's signature under the text says; None if it is not genuine."""
        seconds = None
        if self.type == TIMED:
            seconds, made = int.from_bytes(made[:8]), made[8:]
        try:
            at = None if seconds is None else datetime.fromtimestamp(seconds, UTC)
            Ed25519PublicKey.from_public_bytes(self.public).verify(made, _message(text, seconds))
        except (InvalidSignature, ValueError, OverflowError):
            return None
        return Signed(self, at)


class Signed(Struct, frozen=True):
    """A genuine signature: whose, and for a witness, as of when."""

    key: Key
    at: datetime | None


class Signer:
    """A private key. Its text is not shown by accident: `secret` has to be asked for."""

    def __init__(self, name: str, type_: int, private: Ed25519PrivateKey) -> None:
        self.key = Key(name, type_, private.public_key().public_bytes_raw())
        self._private = private

    @classmethod
    def new(cls, name: str, type_: int = PLAIN) -> Signer:
        """A new key of this name. BadKey for a name no key may have."""
        if not is_name(name):
            raise BadKey(why=_NAME)
        return cls(name, type_, Ed25519PrivateKey.generate())

    @classmethod
    def parse(cls, text: str) -> Signer:
        """The private key this line is. BadKey."""
        name, _, rest = text.strip().removeprefix(_PRIVATE).partition("+")
        named, _, material = rest.partition("+")
        try:
            raw = decoded(material)
        except ValueError:
            raw = b""
        if not text.startswith(_PRIVATE) or len(raw) != 33 or raw[0] not in (PLAIN, TIMED) or not is_name(name):
            raise BadKey(why=_NO_PRIVATE) from None
        signer = cls(name, raw[0], Ed25519PrivateKey.from_private_bytes(raw[1:]))
        if signer.key.id.hex() != named:
            raise BadKey(why=_ID)
        return signer

    def secret(self) -> str:
        """The private key as its file has it."""
        raw = bytes([self.key.type]) + self._private.private_bytes_raw()
        return f"{_PRIVATE}{self.key.name}+{self.key.id.hex()}+{encoded(raw)}\n"

    def sign(self, text: str, at: datetime | None = None) -> Signature:
        """This key's signature under the text; a witness's key signs `at` a time, no other does."""
        if (at is not None) != (self.key.type == TIMED):
            raise ValueError("a time is for a witness's key, and it needs one")
        seconds = None if at is None else int(at.timestamp())
        before = b"" if seconds is None else seconds.to_bytes(8)
        return Signature(self.key.name, self.key.id, before + self._private.sign(_message(text, seconds)))


def signed_by(note: Note, keys: Iterable[Key]) -> list[Signed]:
    """The genuine signatures of these keys. NotSigned if there is none; Forged if one of theirs is not genuine.

    Others' are ignored: "even if they share a name or ID (but not both) with a known key".
    """
    known = {(key.name, key.id): key for key in keys}
    found: dict[Key, Signed] = {}
    for signature in note.signatures:
        key = known.get((signature.name, signature.id))
        if key is None or key in found:
            continue
        signed = key.signed(note.text, signature.made)
        if signed is None:
            raise Forged(key=f"{key.name}+{key.id.hex()}")
        found[key] = signed
    if not found:
        raise NotSigned(keys=", ".join(f"{name}+{id_.hex()}" for name, id_ in known) or "–")
    return list(found.values())


def _message(text: str, seconds: int | None) -> bytes:
    """What is signed: the text, under a header with the time where a witness signs."""
    return (text if seconds is None else f"cosignature/v1\ntime {seconds}\n{text}").encode()


_FORM = Text(
    zh="不是 名称+编号+base64 形式的 Ed25519 公钥，请整行复制",
    en="it is no Ed25519 verifier key of the form name+id+base64; copy the whole line",
)
_ID = Text(
    zh="编号与公钥不符，可能抄写有误，请重新取得",
    en="its id is not that of its bytes; it was miscopied, fetch it again",
)
_NAME = Text(zh="名称不能为空，不能含空格或加号", en="its name is empty or has a space or a plus in it")
_NO_PRIVATE = Text(
    zh="文件中不是 kaohe keys new 生成的私钥", en="the file does not hold a private key as `kaohe keys new` writes it"
)
