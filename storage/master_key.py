"""The master key of an institution. It encrypts the key of every confidential value, and the personal columns.

It is in a file and never in the database. So a copy of the database reveals nothing confidential. If the key is lost,
the confidential values are lost, but nothing of the ledger. Also here: `encrypt` and `decrypt`, for any AES-256 key.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from states.user_errors import UserError
from states.vocabulary import Text
from storage import private_files

SIZE = 32
"""Bytes of a key (AES-256)."""
_NONCE_SIZE = 12
_LINE = re.compile(r"KAOHE-VAULT\+([0-9a-f]{16})\+([A-Za-z0-9+/]{43}=)\n?")


class MissingMasterKey(UserError):
    """The institution has no master key."""

    zh = "没有保密库密钥，保密内容不能存入和查阅。请系统管理员在服务器上运行 kaohe vault init，并用 KAOHE_VAULT_KEY 指明密钥文件。"
    en = (
        "There is no vault key: confidential values can be neither kept nor read. The system administrator runs "
        "`kaohe vault init` on the server and lets KAOHE_VAULT_KEY name the file."
    )


class UnusableMasterKey(UserError):
    """The file of the master key cannot be made, read or trusted. Details: `path`, `why`."""

    zh = "保密库密钥不能使用：{path}（{why}）。台账不受影响，仅保密内容暂不可读；请检查 KAOHE_VAULT_KEY 所指的文件。"
    en = (
        "The vault's key cannot be used: {path} ({why}). The ledger is untouched, only confidential values cannot be "
        "read; see to the file that KAOHE_VAULT_KEY names."
    )


class MasterKey(Struct, frozen=True):
    """The master key. Its `id` distinguishes keys and does not reveal the secret, and neither does its `repr`."""

    secret: bytes

    def __repr__(self) -> str:
        return f"MasterKey({self.id})"

    @property
    def id(self) -> str:
        return _id(self.secret)

    @classmethod
    def create(cls, path: Path) -> MasterKey:
        """Make a new key in a new file that only its owner may read. Raises UnusableMasterKey."""
        key = cls(token_bytes(SIZE))
        try:
            private_files.create(path, f"KAOHE-VAULT+{key.id}+{b64encode(key.secret).decode()}\n".encode())
        except OSError as error:
            raise UnusableMasterKey(path=path, why=error.strerror) from error
        return key

    @classmethod
    def read(cls, path: Path) -> MasterKey:
        """The key in a file. Raises UnusableMasterKey, also if anybody except the owner may read the file."""
        try:
            mode, text = path.stat().st_mode, f"{path.read_text('utf-8-sig').strip()}\n"
        except (OSError, UnicodeDecodeError) as error:
            raise UnusableMasterKey(
                path=path, why=getattr(error, "strerror", None) or Text(zh="不是密钥文件", en="no key file")
            ) from error
        if mode & private_files.OTHERS:
            raise UnusableMasterKey(
                path=path, why=Text(zh=f"可被他人读取，请 chmod 600 {path}", en="others may read it")
            )
        match = _LINE.fullmatch(text)
        key = cls(b64decode(match[2])) if match else None
        if match is None or key is None or key.id != match[1]:
            raise UnusableMasterKey(path=path, why=Text(zh="不是密钥文件或已损坏", en="no key file, or damaged"))
        return key

    def encrypt(self, plain: bytes, *place: str | None) -> bytes:
        """`encrypt` under this key."""
        return encrypt(self.secret, plain, *place)

    def decrypt(self, ciphertext: bytes, *place: str | None) -> bytes:
        """`decrypt` under this key."""
        return decrypt(self.secret, ciphertext, *place)


def encrypt(key: bytes, plain: bytes, *place: str | None) -> bytes:
    """Encrypt with AES-256-GCM for a `place` (table, column, row …). The result is the nonce and then the ciphertext.

    The place is the associated data of AES-GCM and is authenticated with the text. So if somebody moves the text of one
    person into the row of another, it does not decrypt there.
    """
    # A random nonce of 96 bits is safe for about 2**32 texts under one key. A college has a few thousand rows.
    nonce = token_bytes(_NONCE_SIZE)
    return nonce + _cipher(key).encrypt(nonce, plain, _associated_data(place))


def decrypt(key: bytes, ciphertext: bytes, *place: str | None) -> bytes:
    """The text that was encrypted under this key for this place.

    Raises ValueError if the ciphertext has another key or place, or is damaged.
    """
    try:
        return _cipher(key).decrypt(ciphertext[:_NONCE_SIZE], ciphertext[_NONCE_SIZE:], _associated_data(place))
    except InvalidTag as error:
        raise ValueError("encrypted under another key or for another place, or damaged") from error


def _associated_data(place: tuple[str | None, ...]) -> bytes:
    return "\n".join(part or "" for part in place).encode()


@lru_cache(maxsize=4)
def _id(secret: bytes) -> str:
    return sha256(b"kaohe vault key\n" + secret).hexdigest()[:16]


@lru_cache(maxsize=4)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)
