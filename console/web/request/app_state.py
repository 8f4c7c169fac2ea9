"""The state that all requests of one process share."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from jinja2 import Environment

from config.settings import Settings
from console.supervisor import Supervisor
from console.web.fragments import FragmentCache
from console.web.search.index import SearchIndex
from console.web.throttling.rate_limit import RateLimit
from notifications.channels.from_settings import mail_channel
from notifications.channels.message import Channel
from storage.people import PeopleCache
from storage.sign_in.accounts import AccountNames
from workflow.calendar import Calendar
from workflow.engine import Engine

from .navigation import Navigation

ANONYMOUS_LOG_LINES = 30
"""The most lines per minute in the security log that name no account, from one address. A flood could fill the disk."""


class AppState:
    """The engine, the settings, the templates by language, the calendar, the caches, and the table of pages.

    The caches: fragments of pages, the search index, the people of the directory, and the names of accounts.

    `scheduler`: the supervisor of the daemon, if this console started one.
    `views`: every view that has a page. `paths`: the paths of all pages.
    `entry_pages`: by view, the first page whose path has no variable part.
    """

    def __init__(
        self,
        engine: Engine,
        settings: Settings,
        templates: Mapping[str, Environment],
        scheduler: Supervisor | None = None,
    ) -> None:
        self.engine = engine
        self.settings = settings
        self.templates = templates
        self.scheduler = scheduler
        self.navigation: Navigation[Any] = Navigation({}, {})
        self.views: frozenset[str] = frozenset()
        self.entry_pages: dict[str, str] = {}
        self.paths: frozenset[str] = frozenset()
        self.calendar = Calendar(engine.ledger.database)
        self.fragments = FragmentCache()
        self.search_index = SearchIndex(engine.ledger)
        self.people = PeopleCache(engine.ledger.database)
        self.account_names = AccountNames(engine.ledger.database)
        self.anonymous_log_rate = RateLimit(engine.ledger.database, ANONYMOUS_LOG_LINES)

    @cached_property
    def mail(self) -> Channel | None:
        """The channel that sends letters at once; None if the settings have no mail server. Raises `BadSetting`."""
        return mail_channel(self.settings, self.engine.clock)

    @property
    def scheduler_restarting(self) -> bool:
        """Whether this console has a daemon that is not running, and will start it, for the first time or again."""
        return self.scheduler is not None and self.scheduler.restarting
