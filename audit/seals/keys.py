"""Keys that sign notes, of three types that C2SP defines, and the check of signatures (`verify_signatures`).

Pure: `keyfiles.py` reads and writes the files of keys, and `key_rotation.py` decides which key may sign which seal.

The ledger signs its seals with a plain Ed25519 key (type 0x01, c2sp.org/signed-note). The signature of a witness
includes the time (c2sp.org/tlog-cosignature). It uses Ed25519 (type 0x04) or ML-DSA-44 (type 0x06), which a quantum
computer cannot forge. The public part of a key is the *verifier key*, one line `name+id+base64`.

The private key is also one line, `PRIVATE+KEY+name+id+base64`. Everybody who has it can sign, and a signature cannot be
revoked.
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
"""The types of keys.

`PLAIN`: Ed25519 over the text. `TIMED`: Ed25519 over time and text (`cosignature/v1`). `SUBTREE`: ML-DSA-44 over the
names, the time, the size and the root (`subtree/v1`).
"""

COSIGNATURES = frozenset({TIMED, SUBTREE})
"""The types of a witness's key. Their signatures begin with the time, as 8 bytes, the most significant first."""

MAX_TIME = 2**63 - 1
"""The latest time of a cosignature, in seconds since 1970: "It MUST NOT exceed 2^63 - 1"."""

_SEED_BYTES = 32
"""The length of a private key, which is a seed, of any type."""
_PUBLIC_BYTES = {PLAIN: 32, TIMED: 32, SUBTREE: 1312}
"""The length of a public key of each type."""

_PrivateKey = Ed25519PrivateKey | MLDSA44PrivateKey

_PRIVATE = "PRIVATE+KEY+"


class BadKey(UserError, ValueError):
    """The text is not a key, or its file cannot be used.

    `why` is the reason, a `Text` that never quotes a private key.
    """

    zh = "密钥不能使用：{why}。"
    en = "The key cannot be used: {why}."


class NoTrustedSignature(UserError):
    """None of the trusted keys signed the note."""

    zh = "没有一个可信密钥的签名（需要：{keys}）。请核对密钥是否为对方亲自交付的那一个。"
    en = "None of the trusted keys signed this ({keys}). See that they are the ones handed over in person."


class ForgedSignature(UserError):
    """A signature with the name and id of a trusted key is wrong: the text or the line was changed."""

    zh = "以“{key}”名义的签名是假的：内容或签名被改动过。请保留这份文件并查明来源。"
    en = (
        "The signature in the name of “{key}” is not genuine: text or signature was changed. Keep the file and find "
        "out where it came from."
    )


class Key(Struct, frozen=True):
    """A verifier key: the public part of a key, with its name and type."""

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
        """Read a verifier key. Raises `BadKey` if the line is not a verifier key."""
        name, _, rest = text.strip().partition("+")
        id_text, _, material = rest.partition("+")
        try:
            raw = decode_base64(material)
        except ValueError as error:
            raise BadKey(why=_NOT_A_KEY) from error
        if not raw or len(raw) - 1 != _PUBLIC_BYTES.get(raw[0]) or not is_name(name):
            raise BadKey(why=_NOT_A_KEY)
        key = cls(name, raw[0], raw[1:])
        if key.id.hex() != id_text:
            raise BadKey(why=_WRONG_ID)
        return key

    def verify(self, text: str, signature: bytes) -> ValidSignature | None:
        """The signature, if these bytes are a valid signature by this key over the text; otherwise None.

        It is also None if this machine's library lacks the type of the key.
        """
        seconds = None
        if self.type in COSIGNATURES:
            seconds, signature = int.from_bytes(signature[:8]), signature[8:]
            if seconds > MAX_TIME:
                return None
        try:
            message = _message(self, text, seconds)
            if self.type == SUBTREE:
                MLDSA44PublicKey.from_public_bytes(self.public).verify(signature, message)
            else:
                Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, UnsupportedAlgorithm, ValueError):
            return None
        return ValidSignature(self, seconds)


class ValidSignature(Struct, frozen=True):
    """A valid signature: its key and, for a witness's key, the time in seconds since 1970 (else None)."""

    key: Key
    seconds: int | None

    @property
    def at(self) -> datetime | None:
        """The time of a witness's signature. None for the ledger's key, and for a cosignature with the time 0.

        A witness may write any time up to `MAX_TIME`. A time after the year 9999 is returned as the last day of that
        year.
        """
        if not self.seconds:
            return None
        return _EPOCH + timedelta(seconds=min(self.seconds, _LAST_SECOND))


class Signer:
    """A private key.

    It has no `__str__` with the key, so that the key is not printed by accident; `secret` returns it.
    """

    def __init__(self, name: str, type_: int, private: _PrivateKey) -> None:
        self.key = Key(name, type_, private.public_key().public_bytes_raw())
        self._private = private

    @classmethod
    def new(cls, name: str, type_: int = PLAIN) -> Signer:
        """Create a key with this name.

        Raises `BadKey` if no key may have the name, or this machine's library lacks the type.
        """
        if not is_name(name) or len(name.encode()) > _MAX_NAME_BYTES:
            raise BadKey(why=_BAD_NAME)
        return cls(name, type_, _private_key(type_, None))

    @classmethod
    def parse(cls, text: str) -> Signer:
        """Read a private key. Raises `BadKey` if the line is not a private key."""
        name, _, rest = text.strip().removeprefix(_PRIVATE).partition("+")
        id_text, _, material = rest.partition("+")
        try:
            raw = decode_base64(material)
        except ValueError:
            raw = b""
        is_key = len(raw) == 1 + _SEED_BYTES and raw[0] in _PUBLIC_BYTES and is_name(name)
        if not text.startswith(_PRIVATE) or not is_key:
            raise BadKey(why=_NOT_A_PRIVATE_KEY) from None
        signer = cls(name, raw[0], _private_key(raw[0], raw[1:]))
        if signer.key.id.hex() != id_text:
            raise BadKey(why=_WRONG_ID)
        return signer

    def secret(self) -> str:
        """The private key as one line, as in its file."""
        raw = bytes([self.key.type]) + self._private.private_bytes_raw()
        return f"{_PRIVATE}{self.key.name}+{self.key.id.hex()}+{encode_base64(raw)}\n"

    def sign(self, text: str, at: datetime | None = None) -> Signature:
        """Sign the text. A witness's key needs the time `at`, in UTC or with an offset; another key must have none.

        Raises ValueError if a time is missing or superfluous.
        """
        if (at is not None) != (self.key.type in COSIGNATURES):
            raise ValueError("a time is for a witness's key, and it needs one")
        seconds = None if at is None else int(at.timestamp())
        time = b"" if seconds is None else seconds.to_bytes(8)
        return Signature(self.key.name, self.key.id, time + self._private.sign(_message(self.key, text, seconds)))


def verify_signatures(note: Note, keys: Iterable[Key]) -> list[ValidSignature]:
    """The valid signatures by these keys, at most one for each key.

    Signatures of other keys are ignored: "even if they share a name or ID (but not both) with a known key". Raises
    `NoTrustedSignature` if there is none, and `ForgedSignature` if a signature with the name and id of one of the keys
    is wrong.
    """
    trusted = {(key.name, key.id): key for key in keys}
    valid: dict[Key, ValidSignature] = {}
    for signature in note.signatures:
        key = trusted.get((signature.name, signature.id))
        if key is None or key in valid:
            continue
        result = key.verify(note.text, signature.raw)
        if result is None:
            raise ForgedSignature(key=f"{key.name}+{key.id.hex()}")
        valid[key] = result
    if not valid:
        raise NoTrustedSignature(keys=", ".join(f"{name}+{id_.hex()}" for name, id_ in trusted) or "–")
    return list(valid.values())


def _private_key(type_: int, seed: bytes | None) -> _PrivateKey:
    """The private key of a seed, or a new one. Raises `BadKey` if this machine's library has no ML-DSA."""
    if type_ != SUBTREE:
        return Ed25519PrivateKey.generate() if seed is None else Ed25519PrivateKey.from_private_bytes(seed)
    try:
        return MLDSA44PrivateKey.generate() if seed is None else MLDSA44PrivateKey.from_seed_bytes(seed)
    except UnsupportedAlgorithm as error:
        raise BadKey(why=_NO_ML_DSA) from error


def _message(key: Key, text: str, seconds: int | None) -> bytes:
    """The bytes that a key of this type signs for a text.

    Raises ValueError if ML-DSA should sign a text that is no checkpoint.
    """
    if seconds is None:
        return text.encode()
    if key.type == TIMED:
        return f"cosignature/v1\ntime {seconds}\n{text}".encode()
    # struct cosigned_message: each name after its length in one byte; each number in eight bytes. `start` is 0.
    checkpoint = parse_checkpoint(text)
    head = b"subtree/v1\n\0" + _with_length(key.name) + seconds.to_bytes(8) + _with_length(checkpoint.origin)
    return head + (0).to_bytes(8) + checkpoint.size.to_bytes(8) + checkpoint.root


def _with_length(name: str) -> bytes:
    """The name in UTF-8 after its length in one byte. Raises ValueError if it is empty or too long."""
    raw = name.encode()
    if not 0 < len(raw) <= _MAX_NAME_BYTES:
        raise ValueError("a name has 1 to 255 bytes")
    return bytes([len(raw)]) + raw


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_SECOND = int((datetime(9999, 12, 31, tzinfo=UTC) - _EPOCH).total_seconds())
_MAX_NAME_BYTES = 255

_NOT_A_KEY = Text(
    zh="不是 名称+编号+base64 形式的公钥（Ed25519 或 ML-DSA-44），请整行复制",
    en="it is no verifier key (Ed25519 or ML-DSA-44) of the form name+id+base64; copy the whole line",
)
_WRONG_ID = Text(
    zh="编号与公钥不符，可能抄写有误，请重新取得",
    en="its id is not that of its bytes; it was miscopied, fetch it again",
)
_BAD_NAME = Text(
    zh="名称应为 1 至 255 个字节，不含空格和加号", en="a name has 1 to 255 bytes, and neither a space nor a plus in it"
)
_NO_ML_DSA = Text(
    zh="本机的加密库没有 ML-DSA-44；请更新 OpenSSL（3.5 以上），或改用 ed25519",
    en="the cryptographic library of this machine has no ML-DSA-44; update OpenSSL (3.5 or later) or choose ed25519",
)
_NOT_A_PRIVATE_KEY = Text(
    zh="文件中不是 kaohe keys new 生成的私钥", en="the file does not hold a private key as `kaohe keys new` writes it"
)
