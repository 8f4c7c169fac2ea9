"""The API held against its own description, by Schemathesis: what it allows, and what it does not, a bounded number, by a seed.

Whatever is asked, the answer is one of those described, of the kind and the form described, and never a failure. What is asked
is found from the description alone; `test_api.py` knows what is meant. Asked on PostgreSQL, which takes less for a text or a
number than SQLite does; what an answer is made of is the same on both (`test_api.py`).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx2
import pytest
import requests
import schemathesis
from httpx2 import Client
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from storage.database.database import Database

from .test_api import OPERATIONS, system
from .web import console

BASE = "https://localhost/api/v1"
CHECKS = [
    not_a_server_error, checks.status_code_conformance, checks.content_type_conformance,
    checks.response_schema_conformance, checks.response_headers_conformance,
]  # fmt: skip
BOUNDED = settings(
    max_examples=6, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)  # fmt: skip


def asked(client: Client, case: Case) -> httpx2.Response:
    """The answer to a case, sent as the bytes it would be on a wire."""
    sent = requests.Request(**_plain(case.as_transport_kwargs(base_url=BASE))).prepare()
    headers = {name: value for name, value in sent.headers.items() if name.lower() != "authorization"}
    answer = client.request(str(sent.method), str(sent.url), headers=headers, content=sent.body)
    answer.elapsed = timedelta()
    return answer


def _plain(given: dict[str, Any]) -> dict[str, Any]:
    names = ("method", "url", "headers", "params", "json", "data", "cookies", "files")
    return {name: given[name] for name in names if name in given}


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["allowed", "not allowed"])
@pytest.mark.parametrize("operation", sorted(OPERATIONS), ids=" ".join)
@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_every_answer_is_as_described_whatever_is_asked(
    settled: Database, operation: tuple[str, str], mode: GenerationMode
) -> None:
    method, path = operation
    with console(settled, api_per_minute=1_000_000) as college:
        client = system(college, "office", "working_group", "committee")
        described = schemathesis.openapi.from_dict(client.get("/openapi.json").json())

        there = {"year": 2026, "unit": "u-1"} if mode == GenerationMode.POSITIVE and "{unit}" in path else None
        asking = described[path][method].as_strategy(generation_mode=mode, path_parameters=there)

        @BOUNDED
        @given(asking)
        def answered(case: Case) -> None:
            if mode == GenerationMode.POSITIVE and isinstance(case.body, dict):
                case.body["stream"] = "assessment/2026/u-1"  # the description cannot say which there are
            case.validate_response(asked(client, case), checks=CHECKS)

        answered()
