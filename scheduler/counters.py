"""Counters of the daemon and of the pages for Prometheus, and the port on loopback that serves them."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from .daemon import Tick


class DaemonMetrics:
    """The counters of one daemon. Each object has its own registry, so that one process can have several."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._ticks = Counter("kaohe_ticks", "Ticks done", ["outcome"], registry=self.registry)
        self._due = Gauge("kaohe_due", "Assessments due at the last tick", registry=self.registry)
        self._entries = Counter("kaohe_clock_entries", "Entries the clock wrote", registry=self.registry)
        self._gathered = Counter("kaohe_deliveries", "Deliveries made from entries", registry=self.registry)
        self._messages = Counter("kaohe_messages", "Messages by outcome", ["end"], registry=self.registry)
        self._sealed = Gauge("kaohe_sealed", "Number of the last sealed entry", registry=self.registry)
        self._failures = Counter("kaohe_failures", "Parts of a tick that failed", ["part"], registry=self.registry)

    def count_tick(self, tick: Tick) -> None:
        """Count one tick."""
        self._ticks.labels("idle" if tick.idle else "failed" if tick.failed else "done").inc()
        self._due.set(tick.due)
        self._entries.inc(tick.written)
        self._gathered.inc(tick.gathered)
        if tick.sealed:
            self._sealed.set(tick.sealed)
        for outcome, number in tick.delivered.items():
            self._messages.labels(outcome).inc(number)

    def count_failure(self, part: str) -> None:
        """Count one failure of a part of a tick."""
        self._failures.labels(part).inc()

    def serve(self, port: int) -> None:
        """Serve the counters on loopback, in a thread. Raises OSError if the port is in use."""
        start_http_server(port, addr="127.0.0.1", registry=self.registry)


class RequestMetrics:
    """The counters of the pages: requests by method, route and status, with their times."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._seconds = Histogram(
            "kaohe_request_seconds", "Time to answer", ["method", "path", "status"], registry=self.registry
        )

    def count_request(self, method: str, path: str, status: int, seconds: float) -> None:
        """Count one answered request. `path` is the route's pattern, not the requested path, which may contain ids."""
        self._seconds.labels(method, path, str(status)).observe(seconds)

    def serve(self, port: int) -> None:
        """Serve the counters on loopback, in a thread. Raises OSError if the port is in use."""
        start_http_server(port, addr="127.0.0.1", registry=self.registry)
