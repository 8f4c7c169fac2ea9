"""Counters of the daemon and of the pages in the format of Prometheus, served at `/metrics` on this machine if a port is given."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from .daemon import Tick


class DaemonMetrics:
    """The counters of one daemon. Each has its own registry, so that tests can have several."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._ticks = Counter("kaohe_ticks", "Ticks done", ["outcome"], registry=self.registry)
        self._due = Gauge("kaohe_due", "Assessments due at the last tick", registry=self.registry)
        self._entries = Counter("kaohe_clock_entries", "Entries the clock wrote", registry=self.registry)
        self._gathered = Counter("kaohe_deliveries", "Deliveries made of entries", registry=self.registry)
        self._messages = Counter("kaohe_messages", "Messages, by what became of them", ["end"], registry=self.registry)
        self._sealed = Gauge("kaohe_sealed", "Up to which entry the ledger was last sealed", registry=self.registry)
        self._failures = Counter("kaohe_failures", "Parts of a tick that failed", ["part"], registry=self.registry)

    def tick(self, tick: Tick) -> None:
        """Count one tick."""
        self._ticks.labels("idle" if tick.idle else "failed" if tick.failed else "done").inc()
        self._due.set(tick.due)
        self._entries.inc(tick.written)
        self._gathered.inc(tick.gathered)
        if tick.sealed:
            self._sealed.set(tick.sealed)
        for end, number in tick.delivered.items():
            self._messages.labels(end).inc(number)

    def failed(self, part: str) -> None:
        """Count one failure."""
        self._failures.labels(part).inc()

    def serve(self, port: int) -> None:
        """Answer on loopback, in a thread of its own."""
        start_http_server(port, addr="127.0.0.1", registry=self.registry)


class RequestMetrics:
    """The counters of the pages: how many requests, with which status, in how much time."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._seconds = Histogram(
            "kaohe_request_seconds", "Time to answer", ["method", "path", "status"], registry=self.registry
        )

    def answered(self, method: str, path: str, status: int, seconds: float) -> None:
        """Count one response. `path` is the pattern of the route, never the path that was asked for, which may contain an id."""
        self._seconds.labels(method, path, str(status)).observe(seconds)

    def serve(self, port: int) -> None:
        """Answer on loopback, in a thread of its own."""
        start_http_server(port, addr="127.0.0.1", registry=self.registry)
