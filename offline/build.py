"""Builds the archive with which an institution installs Kaohe on a machine without the internet: `make offline`.

    python offline/build.py [--machine x86_64|aarch64]... [--python 3.11]... [--to FOLDER]

One archive for each machine type: the program, its packages as wheels at the versions and hashes of `requirements.lock`,
`install.sh`, units for systemd, an example for nginx, and a list of digests. The same commit gives the same archive.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory

from packaging.markers import Environment, Marker

HOUSE = Path(__file__).resolve().parents[1]
MACHINES = ("x86_64", "aarch64")
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
_GLIBC = ("manylinux2014", "manylinux_2_17", "manylinux_2_28", "manylinux_2_31", "manylinux_2_34")
"""The systems whose wheels are taken: those with a C library of 2021 or older, or of Debian 12 at the latest."""

_LEFT_OUT = ("tests/", "benchmarks/", ".ci/", "docs/pictures/")
"""What a machine that only runs the program does not need."""

_BESIDE = ("install.sh", "kaohe.service", "kaohe-clock.service", "nginx.conf", "README.txt")
"""The files of this folder that lie at the top of the archive."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--machine", action="append", choices=MACHINES)
    parser.add_argument("--python", action="append", choices=PYTHONS)
    parser.add_argument("--to", type=Path, default=HOUSE / "build")
    options = parser.parse_args()
    options.to.mkdir(parents=True, exist_ok=True)
    for machine in options.machine or MACHINES:
        print(build(machine, options.python or PYTHONS, options.to))


def build(machine: str, pythons: tuple[str, ...] | list[str], folder: Path) -> Path:
    """Build the archive for one machine type. Returns its path."""
    version = tomllib.loads((HOUSE / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    name = f"kaohe-{version}-linux-{machine}"
    archive = folder / f"{name}.tar"
    with TemporaryDirectory() as temporary:
        root = Path(temporary) / name
        (root / "wheels").mkdir(parents=True)
        for python in pythons:
            download(machine, python, root / "wheels")
        copy_program(root / "program")
        for file in _BESIDE:
            copyfile(HOUSE / "offline" / file, root / file)
        (root / "install.sh").chmod(0o755)
        write_digests(root)
        pack(root, archive)
    return archive


def download(machine: str, python: str, wheels: Path) -> None:
    """Fetch the wheels for one machine type and one Python. pip checks each against the lock file."""
    requirements = wheels.parent / "requirements.txt"
    requirements.write_text("".join(requirements_for(machine, python)), "utf-8")
    platforms = [argument for glibc in _GLIBC for argument in ("--platform", f"{glibc}_{machine}")]
    command = [
        sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes",
        "--only-binary", ":all:", *platforms, "--python-version", python, "--implementation", "cp",
        "--requirement", str(requirements), "--dest", str(wheels),
    ]  # fmt: skip
    subprocess.run(command, check=True)  # noqa: S603
    requirements.unlink()


def requirements_for(machine: str, python: str) -> Iterator[str]:
    """The entries of the lock file that this machine type and this Python need."""
    # pip would ask the markers of the machine on which it runs.
    environment: Environment = {
        "implementation_name": "cpython", "implementation_version": f"{python}.0", "os_name": "posix",
        "platform_machine": machine, "platform_python_implementation": "CPython", "platform_release": "",
        "platform_system": "Linux", "platform_version": "", "python_full_version": f"{python}.0",
        "python_version": python, "sys_platform": "linux",
    }  # fmt: skip
    text = (HOUSE / "requirements.lock").read_text("utf-8")
    for entry in re.split(r"(?m)^(?=[a-z0-9][^\n]*==)", text)[1:]:
        head = entry.partition("\\")[0]
        marker = head.partition(" ; ")[2].strip()
        if not marker or Marker(marker).evaluate(dict(environment)):
            yield entry.replace(f" ; {marker}", "") if marker else entry


def copy_program(folder: Path) -> None:
    """Copy every file that git knows, without tests and benchmarks."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=HOUSE, capture_output=True, check=True)  # noqa: S607
    for name in filter(None, listed.stdout.decode().split("\0")):
        if not name.startswith(_LEFT_OUT):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            copyfile(HOUSE / name, target)


def write_digests(root: Path) -> None:
    """Write SHA256SUMS, which `install.sh` checks first."""
    files = sorted(path for path in root.rglob("*") if path.is_file())
    lines = (f"{sha256(path.read_bytes()).hexdigest()}  {path.relative_to(root)}\n" for path in files)
    (root / "SHA256SUMS").write_text("".join(lines), "utf-8")


def pack(root: Path, archive: Path) -> None:
    """Pack the folder: names in order, no times, no owners."""
    with tarfile.open(archive, "w", format=tarfile.PAX_FORMAT) as tar:
        for path in sorted(path for path in root.rglob("*") if path.is_file()):
            data = path.read_bytes()
            info = tarfile.TarInfo(str(path.relative_to(root.parent)))
            info.size, info.mode = len(data), 0o755 if path.name == "install.sh" else 0o644
            tar.addfile(info, BytesIO(data))


if __name__ == "__main__":
    main()
