"""The addresses of the project, from the metadata of the installed package (`project.urls` in pyproject.toml)."""

from __future__ import annotations

from reconciler.model.inert import visible

_PACKAGE = __package__.partition(".")[0]


def address(label: str, distribution: str = _PACKAGE) -> str:
    """Return the address with this label, empty without one: the package may run from its source, not installed."""
    from importlib.metadata import PackageNotFoundError, metadata

    try:
        urls = metadata(distribution).get_all("Project-URL", [])
    except PackageNotFoundError:
        return ""
    start = f"{label}, "
    return next((visible(url.removeprefix(start)) for url in urls if url.startswith(start)), "")
