"""What the environment says: every setting is `KAOHE_…`, named in docs/operating.md, and none is a secret here."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Settings with their defaults. `database` is an SQLite path or URL, or a PostgreSQL URL."""

    model_config = SettingsConfigDict(env_prefix="KAOHE_")

    database: str = Field("sqlite:///kaohe.db", description="SQLite path or URL, or a PostgreSQL URL")
    rulebook: Path | None = Field(None, description="the edition in force; the shipped one if not given")
    language: Literal["zh", "en"] = Field("zh", description="the language of what is printed")
    log_level: Literal["debug", "info", "warning", "error"] = "warning"
    log_form: Literal["json", "console"] = "console"
