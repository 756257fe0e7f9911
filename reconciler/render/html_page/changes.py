"""The list of changes: each role with its grants and revokes, fields, origin and place in the role files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from reconciler.diff import FieldChange, field_changes
from reconciler.plan import Change, Delete, Plan, Update, granted, revoked, verdict_of
from reconciler.render.html_page.markup import Markup, code, data, join, tag
from reconciler.render.html_page.words import importance, origin_sentence
from reconciler.render.words import fate

if TYPE_CHECKING:
    from reconciler.render.view import Links, View
    from reconciler.roles import Catalogue, Location, Role


def in_order(plan: Plan) -> list[Change]:
    """The plan's changes, what widens access first; by name within a verdict."""
    return sorted(plan.changes, key=lambda change: importance(verdict_of(change)))


def changes(plan: Plan, view: View) -> Markup:
    """The section; empty where there is nothing to change."""
    if not plan.changes:
        return Markup()
    refused = {refusal.name for refusal in plan.refused}
    return tag(
        "section",
        tag("h2", "Changes", id="changes"),
        *(_change(change, plan.catalogue, view.links, refused=change.name in refused) for change in in_order(plan)),
        class_="changes",
        aria_labelledby="changes",
    )


def role_of(change: Change) -> Role:
    """The role as it will be; a deleted one as it is."""
    return change.before if isinstance(change, Delete) else change.after


def line_of(location: Location, permission: str) -> int:
    """The line that grants the permission; the role's own where that is not known."""
    return location.marks.get(permission, (location.line, 1))[0]


def address(location: Location, line: int, links: Links | None) -> str | None:
    """Where the forge shows the line. None without a forge, and where its address is not one of the web."""
    if links is None or not links.prefix.startswith(("https://", "http://")):
        return None
    return links.to(location.path, line)


def _change(change: Change, catalogue: Catalogue, links: Links | None, *, refused: bool) -> Markup:
    verdict = verdict_of(change)
    kind = type(change).__name__.lower()
    origin = origin_sentence(change)
    was = change.renamed_from if isinstance(change, Update) else None
    return tag(
        "article",
        tag(
            "div",
            tag("h3", tag("span", class_=f"sign {kind}", aria_hidden="true"), data(change.name)),
            tag(
                "p",
                tag("span", fate(change), class_="action"),
                tag("span", verdict.value, class_=f"tag {verdict.value}"),
                tag("span", "refused", class_="tag refused") if refused else Markup(),
                class_="what",
            ),
            tag("p", "renamed from ", data(was), class_="was") if was else Markup(),
            tag("p", _place(change, links), class_="place"),
            tag("p", origin, class_="origin") if origin else Markup(),
            class_="who",
        ),
        tag("div", *_fields(change), *_permissions(change, catalogue, links), class_="effect"),
        class_=f"change {kind}",
    )


def _place(change: Change, links: Links | None) -> Markup:
    if change.location is None:
        return tag("span", "not in the role files")
    return _linked(data(str(change.location)), address(change.location, change.location.line, links))


def _linked(shown: Markup, href: str | None) -> Markup:
    return tag("a", shown, href=href, rel="noopener noreferrer") if href else shown


def _fields(change: Change) -> Iterator[Markup]:
    if isinstance(change, Update):
        for field in field_changes(change.before, change.after):
            yield _field(field)
        return
    role = role_of(change)
    if role.description:
        yield tag("p", data(role.description), class_="description")


def _field(field: FieldChange) -> Markup:
    parts = (tag("del", data(field.before)), tag("span", " → ", class_="to"), tag("ins", data(field.after)))
    return tag("p", tag("span", field.path, class_="label"), *parts, class_="field")


def _permissions(change: Change, catalogue: Catalogue, links: Links | None) -> Iterator[Markup]:
    for kind, codes in (("granted", granted(change)), ("revoked", revoked(change))):
        if codes:
            entries = (_permission(entry, kind, change, catalogue, links) for entry in sorted(codes))
            yield tag("ul", *entries, class_=kind, aria_label=f"{kind} permissions")
    if not granted(change) and not revoked(change):
        yield tag("p", "No permission is granted or revoked.", class_="none")


def _permission(permission: str, kind: str, change: Change, catalogue: Catalogue, links: Links | None) -> Markup:
    known = catalogue.get(permission)
    place = Markup()
    if kind == "granted" and change.location is not None:
        line = line_of(change.location, permission)
        place = tag("span", _linked(Markup(f"line {line}"), address(change.location, line, links)), class_="line")
    return tag(
        "li",
        tag("span", tag("span", kind, class_="word"), class_=f"mark {kind}"),
        code(permission),
        tag("span", data(known.name), class_="name") if known else tag("span", "not in the catalogue", class_="name"),
        join((place,)),
    )
