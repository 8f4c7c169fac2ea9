"""The files of keys and notes: a private key that only its owner may read, and notes that somebody handed in."""
# A private key is not encrypted in its file. The clock seals at night, when nobody is there to type a password; a password in another
# file would guard nothing. Disk encryption of the machine is the place for it.

from __future__ import annotations

import os
from pathlib import Path

from config.texts import UnreadableText, text_of
from states.vocabulary import Text
from storage import private_files

from .keys import BadKey, Signer
from .notes import BadNote


def write(path: Path, signer: Signer) -> None:
    """Put a private key in a file of its own that only its owner may read. BadKey if there is a file already."""
    try:
        private_files.create(path, signer.secret().encode())
    except FileExistsError as error:
        raise BadKey(why=_there(path)) from error
    except OSError as error:
        raise BadKey(why=_unusable(path, error)) from error


def read(path: Path) -> Signer:
    """The private key in a file. BadKey, also where others than its owner may read it."""
    try:
        with path.open("rb") as opened:
            if os.fstat(opened.fileno()).st_mode & private_files.OTHERS:
                raise BadKey(why=_open(path))
            text = text_of(opened.read(), path.name)
    except OSError as error:
        raise BadKey(why=_unusable(path, error)) from error
    except UnreadableText as error:
        raise BadKey(why=error.why) from error
    return Signer.parse(f"{text.strip()}\n")


def read_note(path: Path) -> bytes:
    """The bytes of a file somebody handed in. BadNote if there is none."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadNote(why=_unusable(path, error)) from error


def _there(path: Path) -> Text:
    return Text(
        zh=f"{path} 已存在，不予覆盖；请换一个文件名",
        en=f"{path} is there already and is not written over; name another file",
    )


def _unusable(path: Path, error: Exception) -> Text:
    why = getattr(error, "strerror", None) or type(error).__name__
    return Text(zh=f"无法使用文件 {path}（{why}）", en=f"the file {path} cannot be used ({why})")


def _open(path: Path) -> Text:
    return Text(
        zh=f"{path} 可被他人读取；请确认无人取用过，再执行 chmod 600 {path}",
        en=f"others may read {path}; make sure nobody did, then run chmod 600 {path}",
    )
