"""What all requests of one process share."""

from __future__ import annotations

from collections.abc import Mapping

from jinja2 import Environment

from config.settings import Settings
from console.supervisor import Supervisor
from console.web.fragments import FragmentCache
from console.web.navigation import Navigation
from console.web.throttling.rates import Rate
from workflow.calendar import Calendar
from workflow.engine import Engine

ANONYMOUS_LOG_LINES = 30
"""Lines that the security log takes in a minute from one address at which nobody is signed in. Otherwise a stranger fills the disk."""


class AppState:
    """The engine, the settings, the templates by language, the calendar, and what `app.py` knows of its pages.

    `scheduler` is the scheduler's process where this console started one beside itself. `views` are the views that pages have;
    `entry_pages`, by view, the first page that needs no name in its path; `paths` the paths of all pages.
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
        self.navigation = Navigation({}, {})
        self.views: frozenset[str] = frozenset()
        self.entry_pages: dict[str, str] = {}
        self.paths: frozenset[str] = frozenset()
        self.calendar = Calendar(engine.ledger.database)
        self.fragments = FragmentCache()
        self.anonymous_log_rate = Rate(engine.ledger.database, ANONYMOUS_LOG_LINES)

    @property
    def scheduler_restarting(self) -> bool:
        """Whether the scheduler beside this console has ended and is being started again."""
        return self.scheduler is not None and self.scheduler.restarting
