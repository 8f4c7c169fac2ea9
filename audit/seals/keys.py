"""Keys that sign notes, in three forms of C2SP. Pure; the file a private one lies in is `keyfiles.py`.

The ledger signs its seals with a plain Ed25519 key (type 0x01, c2sp.org/signed-note). A witness signs with the time
(c2sp.org/tlog-cosignature): by Ed25519 (type 0x04) or by ML-DSA-44 (type 0x06), which a quantum computer cannot forge.
What others are given is the *verifier key*, one line `name+id+base64`.

The private key is one line too, `PRIVATE+KEY+name+id+base64`. Whoever has it can sign, and what they signed stays signed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey
from msgspec import Struct

from states.user_errors import UserError
from states.vocabulary import Text

from .checkpoints import parse_checkpoint
from .notes import Note, Signature, decode_base64, encode_base64, is_name

PLAIN, TIMED, SUBTREE = 0x01, 0x04, 0x06
"""The type of a key: Ed25519 over the text; Ed25519 over the time and the text (`cosignature/v1`); ML-DSA-44 over the
names, the time, the size and the root (`subtree/v1`)."""

COSIGNATURES = frozenset({TIMED, SUBTREE})
"""What a witness may sign with: the signature begins with the time, as 8 bytes, the largest first."""

LATEST = 2**63 - 1
"""The latest time of a cosignature, in seconds since 1970: "It MUST NOT exceed 2^63 - 1"."""

_SEED = 32
_PUBLIC = {PLAIN: 32, TIMED: 32, SUBTREE: 1312}
"""How many bytes a public key of each type has. A private key is a seed of 32 bytes, whatever its type."""

_PrivateKey = Ed25519PrivateKey | MLDSA44PrivateKey

_PRIVATE = "PRIVATE+KEY+"


class BadKey(UserError, ValueError):
    """The text is not a key, or its file cannot be used. `why` is a `Text`, which never quotes a private key."""

    zh = "密钥不能使用：{why}。"
    en = "The key cannot be used: {why}."


class NoTrustedSignature(UserError):
    """No known key signed the note."""

    zh = "没有一个可信密钥的签名（需要：{keys}）。请核对密钥是否为对方亲自交付的那一个。"
    en = "None of the trusted keys signed this ({keys}). See that they are the ones handed over in person."


class ForgedSignature(UserError):
    """A signature with the name and id of a known key is not that key's: the text or the line was changed."""

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
        return f"{self.name}+{self.id.hex()}+{encode_base64(bytes([self.type]) + self.public)}"

    @classmethod
    def parse(cls, text: str) -> Key:
        """The key this line is. BadKey."""
        name, _, rest = text.strip().partition("+")
        named, _, material = rest.partition("+")
        try:
            raw = decode_base64(material)
        except ValueError as error:
            raise BadKey(why=_FORM) from error
        if not raw or len(raw) - 1 != _PUBLIC.get(raw[0]) or not is_name(name):
            raise BadKey(why=_FORM)
        key = cls(name, raw[0], raw[1:])
        if key.id.hex() != named:
            raise BadKey(why=_ID)
        return key

    def verify(self, text: str, made: bytes) -> ValidSignature | None:
        """This key's signature under the text; None if it is not genuine."""
        seconds = None
        if self.type in COSIGNATURES:
            seconds, made = int.from_bytes(made[:8]), made[8:]
            if seconds > LATEST:
                return None
        try:
            message = _message(self, text, seconds)
            if self.type == SUBTREE:
                MLDSA44PublicKey.from_public_bytes(self.public).verify(made, message)
            else:
                Ed25519PublicKey.from_public_bytes(self.public).verify(made, message)
        except (InvalidSignature, UnsupportedAlgorithm, ValueError):
            return None
        return ValidSignature(self, seconds)


class ValidSignature(Struct, frozen=True):
    """A genuine signature: whose, and a witness's time in seconds since 1970 (None for the ledger's)."""

    key: Key
    seconds: int | None

    @property
    def at(self) -> datetime | None:
        """The time, or None where none is said: by the ledger's key, and by a cosignature of the time 0.

        A witness may write any time up to `LATEST`; what lies beyond the year 9999 is given as its last day.
        """
        if not self.seconds:
            return None
        return _EPOCH + timedelta(seconds=min(self.seconds, _LAST_SECOND))


class Signer:
    """A private key. Its text is not shown by accident: `secret` has to be asked for."""

    def __init__(self, name: str, type_: int, private: _PrivateKey) -> None:
        self.key = Key(name, type_, private.public_key().public_bytes_raw())
        self._private = private

    @classmethod
    def new(cls, name: str, type_: int = PLAIN) -> Signer:
        """A new key of this name. BadKey for a name no key may have, or a type this machine's library lacks."""
        if not is_name(name) or len(name.encode()) > _LONGEST_NAME:
            raise BadKey(why=_NAME)
        return cls(name, type_, _private(type_, None))

    @classmethod
    def parse(cls, text: str) -> Signer:
        """The private key this line is. BadKey."""
        name, _, rest = text.strip().removeprefix(_PRIVATE).partition("+")
        named, _, material = rest.partition("+")
        try:
            raw = decode_base64(material)
        except ValueError:
            raw = b""
        if not text.startswith(_PRIVATE) or len(raw) != 1 + _SEED or raw[0] not in _PUBLIC or not is_name(name):
            raise BadKey(why=_NO_PRIVATE) from None
        signer = cls(name, raw[0], _private(raw[0], raw[1:]))
        if signer.key.id.hex() != named:
            raise BadKey(why=_ID)
        return signer

    def secret(self) -> str:
        """The private key as its file has it."""
        raw = bytes([self.key.type]) + self._private.private_bytes_raw()
        return f"{_PRIVATE}{self.key.name}+{self.key.id.hex()}+{encode_base64(raw)}\n"

    def sign(self, text: str, at: datetime | None = None) -> Signature:
        """This key's signature under the text; a witness's key signs `at` a time, no other does."""
        if (at is not None) != (self.key.type in COSIGNATURES):
            raise ValueError("a time is for a witness's key, and it needs one")
        seconds = None if at is None else int(at.timestamp())
        before = b"" if seconds is None else seconds.to_bytes(8)
        return Signature(self.key.name, self.key.id, before + self._private.sign(_message(self.key, text, seconds)))


def verify_signatures(note: Note, keys: Iterable[Key]) -> list[ValidSignature]:
    """The valid signatures of these keys. NoTrustedSignature if there is none; ForgedSignature if one in their name is not genuine.

    Signatures of other keys are ignored: "even if they share a name or ID (but not both) with a known key".
    """
    known = {(key.name, key.id): key for key in keys}
    found: dict[Key, ValidSignature] = {}
    for signature in note.signatures:
        key = known.get((signature.name, signature.id))
        if key is None or key in found:
            continue
        signed = key.verify(note.text, signature.made)
        if signed is None:
            raise ForgedSignature(key=f"{key.name}+{key.id.hex()}")
        found[key] = signed
    if not found:
        raise NoTrustedSignature(keys=", ".join(f"{name}+{id_.hex()}" for name, id_ in known) or "–")
    return list(found.values())


def _private(type_: int, seed: bytes | None) -> _PrivateKey:
    """A private key, of a seed or a new one. BadKey where this machine's library has no ML-DSA."""
    if type_ != SUBTREE:
        return Ed25519PrivateKey.generate() if seed is None else Ed25519PrivateKey.from_private_bytes(seed)
    try:
        return MLDSA44PrivateKey.generate() if seed is None else MLDSA44PrivateKey.from_seed_bytes(seed)
    except UnsupportedAlgorithm as error:
        raise BadKey(why=_NO_ML_DSA) from error


def _message(key: Key, text: str, seconds: int | None) -> bytes:
    """The bytes a key of this type signs for a text. ValueError where ML-DSA is to sign a text that is no checkpoint."""
    if seconds is None:
        return text.encode()
    if key.type == TIMED:
        return f"cosignature/v1\ntime {seconds}\n{text}".encode()
    # struct cosigned_message: the names with their length in one byte, then the numbers in eight. `start` is 0.
    said = parse_checkpoint(text)
    names = b"subtree/v1\n\0" + _opaque(key.name), _opaque(said.origin)
    numbers = b"".join(number.to_bytes(8) for number in (0, said.size))
    return names[0] + seconds.to_bytes(8) + names[1] + numbers + said.root


def _opaque(name: str) -> bytes:
    raw = name.encode()
    if not 0 < len(raw) <= _LONGEST_NAME:
        raise ValueError("a name has 1 to 255 bytes")
    return bytes([len(raw)]) + raw


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_SECOND = int((datetime(9999, 12, 31, tzinfo=UTC) - _EPOCH).total_seconds())
_LONGEST_NAME = 255

_FORM = Text(
    zh="不是 名称+编号+base64 形式的公钥（Ed25519 或 ML-DSA-44），请整行复制",
    en="it is no verifier key (Ed25519 or ML-DSA-44) of the form name+id+base64; copy the whole line",
)
_ID = Text(
    zh="编号与公钥不符，可能抄写有误，请重新取得",
    en="its id is not that of its bytes; it was miscopied, fetch it again",
)
_NAME = Text(
    zh="名称应为 1 至 255 个字节，不含空格和加号", en="a name has 1 to 255 bytes, and neither a space nor a plus in it"
)
_NO_ML_DSA = Text(
    zh="本机的加密库没有 ML-DSA-44；请更新 OpenSSL（3.5 以上），或改用 ed25519",
    en="the cryptographic library of this machine has no ML-DSA-44; update OpenSSL (3.5 or later) or choose ed25519",
)
_NO_PRIVATE = Text(
    zh="文件中不是 kaohe keys new 生成的私钥", en="the file does not hold a private key as `kaohe keys new` writes it"
)
