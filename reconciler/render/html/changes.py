"""The list of changes: each role with its grants and revokes, fields, origin and place in the role files."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.plan.changes import Change, Delete, Plan, Update
from reconciler.plan.fields import FieldChange, field_changes
from reconciler.render.html.markup import Markup, code, data, join, tag, text
from reconciler.render.html.words import importance, origin_sentence
from reconciler.render.words import drift_mark, edit_first, names_more_than_one, no_place, said

if TYPE_CHECKING:
    from reconciler.model.roles import Catalogue, Location, Role
    from reconciler.render.view import Links, View


def in_order(plan: Plan) -> list[Change]:
    """The plan's changes, what widens access first; within a verdict the edit before drift, and then by name."""
    return sorted(plan.changes, key=lambda change: (importance(change.verdict), edit_first(change)))


def changes(plan: Plan, view: View) -> Markup:
    """The section; empty where there is nothing to change."""
    if not plan.changes:
        return Markup()
    around = _Around.of(plan, view)
    return tag(
        "section",
        tag("h2", "Changes", id="changes"),
        *(_change(change, around) for change in in_order(plan)),
        class_="changes",
        aria_labelledby="changes",
    )


def unmanaged(plan: Plan) -> Markup:
    """The unmanaged roles that stay, with all their codes; empty where there is none."""
    if not plan.unmanaged:
        return Markup()
    ambiguous = names_more_than_one(plan.unmanaged)
    items = (
        tag("li", tag("strong", data(said(role.name))), *_id(role.name, role_id, ambiguous), ": ", *_codes(role))
        for role, role_id in plan.unmanaged_with_ids()
    )
    return tag(
        "section",
        tag("h2", "Unmanaged roles: live, in no role file, and left alone", id="unmanaged"),
        tag("ul", *items),
        class_="notice",
        aria_labelledby="unmanaged",
    )


def _codes(role: Role) -> Iterator[Markup]:
    if not role.permissions:
        yield text("no permissions")
    for number, permission in enumerate(sorted(role.permissions)):
        yield join((text(", " if number else ""), code(permission)))


def _id(name: str, role_id: str | None, ambiguous: Container[str]) -> Iterator[Markup]:
    """The id behind a name that several roles have."""
    if role_id is not None and name in ambiguous:
        yield tag("span", " id ", data(role_id), class_="id")


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


@dataclass(frozen=True, slots=True)
class _Around:
    """What is shown of a change beyond what it holds itself."""

    catalogue: Catalogue
    links: Links | None
    refused: frozenset[str]
    ambiguous: frozenset[str]
    no_place: str

    @classmethod
    def of(cls, plan: Plan, view: View) -> _Around:
        refused = frozenset(refusal.name for refusal in plan.refused)
        return cls(plan.catalogue, view.links, refused, names_more_than_one(plan.changes), no_place(plan, str))


def _change(change: Change, around: _Around) -> Markup:
    verdict = change.verdict
    kind = type(change).__name__.lower()
    origin = origin_sentence(change)
    was = change.renamed_from if isinstance(change, Update) else None
    name = (data(said(change.name)), *_id(change.name, change.id, around.ambiguous))
    return tag(
        "article",
        tag(
            "div",
            tag("h3", tag("span", class_=f"sign {kind}", aria_hidden="true"), *name),
            tag(
                "p",
                tag("span", change.action.fate, class_="action"),
                tag("span", verdict.value, class_=f"tag {verdict.value}"),
                tag("span", "refused", class_="tag refused") if change.name in around.refused else Markup(),
                class_="what",
            ),
            tag("p", "renamed from ", data(said(was)), class_="was") if was is not None else Markup(),
            tag("p", _place(change, around), class_="place"),
            tag("p", origin, class_="origin") if origin else Markup(),
            class_="who",
        ),
        tag("div", *_fields(change), *_permissions(change, around), class_="effect"),
        class_=f"change {kind}",
    )


def _place(change: Change, around: _Around) -> Markup:
    if change.location is None:
        return tag("span", around.no_place)
    return _linked(data(str(change.location)), address(change.location, change.location.line, around.links))


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


def _permissions(change: Change, around: _Around) -> Iterator[Markup]:
    for kind, codes in (("granted", change.granted), ("revoked", change.revoked)):
        if codes:
            entries = (_permission(entry, kind, change, around) for entry in sorted(codes))
            yield tag("ul", *entries, class_=kind, aria_label=f"{kind} permissions")
    if not change.granted and not change.revoked:
        yield tag("p", "No permission is granted or revoked.", class_="none")


def _permission(permission: str, kind: str, change: Change, around: _Around) -> Markup:
    known = around.catalogue.get(permission)
    place = Markup()
    if kind == "granted" and change.location is not None:
        line = line_of(change.location, permission)
        place = tag(
            "span", _linked(Markup(f"line {line}"), address(change.location, line, around.links)), class_="line"
        )
    drift = drift_mark(change, permission)
    return tag(
        "li",
        tag("span", tag("span", kind, class_="word"), class_=f"mark {kind}"),
        tag("span", code(permission), drift) if drift else code(permission),
        tag("span", data(known.name), class_="name") if known else tag("span", "not in the catalogue", class_="name"),
        join((place,)),
    )
