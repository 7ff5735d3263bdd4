"""Answers as pages, and what is said where there is none."""

import jinja2
from starlette.responses import HTMLResponse, JSONResponse

from fabric_retrieval.search.telling import number

_templates = jinja2.Environment(
    loader=jinja2.PackageLoader("fabric_retrieval.search.web"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
FOR_PROGRAMS = ("/api/", "/healthz", "/metrics", "/openapi.json")


def percent(chance):
    """In whole per cent, but never the certainty that there is not."""
    if 0.01 <= chance <= 0.99:
        return f"{chance:.0%}"
    return "less than 1%" if chance < 0.01 else "more than 99%"


_templates.filters.update(number=number, percent=percent)


def page(template, status=200, headers=None, patterns=False, match="fabric", **values):
    """An HTML response.

    Args:
        patterns: whether the form offers a search by pattern too. match: what it has chosen.
    """
    values |= {"patterns": patterns, "match": match}
    return HTMLResponse(_templates.get_template(template).render(values), status, headers)


def problem(scope, status, detail, headers=None):
    """What went wrong, in words: JSON {"detail": ...} for programs, else a page to try again on."""
    if scope["path"].startswith(FOR_PROGRAMS):
        return JSONResponse({"detail": detail}, status, headers)
    patterns = getattr(getattr(scope.get("app"), "state", None), "patterns", False)
    return page("problem.html", status, headers, patterns, problem=detail)
