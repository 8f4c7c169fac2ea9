"""查找: the page of results of a search. The field is at the head of every page (`templates/shell.html`).

What is found, and for whom: `search_sources.py`. Nothing typed is logged, because it may be the name of a person.
"""

from __future__ import annotations

from starlette.responses import Response

from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from console.web.search.words import SearchWords

from .search_sources import Search

pages = Pages()

MAX_TYPED = 100
"""The most characters of a search."""


@pages.get("/search", view="search")
def show(request: PageRequest) -> Response:
    typed = request.query.get("q", "").strip()
    is_too_long = len(typed) > MAX_TYPED
    words = SearchWords.read(typed)
    groups = Search(request, words).groups() if words.words and not is_too_long else []
    return request.answer.page(
        "search.html", typed=typed, groups=groups, has_words=bool(words.words), is_too_long=is_too_long, most=MAX_TYPED
    )
