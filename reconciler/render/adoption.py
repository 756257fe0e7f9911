"""An adoption, in text and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from reconciler.model.inert import first_few, named, quoted, visible
from reconciler.render.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.adopt.outcome import Adoption, Described, FileEdit
    from reconciler.model.findings import Place

_WHOLE = 1 << 31  # a description is shown whole, because a reviewer must see all of it
_MOST = 20


def adoption_text(found: Adoption, *, check: bool) -> str:
    """Return what was edited and what is left. `check` says that nothing is written."""
    lines = [line for file in found.files for line in _file_lines(file)]
    parts = [
        lines,
        _titled(
            "Left for the hand:", [f"{_at(each.place)}{named(each.role)}: {each.reason}" for each in found.by_hand]
        ),
        _titled(
            "Not live, and kept in the files: an edit that is not applied yet looks the same. Name the role, or pass "
            "--base, to remove them:",
            [f"{_at(each.place)}{named(each.role)}: - {visible(each.code)}" for each in found.removals],
        ),
        [f"{named(role)}: edited here, not applied yet" for role in found.not_applied],
        _unmanaged(found),
    ]
    shown = ["\n".join(part) for part in parts if part]
    ending = _ending(found, check=check)
    # Without any other section, the last line follows the edits at once.
    return "\n\n".join([*shown, ending]) if len(shown) > 1 or not lines else "\n".join([*shown, ending])


def _file_lines(file: FileEdit) -> Iterator[str]:
    """Yield a line for each code and each description that changed, in the order of the file."""
    lines: list[tuple[int, int, str]] = [(each.line, 0, f"- {visible(each.code)}") for each in file.removed]
    lines += [(each.line, 1, f"~ description = {_moved(each)}") for each in file.described]
    lines += [(each.line, 2, f"+ {visible(each.code)}") for each in file.added]
    if file.created:
        yield f"{file.path}:1: + role {', '.join(named(role.name) for role in file.roles)}"
    for line, _, text in sorted(lines):
        yield f"{file.path}:{line}: {text}"


def _moved(described: Described) -> str:
    return f"{quoted(described.before, _WHOLE)} -> {quoted(described.after, _WHOLE)}"


def _titled(title: str, lines: list[str]) -> list[str]:
    return [title, *(f"  {line}" for line in lines)] if lines else []


def _at(place: Place | None) -> str:
    return f"{place.path}:{place.line}: " if place else ""


def _unmanaged(found: Adoption) -> list[str]:
    if not found.unmanaged:
        return []
    are = "is" if len(found.unmanaged) == 1 else "are"
    names = first_few(found.unmanaged, _MOST, named)
    what = counted(len(found.unmanaged), "unmanaged role")
    return [f"{what} {are} live: {names}. To adopt one, name it; to adopt all, pass --unmanaged."]


def _ending(found: Adoption, *, check: bool) -> str:
    created = sum(1 for file in found.files if file.created)
    changed = len(found.files) - created
    would = "would be " if check else ""
    counts = [f"{counted(changed, 'file')} {would}changed"] if changed else []
    counts += [f"{counted(created, 'file')} {would}created"] if created else []
    if not counts:
        return "Nothing was written." if found.by_hand else "Nothing to adopt."
    if check:
        return f"{', '.join(counts)}."
    it = "it" if len(found.files) == 1 else "them"
    how = "git status" if created else "git diff"
    return f"{', '.join(counts)}. Review {it} like any other change: {how}"


def adoption_document(found: Adoption) -> str:
    """Return the adoption as JSON (docs/interface.md, "The adoption in JSON")."""
    document = {
        "format_version": "1.0",
        "files": [_file(file) for file in found.files],
        "by_hand": [
            {"role": each.role, "location": _location(each.place), "reason": each.reason} for each in found.by_hand
        ],
        "removals": [
            {"role": each.role, "code": each.code, "location": _location(each.place)} for each in found.removals
        ],
        "not_applied": list(found.not_applied),
    }
    return json.dumps(document, indent=2) + "\n"


def _file(file: FileEdit) -> dict[str, Any]:
    return {
        "path": file.path,
        "created": file.created,
        "roles": [role.name for role in file.roles],
        "added": [each._asdict() for each in file.added],
        "removed": [each._asdict() for each in file.removed],
        "description": bool(file.described),
    }


def _location(place: Place | None) -> dict[str, Any] | None:
    return {"path": place.path, "line": place.line} if place else None
