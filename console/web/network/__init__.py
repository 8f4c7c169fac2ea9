"""Checks of connections and of the heads of requests, in addition to those of uvicorn and h11.

`connections.py` limits the connections that keep the server waiting, by time and number. `heads.py` refuses ambiguous
heads of requests. `proxy.py` takes the client's address from trusted proxies. `console/server.py` uses all three.

Not here: which requests the application accepts (`middleware.py`).
"""
