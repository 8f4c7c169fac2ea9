"""使用说明: what each page is for and how its work is done, of the pages the reader may see. Every page's foot leads to its part."""

from __future__ import annotations

from starlette.responses import Response

from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states.views import VIEWS

pages = Pages()


@pages.get("/help", view="help")
def show(request: PageRequest) -> Response:
    there = request.app.views
    seen = {
        view: entry.title
        for view, entry in VIEWS.items()
        if view in there and request.permissions.may_view(view, request.user.unit)
    }
    return request.answer.page("help.html", seen=seen, doors=request.app.entry_pages)
