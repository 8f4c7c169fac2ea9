"""The archive for machines without the internet: built, unpacked and installed in a network namespace, up to the first
sign-in; then upgraded in place, with a backup first."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tarfile
from hashlib import sha256
from pathlib import Path

import pytest

from tests.conftest import require

HOUSE = Path(__file__).resolve().parents[2]
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
MACHINE = platform.machine()


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked archive for this machine and this Python."""
    if (
        shutil.which("unshare") is None
        or subprocess.run(["unshare", "-rn", "true"], check=False, capture_output=True).returncode
    ):
        require("unshare", "no network namespace can be made here")
    folder = tmp_path_factory.mktemp("offline")
    built = subprocess.run(
        [sys.executable, "offline/build.py", "--machine", MACHINE, "--python", PYTHON, "--to", str(folder)],
        check=False, cwd=HOUSE, capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    if "No matching distribution" in built.stderr or "Could not find a version" in built.stderr:
        require("pip", "the wheels of the lock file cannot be had here")
    assert built.returncode == 0, built.stderr[-2000:]
    with tarfile.open(built.stdout.strip().splitlines()[-1]) as archive:
        archive.extractall(folder, filter="data")
    return next(path for path in folder.iterdir() if path.is_dir())


def without_network(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command in a namespace that has a loopback and nothing else."""
    script = 'ip link set lo up 2>/dev/null || ifconfig lo up 2>/dev/null; exec "$@"'
    clean = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(cwd), "LANG": "C.UTF-8"}
    return subprocess.run(
        ["unshare", "-rn", "sh", "-c", script, "sh", *command],
        check=False,
        cwd=cwd,
        env=clean,
        capture_output=True,
        text=True,
        timeout=900,
    )


def write_digests(folder: Path) -> None:
    """Write the list of digests again, as for another release."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "SHA256SUMS")
    lines = (f"{sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder)}\n" for path in files)
    (folder / "SHA256SUMS").write_text("".join(lines), "utf-8")


def folders(at: Path) -> list[str]:
    return ["--dir", f"{at}/program", "--data", f"{at}/data", "--settings", f"{at}/etc/environment", "--user", "root",
            "--python", os.path.realpath(sys.executable)]  # fmt: skip


def test_from_nothing_to_the_first_sign_in_and_an_upgrade_without_a_network(unpacked: Path, tmp_path: Path) -> None:
    installed = without_network("./install.sh", *folders(tmp_path), cwd=unpacked)
    assert installed.returncode == 0, installed.stdout[-1500:] + installed.stderr[-1500:]
    assert "Installed 0.1.0" in installed.stdout
    program = HOUSE / "tests/offline/first_sign_in.py"
    first = without_network("python3", str(program), f"{tmp_path}/program/kaohe", cwd=tmp_path)
    assert first.stdout.split("\n")[:2] == ["no network", "signed in"], first.stdout[-1500:] + first.stderr[-1500:]

    (unpacked / "README.txt").write_text("another release", "utf-8")
    changed = without_network("./install.sh", *folders(tmp_path), cwd=unpacked)
    assert changed.returncode != 0
    assert "The files are incomplete or were changed" in changed.stderr
    write_digests(unpacked)
    upgraded = without_network("./install.sh", *folders(tmp_path), cwd=unpacked)
    assert "Upgraded to 0.1.0" in upgraded.stdout, upgraded.stdout[-1500:] + upgraded.stderr[-1500:]
    assert list((tmp_path / "data/backups").iterdir())
    assert len(list((tmp_path / "program/releases").iterdir())) == 2


def test_a_machine_without_a_fitting_python_is_told_so(unpacked: Path, tmp_path: Path) -> None:
    refused = without_network("./install.sh", *folders(tmp_path)[:-1], "/bin/true", cwd=unpacked)
    assert refused.returncode != 0
