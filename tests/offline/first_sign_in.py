"""What happens on a machine without a network: `python first_sign_in.py KAOHE`: init, serve, the first sign-in by a link.

Only the standard library, because it runs with the Python of the machine. Prints what it reached, line by line.
"""

from __future__ import annotations

# ruff: noqa: S310, T201 (a program of its own)
import re
import subprocess
import sys
import time
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener, urlopen

PORT = "18473"
HERE = f"http://localhost:{PORT}"
PASSWORD = "lamp orchard ferry nine"


def main() -> None:
    kaohe = sys.argv[1]
    try:
        urlopen("http://192.0.2.1/", timeout=2)
    except (URLError, OSError):
        print("no network")
    made = subprocess.run([kaohe, "init", "--lang", "en"], capture_output=True, text=True, check=True)
    path = re.search(r"(/welcome/[\w-]+)", made.stdout.replace("\n", ""))
    assert path is not None, made.stdout
    with subprocess.Popen([kaohe, "serve", "--port", PORT, "--no-daemon"], stdout=subprocess.DEVNULL) as server:
        try:
            wait()
            browser = build_opener(
                HTTPCookieProcessor(CookieJar(DefaultCookiePolicy(secure_protocols=("http", "https"))))
            )
            page = browser.open(HERE + path[1]).read().decode()
            fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
            action = re.search(r'<form method="post"(?: action="([^"]*)")?', page)
            target = HERE + (action[1] if action and action[1] else path[1])
            fields |= {"password": PASSWORD, "again": PASSWORD}
            browser.addheaders = [("Origin", HERE), ("Referer", HERE + path[1])]
            answer = browser.open(target, urlencode(fields).encode())
            print("signed in" if "/sign-in" not in answer.geturl() else answer.read().decode()[:2000])
        finally:
            server.terminate()


def wait() -> None:
    for _ in range(300):
        try:
            urlopen(f"{HERE}/healthz", timeout=1)
        except (URLError, OSError):
            time.sleep(0.2)
        else:
            return


if __name__ == "__main__":
    main()
