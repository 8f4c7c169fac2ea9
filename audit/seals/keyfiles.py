"""Writes and reads the files of private keys, which only their owner may read. Also here: reads the file of a note."""
# A private key is not encrypted in its file. The scheduler seals at night, when nobody can type a password, and a
# password in another file would protect nothing. The disk of the machine should be encrypted instead.

from __future__ import annotations

import os
from pathlib import Path

from config.texts import UnreadableText, text_of
from states.vocabulary import Text
from storage import private_files

from .keys import BadKey, Signer
from .notes import BadNote


def write(path: Path, signer: Signer) -> None:
    """Write a private key to a new file that only its owner may read.

    Raises `BadKey` if the file exists or cannot be written.
    """
    try:
        private_files.create(path, signer.secret().encode())
    except FileExistsError as error:
        raise BadKey(why=_already_exists(path)) from error
    except OSError as error:
        raise BadKey(why=_unusable(path, error)) from error


def read(path: Path) -> Signer:
    """The private key in a file.

    Raises `BadKey` if it cannot be read, is no key, or may be read by others than its owner.
    """
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & private_files.OTHERS:
                raise BadKey(why=_readable_by_others(path))
            text = text_of(file.read(), path.name)
    except OSError as error:
        raise BadKey(why=_unusable(path, error)) from error
    except UnreadableText as error:
        raise BadKey(why=error.why) from error
    return Signer.parse(f"{text.strip()}\n")


def read_note(path: Path) -> bytes:
    """The bytes of a file that somebody sent. Raises `BadNote` if the file cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadNote(why=_unusable(path, error)) from error


def _already_exists(path: Path) -> Text:
    return Text(
        zh=f"{path} 已存在，不予覆盖；请换一个文件名",
        en=f"{path} is there already and is not written over; name another file",
    )


def _unusable(path: Path, error: Exception) -> Text:
    why = getattr(error, "strerror", None) or type(error).__name__
    return Text(zh=f"无法使用文件 {path}（{why}）", en=f"the file {path} cannot be used ({why})")


def _readable_by_others(path: Path) -> Text:
    return Text(
        zh=f"{path} 可被他人读取；请确认无人取用过，再执行 chmod 600 {path}",
        en=f"others may read {path}; make sure nobody did, then run chmod 600 {path}",
    )
