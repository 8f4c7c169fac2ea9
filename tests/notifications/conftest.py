"""Certificates for the mail servers and webhooks of these tests."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import NamedTuple

import pytest
import trustme


class Authority(NamedTuple):
    """A certificate authority for tests: its certificate file, and a server's TLS context for `localhost` and for another name."""

    file: Path
    localhost: ssl.SSLContext
    stranger: ssl.SSLContext


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """One certificate authority for all tests of a process."""
    ca = trustme.CA()
    sides = [ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) for _ in range(2)]
    for side, names in zip(sides, (("localhost", "127.0.0.1"), ("stranger.test",)), strict=True):
        ca.issue_cert(*names).configure_cert(side)
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    ca.cert_pem.write_to_path(file)
    return Authority(file, *sides)
