"""Between the wire and the application: what uvicorn and h11 leave open.

`heads.py`: what a request's head may hold. `connections.py`: how long, and how many, may keep us waiting. `proxy.py`: which
proxies are believed about where a request came from. Not here: what a request may ask (`middleware.py`).
"""
