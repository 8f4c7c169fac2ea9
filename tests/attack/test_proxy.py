"""Behind a proxy: whose word counts about where a request came from; and the documentation's own nginx example, before the console."""

from __future__ import annotations

import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
import trustme

from config.settings import BadSetting, Settings
from console.web import sessions
from storage.database.database import Database
from storage.sign_in import security_log
from tests.attack.served import HOUSE, PATIENCE, Served, served
from tests.conftest import require
from tests.console.web import PASSWORD, console, hidden

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
NAME = "kaohe.college.edu.cn"


def came_from(running: Served, **headers: str) -> str:
    """The address a failed sign-in is put on record with."""
    running.signs_in("nobody-here", "wrong", **headers)
    return last_address(running.url)


def last_address(url: str) -> str:
    with Database.open(url) as database:
        return security_log.latest_lines(database, limit=1)[0].address


@pytest.mark.one_database
def test_nobody_chooses_an_address_where_no_proxy_is_named(kaohe: Served) -> None:
    """Headers hang on no database."""
    assert came_from(kaohe, **{"x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https"}) == "127.0.0.1"
    with kaohe.client(**{"x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https"}) as browser:
        assert "strict-transport-security" not in browser.get("/sign-in").headers
    assert kaohe.output().count("KAOHE_PROXY") == 1, "said once"


@pytest.mark.one_database
def test_a_proxy_that_is_named_is_believed_and_a_client_behind_it_is_not(college_url: str, tmp_path: Path) -> None:
    """As above."""
    with served(college_url, tmp_path, proxy="127.0.0.1, 10.9.0.0/16") as running:
        for said, expected in {
            "203.0.113.9": "203.0.113.9",
            "198.51.100.66, 203.0.113.9": "203.0.113.9",
            "198.51.100.66, 203.0.113.9, 10.9.8.7": "203.0.113.9",
            "2001:db8::1": "2001:db8::1",
            "<script>": "127.0.0.1",
            "": "127.0.0.1",
        }.items():
            assert came_from(running, **{"x-forwarded-for": said}) == expected
    with served(college_url, tmp_path, proxy="192.0.2.80") as running:
        assert came_from(running, **{"x-forwarded-for": "203.0.113.9"}) == "127.0.0.1"


@pytest.mark.parametrize("given", ["*", "everybody", "0.0.0.0/0", "::/0", "127.0.0.1 10.0.0.1", "127.0.0.1:8000"])
def test_a_proxy_is_an_address_and_not_everybody(given: str) -> None:
    with pytest.raises(BadSetting) as caught:
        Settings(proxy=given)
    assert "KAOHE_PROXY" in caught.value.render("en")


# --- nginx ----------------------------------------------------------------------------------------


def example(to: int, at: int, certificate: Path | None) -> str:
    """The documentation's example, with this machine's ports and the test's certificate; without one, plain HTTP."""
    page = (HOUSE / "docs/operating.md").read_text("utf-8")
    found = re.search(r"```nginx\n(.*?)```", page, re.DOTALL)
    assert found is not None
    written = found[1].replace("http://127.0.0.1:8000", f"http://127.0.0.1:{to}")
    written = written.replace("listen 443 ssl;", f"listen 127.0.0.1:{at}{' ssl' if certificate else ''};")
    if certificate is None:
        return re.sub(r"^ *ssl_.*\n", "", written, flags=re.MULTILINE)
    return written.replace("/etc/ssl/kaohe.pem", str(certificate)).replace("/etc/ssl/kaohe.key", str(certificate))


@contextmanager
def nginx(directory: Path, to: int, certificate: Path | None = None) -> Iterator[int]:
    """The port of a real nginx with the example, once it listens."""
    if not Path(NGINX).exists():
        require("nginx", f"{NGINX} is not there")
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "".join(f"{kind}_temp_path {directory}/{kind};" for kind in kinds)
    text = f"""daemon off; master_process off; pid {directory}/nginx.pid; error_log {directory}/nginx.log; events {{}}
        http {{ access_log off; {paths} {example(to, port, certificate)} }}"""
    (directory / "nginx.conf").write_text(text, "utf-8")
    command = [NGINX, "-c", str(directory / "nginx.conf"), "-e", str(directory / "nginx.log"), "-p", str(directory)]
    with subprocess.Popen(command) as child:
        try:
            ends = time.monotonic() + PATIENCE
            while not _listens(port):
                assert child.poll() is None, (directory / "nginx.log").read_text("utf-8")
                assert time.monotonic() < ends
                time.sleep(0.05)
            yield port
        finally:
            child.terminate()


def _listens(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def browser(base: str, host: str, token: str, verify: ssl.SSLContext | bool) -> httpx2.Client:
    """A browser that has found the name's address, here."""
    told = {"host": host, "cookie": f"{sessions.COOKIE}={token}", "x-forwarded-for": "203.0.113.66"}
    return httpx2.Client(base_url=base, headers=told, trust_env=False, timeout=PATIENCE, verify=verify)


@pytest.mark.one_database
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_documentations_nginx_works_on_any_port_and_keeps_the_clients_address(
    college_url: str, tmp_path: Path, scheme: str
) -> None:
    """What a proxy passes on hangs on no database."""
    certificate, verify = None, True
    if scheme == "https":
        authority = trustme.CA()
        certificate = tmp_path / "kaohe.pem"
        authority.issue_cert(NAME, "127.0.0.1").private_key_and_cert_chain_pem.write_to_path(certificate)
        verify = ssl.create_default_context()
        authority.configure_trust(verify)
    with Database.open(college_url) as database, console(database) as college:
        college.knows("office")
    with (
        served(college_url, tmp_path, proxy="127.0.0.1", console_url=f"{scheme}://{NAME}") as running,
        nginx(tmp_path, running.port, certificate) as port,
        browser(f"{scheme}://127.0.0.1:{port}", f"{NAME}:{port}", sessions.new_token(), verify) as person,
    ):
        origin = f"{scheme}://{NAME}:{port}"
        page = person.get("/sign-in")
        assert page.status_code == 200
        assert ("strict-transport-security" in page.headers) == (scheme == "https")
        form = {**hidden(page.text, "/sign-in"), "account": "office", "password": PASSWORD, "code": ""}
        assert person.post("/sign-in", data=form, headers={"origin": f"{scheme}://{NAME}"}).status_code == 403
        entered = person.post("/sign-in", data=form, headers={"origin": origin, "referer": f"{origin}/sign-in"})
        assert (entered.status_code, entered.headers["location"]) == (303, "/"), "a redirect names no port to be wrong"
        assert last_address(college_url) == "127.0.0.1", "the address nginx saw, and not what the client wrote"
        token = entered.headers["set-cookie"].partition(f"{sessions.COOKIE}=")[2].partition(";")[0]
        person.headers["cookie"] = f"{sessions.COOKIE}={token}"
        assert "样例·office" in person.get("/").text
        assert person.get("/", headers={"host": "elsewhere.example"}).status_code == 421
        mail = {**hidden(person.get("/account").text, "/account/mail"), "email": "a@college.invalid", "wanted": "1"}
        done = person.post("/account/mail", data=mail, headers={"origin": origin, "referer": f"{origin}/account"})
        assert (done.status_code, done.headers["location"]) == (303, "/account?done=mail")
        three = {f"file.{n}": ("a.txt", b"a" * (8 * 2**20)) for n in range(3)}
        assert person.post("/roster/new", files=three, headers={"origin": origin}).status_code == 403, (
            "no token, and not 413"
        )
    assert "Traceback" not in running.output()
