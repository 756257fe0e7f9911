"""Reports for tests: a small one that has everything, and hostile ones."""

from __future__ import annotations

from typing import TypedDict, Unpack

from hypothesis import strategies as st

from reconciler.history.applied import AppliedEvent
from reconciler.history.events import Event, EventKind
from reconciler.history.report import AccessChange, Advice, Covers, Report, ReportedRole, Row
from reconciler.model.catalogue import Permission
from reconciler.model.days import Day
from reconciler.model.findings import Finding, Place, Waived
from reconciler.model.revisions import NOT_COMMITTED, Revision
from reconciler.policy.reviews import Review
from tests.builders import TODAY
from tests.render.hostile import texts

COMMIT = "3f2a9c1d0b4e" + "0" * 28
GRANTED = Revision(Day(2026, 3, 14), COMMIT, "Let clerks pay back (#212)", ("Ana Ruiz",), 212)
FIRST = Revision(Day(2025, 11, 2), "90ab12f04c11" + "0" * 28, "Start", ("Jon Berg", "Ana Ruiz"))
EDIT = Revision(TODAY, None, NOT_COMMITTED)
REVIEW = Review(
    "billing-clerk", Day(2026, 11, 20), "Jon Berg <jon@example.com>", frozenset({"billing.view"}), Place("r.yaml")
)
CATALOGUE = {
    code: Permission(code, name, code.partition(".")[0], about)
    for code, name, about in (
        ("billing.refund", "Refund payments", ""),
        ("billing.view", "View bills", "Look at invoices."),
        ("contacts.export", "Export contacts", ""),
        ("contacts.view", "View contacts", ""),
    )
}


class Told(TypedDict, total=False):
    """What a row may say beside its role and its code."""

    owner: tuple[str, ...]
    since: Revision | None
    reason: str | None
    until: Day | None
    review: Review | None
    set: str | None
    pattern: str | None
    waivers: tuple[str, ...]
    findings: tuple[str, ...]


def a_row(role: str = "billing-clerk", code: str = "billing.view", **told: Unpack[Told]) -> Row:
    known = CATALOGUE.get(code)
    place = Place(f"roles.d/{role}.yaml", 5, 5)
    return Row(role, code, known.name if known else "", code.partition(".")[0], place)._replace(**told)


def a_reported(name: str, *codes: str, before: frozenset[str] | None = None, gone: bool = False) -> ReportedRole:
    held = frozenset(codes)
    place = None if gone else Place(f"roles.d/{name}.yaml", 1, 7)
    return ReportedRole(name, f"What {name} does.", held, held if before is None else before, place, ("finance", "Ana"))


def an_event(kind: EventKind, role: str, code: str | None = None, revision: Revision = GRANTED) -> Event:
    return Event(kind, role, revision, code, "cashier" if kind is EventKind.RENAMED else None)


APPLIED = AppliedEvent(
    EventKind.GRANTED,
    "billing-clerk",
    "2026-03-14T12:22:00Z",
    "ana-ruiz",
    "https://tenant.example",
    "journal.jsonl",
    "billing.refund",
)
FINDINGS = (
    Finding("policy/refunds", "role billing-clerk holds billing.refund, which policy refunds forbids", Place("r.yaml"),
            role="billing-clerk", codes=("billing.refund",), waived=Waived(Day(2026, 12, 31), "FIN-212")),
    Finding("policy/owned", "role none has no owner", None, "warning", role="none"),
)  # fmt: skip

WHOLE = Report(
    Covers("roles.d", COMMIT, TODAY, Day(2026, 3, 1)),
    [
        a_row(
            code="billing.refund",
            owner=("finance", "Ana"),
            since=GRANTED,
            until=Day(2026, 12, 31),
            reason="Refunds on Mondays",
            waivers=("refunds until 2026-12-31: FIN-212",),
            findings=("refunds",),
        ),
        a_row(owner=("finance", "Ana"), since=FIRST, review=REVIEW),
        a_row("none", "", findings=("owned",)),
        a_row("support", "contacts.view", since=EDIT, set="desk", pattern="contacts.*"),
    ],
    [
        AccessChange(an_event(EventKind.DELETED, "temp")),
        AccessChange(an_event(EventKind.RENAMED, "billing-clerk")),
        AccessChange(an_event(EventKind.REVOKED, "temp", "billing.view")),
        AccessChange(an_event(EventKind.GRANTED, "billing-clerk", "billing.refund"), (APPLIED,)),
    ],
    Advice((("cashier", "teller"),), ("contacts.export",)),
    [
        a_reported("billing-clerk", "billing.refund", "billing.view", before=frozenset({"billing.view"})),
        a_reported("cashier", "billing.view"),
        a_reported("none"),
        a_reported("support", "contacts.view"),
        a_reported("temp", before=frozenset({"billing.view"}), gone=True),
    ],
    CATALOGUE,
    FINDINGS,
    ("journal.jsonl",),
)
"""A report with everything that one can say."""


class _Pool:
    """Draws from a few hostile texts."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self._texts = draw(st.lists(texts, min_size=2, max_size=6, unique=True))

    def text(self) -> str:
        return self._draw(st.sampled_from(self._texts))

    def some(self) -> tuple[str, ...]:
        return tuple(self._draw(st.lists(st.sampled_from(self._texts), max_size=2)))

    def revision(self) -> Revision:
        commit = self._draw(st.sampled_from([COMMIT, None]))
        return Revision(TODAY, commit, self.text(), self.some(), self._draw(st.sampled_from([None, 7])))

    def event(self) -> Event:
        return Event(
            self._draw(st.sampled_from(EventKind)), self.text(), self.revision(), self.text() or "x", self.text()
        )

    def row(self, role: str, code: str) -> Row:
        review = Review(role, TODAY, self.text(), frozenset(), Place("reviews.yaml"))
        return Row(
            role,
            code,
            self.text(),
            self.text(),
            Place(self.text(), 3, 5),
            self.some(),
            self.revision(),
            self._draw(st.sampled_from([None, self.text()])),
            self._draw(st.sampled_from([None, TODAY])),
            self._draw(st.sampled_from([None, review])),
            self._draw(st.sampled_from([None, self.text()])),
            self._draw(st.sampled_from([None, self.text()])),
            self.some(),
            self.some(),
        )

    def role(self, name: str) -> ReportedRole:
        held = frozenset(text for text in self.some() if text)
        return ReportedRole(name, self.text(), held, frozenset(self.some()) - {""}, Place(self.text(), 3), self.some())

    def finding(self) -> Finding:
        waived = self._draw(st.sampled_from([None, Waived(TODAY, self.text())]))
        return Finding("policy/four-eyes", self.text(), Place(self.text(), 3, 5), role=self.text(), waived=waived)

    def change(self) -> AccessChange:
        applied = AppliedEvent(
            EventKind.GRANTED, self.text(), self.text(), self.text(), self.text(), self.text(), self.text()
        )
        return AccessChange(self.event(), self._draw(st.sampled_from([(), (applied,)])))

    def names(self) -> list[str]:
        return self._draw(st.lists(st.sampled_from(self._texts), max_size=3, unique=True))


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """Any report that the types allow, with anything at all in every string."""
    pool = _Pool(draw)
    roles = [pool.role(name) for name in sorted(pool.names())]
    gone = [pool.role(name)._replace(place=None, codes=frozenset()) for name in pool.names()]
    names = {role.name for role in roles}
    return Report(
        Covers(pool.text(), COMMIT, TODAY, draw(st.sampled_from([None, Day(2026, 3, 1)])), draw(st.integers(0, 2))),
        [pool.row(role.name, code) for role in roles for code in sorted(role.codes) or [""]],
        [pool.change() for _ in range(draw(st.integers(0, 2)))],
        Advice(((roles[0].name,) * 2,) if roles else (), pool.some()),
        [*roles, *(role for role in gone if role.name not in names)],
        {code: Permission(code, pool.text(), pool.text(), pool.text()) for code in pool.names()},
        [pool.finding() for _ in range(draw(st.integers(0, 2)))],
        pool.some(),
    )
