"""Builds the application of `/api/v1`: routers, error handlers, rate limit, middleware, description (OpenAPI 3.1)."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig

from console.web.request.app_state import AppState
from console.web.throttling.rate_limit import RateLimit
from scheduler.counters import RequestMetrics

from . import assessments, commands, entries, problems, results, to_dos, units
from .monitor import Monitor

ROOT = "/api/v1"

NO_TELEMETRY: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
"""Telemetry is off.

Otherwise FastAPI would send errors, with the data that people sent, to any collector that the environment names.
"""

DESCRIPTION = """\
部门年度考核，供学校其他系统调用。每次请求须带令牌；能查阅和办理什么，取决于令牌所属账号的角色。
出错时返回 problem+json：`detail` 写明原因、依据和下一步怎么办，`code` 固定不变。

The annual assessment of departments, for the college's other systems. Every request brings a token; the roles of the
token's account decide what it may read and do. An error is problem+json: `detail` says what was asked, what the rule
is, and what to do next; `code` is stable. `Accept-Language: zh` or `en` chooses the language of titles, explanations
and errors.
"""


class Api(FastAPI):
    """FastAPI, with the schemas of an error added to its description.

    They are added by hand, because FastAPI would describe a model of ours as application/json and not as problem+json.
    """

    def openapi(self) -> dict[str, Any]:
        description = super().openapi()
        description["components"]["schemas"].update(problems.SCHEMAS)
        return description


def api(state: AppState, metrics: RequestMetrics) -> Api:
    """The API over the state of the process. The caller mounts it at `ROOT`."""
    app = Api(
        title="Kaohe 考核",
        version=_version(),
        description=DESCRIPTION,
        license_info={"name": "Apache-2.0"},
        servers=[{"url": ROOT}],
        responses=problems.RESPONSES,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
        separate_input_output_schemas=False,
        strict_content_type=False,
        redirect_slashes=False,
        telemetry=NO_TELEMETRY,
    )
    app.state.console, app.state.rate = state, RateLimit(state.engine.ledger.database, state.settings.api_per_minute)
    for module in (units, assessments, results, to_dos, entries, commands):
        app.include_router(module.router)
    problems.add_handlers(app)
    app.add_middleware(Monitor, metrics=metrics)
    return app


def _version() -> str:
    try:
        return version("kaohe")
    except PackageNotFoundError:
        return "0"
