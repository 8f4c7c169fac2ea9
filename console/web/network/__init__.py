"""Checks of connections and of the heads of requests, in addition to those of uvicorn and h11.

`connections.py`: limits on how long, and how many, connections may keep the server waiting. `heads.py`: what the head
of a request may contain. `proxy.py`: which proxies may say where a request came from. `console/server.py` puts them
together.

Not here: which requests the application accepts (`middleware.py`).
"""
