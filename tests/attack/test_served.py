"""The attacks' own ground: a real server is there, lets the right people in, and ends in order."""

from __future__ import annotations

from tests.attack.served import Served, status


def test_the_college_under_attack_is_really_served(kaohe: Served) -> None:
    with kaohe.client("office") as browser, kaohe.client() as stranger:
        assert "样例·office" in browser.get("/").text
        assert stranger.get("/").status_code == 303
    assert status(kaohe.talk(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")) == 303
    assert kaohe.stop() == 0
    assert "Traceback" not in kaohe.output()
