"""Certificates for the servers of this room's tests."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import NamedTuple

import pytest
import trustme


class Authority(NamedTuple):
    """An authority of our own: the file to trust, a server's side for `localhost`, and one for a stranger's name."""

    file: Path
    localhost: ssl.SSLContext
    stranger: ssl.SSLContext


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """One for the session."""
    ca = trustme.CA()
    sides = [ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) for _ in range(2)]
    for side, names in zip(sides, (("localhost", "127.0.0.1"), ("stranger.test",)), strict=True):
        ca.issue_cert(*names).configure_cert(side)
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    ca.cert_pem.write_to_path(file)
    return Authority(file, *sides)
