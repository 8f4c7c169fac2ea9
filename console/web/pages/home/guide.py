"""使用说明: the help page. It has a part for each view that the user may see. The foot of each page links to its part."""

from __future__ import annotations

from starlette.responses import Response

from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states.views import VIEWS

pages = Pages()


@pages.get("/help", view="help")
def show(request: PageRequest) -> Response:
    titles = {
        view: entry.title
        for view, entry in VIEWS.items()
        if view in request.app.views and request.permissions.may_view(view, request.user.unit)
    }
    return request.answer.page("help.html", titles=titles, entry_pages=request.app.entry_pages)
