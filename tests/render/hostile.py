"""Plans full of hostile data, and the same plans with tame data: only data may differ in what is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date

from hypothesis import strategies as st

from reconciler.model.catalogue import Permission
from reconciler.model.days import Day
from reconciler.model.findings import Finding, Place, Waived
from reconciler.model.policy_findings import denied
from reconciler.model.revisions import Revision
from reconciler.model.roles import Grant, Location, Role
from reconciler.plan.action import Action, Origin
from reconciler.plan.catalogue_changes import CatalogueChanges, Changed
from reconciler.plan.changes import Change, Create, Delete, Plan, Update
from reconciler.plan.ends import EndChanged
from reconciler.plan.fields import FieldChange
from reconciler.plan.only import LeftAlone
from reconciler.plan.sources import Compared, RoleFiles, Source, Undo
from tests.builders import a_refusal

FRAGMENTS = (
    *("`", "``", "```", "~~~", "```diff", "*", "**", "_", "~~", "|", "||", "\\", "\\`", "$`x`$", "$$", "^", "=", "---"),
    *("# ", "## ", "> ", "- ", "+ ", "1. ", "    ", "\t", " ", "  \n", "\n", "\n\n", "\r\n", "\r", "\v", "\f", "\x85"),
    *("[x](http://evil.example)", "![x](http://evil.example/p.png)", "](", ")[", "[a]: http://evil.example", "[^1]"),
    *("<script>alert(1)</script>", "</details>", "</summary>", "</code>", "<!--", "-->", "<img src=x onerror=a()>"),
    *(
        "&lt;",
        "&#10;",
        "&",
        "<",
        ">",
        '"',
        "'",
        "http://evil.example",
        "www.evil.example",
        "a@evil.example",
        "</title>",
    ),
    *("@everyone", "@octocat", "#123", "GH-1", "!45", "$6", "%7", ":tada:", "owner/repo#1", "[[wiki]]", "{{ 7*7 }}"),
    *("::error::", "::stop-commands::x", "::set-output name=a::b", "##[error]x", "##[add-mask]a", "##[", "%0A", "%25"),
    *(
        "\x1b[31m",
        "\x1b]8;;http://evil.example\x07",
        "\x9b1m",
        "\b",
        "\x7f",
        "\0",
        "\u202e",
        "\u2066",
        "\u200b",
        "\ufeff",
    ),
    *(
        "\u2028",
        "\u2029",
        "\u00ad",
        "\U000e0041",
        "\ud800",
        "\udcff",
        "\u0301",
        "\u3164",
        "日本",
        "😀",
        "אב",
        "é",
        "${x}",
        "%{y}",
    ),
)

# Each of these alone tries most of what could go wrong somewhere.
_WORST = (
    "::error file=a,line=1::x ##[error]y%0A::warning::z",
    "``\n```\n</details><script>x</script>\n# [a](http://evil.example) @octocat #1 (a_b) \\",
    "](http://evil.example) `` ``` <!-- \x1b[31m\u202e\r\n::stop-commands::t %3A,=",
)
texts = st.one_of(
    st.sampled_from(_WORST),
    st.text(max_size=12),
    st.sampled_from(FRAGMENTS),
    st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=3)), min_size=1, max_size=5).map("".join),
)


class _Pool:
    """Draws from a few hostile texts: quick, and equal texts meet in places where that could matter."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self._texts = draw(st.lists(texts, min_size=3, max_size=8, unique=True))

    def text(self) -> str:
        return self._draw(st.sampled_from(self._texts))

    def some(self, most: int = 2) -> list[str]:
        return self._draw(st.lists(st.sampled_from(self._texts), max_size=most, unique=True))

    def role(self) -> Role:
        return Role(self.text(), self.text(), frozenset(self.some(5)))

    def meanings(self) -> tuple[Changed, ...]:
        codes = self.some(3)
        return tuple(Changed(self.meaning(code), self.meaning(code), tuple(self.some())) for code in codes)

    def meaning(self, code: str) -> Permission:
        return Permission(code, self.text(), self.text(), self.text(), self.text())

    def roles(self) -> tuple[Role, ...]:
        return tuple(self.role() for _ in range(self._draw(st.integers(0, 2))))

    def source(self) -> Source:
        path, commit = self.text(), self._draw(st.sampled_from([None, self.text()]))
        compared = Compared(path, "sha256:0", self.text(), commit)
        kinds: list[Source] = [RoleFiles(path, "sha256:0", commit), Undo(path, commit), compared]
        return self._draw(st.sampled_from(kinds))

    def location(self, codes: Iterable[str]) -> Location | None:
        line = self._draw(st.integers(0, 90))
        marks = {code: (line + 3 + number // 2, 5) for number, code in enumerate(sorted(codes))}
        return Location(self.text(), line, 1, self._draw(st.sampled_from([0, line + 2])), marks) if line else None

    def finding(self) -> Finding:
        """A finding of a policy, whose id is a word and whose texts are anything."""
        waived = Waived(date(2026, 12, 31), self.text() or "x")
        return Finding(
            f"policy/{self._draw(st.sampled_from(('four-eyes', 'refunds')))}",
            self.text(),
            self._draw(st.sampled_from([None, Place(self.text(), 3, 5)])),
            self._draw(st.sampled_from(["error", "warning"])),
            role=self.text(),
            codes=tuple(self.some()),
            new=self._draw(st.sampled_from([None, True, False])),
            waived=self._draw(st.sampled_from([None, waived])),
        )

    def left_alone(self) -> tuple[LeftAlone, ...]:
        """What a plan of revokes leaves alone, with anything in every string."""
        return tuple(
            LeftAlone(
                self.text(),
                self._draw(st.sampled_from(Action)),
                tuple(self.some()),
                tuple(
                    FieldChange("description", self.text(), self.text()) for _ in range(self._draw(st.integers(0, 1)))
                ),
                self._draw(st.sampled_from([None, self.text()])),
            )
            for _ in range(self._draw(st.integers(0, 2)))
        )

    def change(self) -> Change:
        change = self._undrifted()
        codes = sorted(change.granted | change.revoked)
        drifted = self._draw(st.frozensets(st.sampled_from(codes))) if codes else frozenset[str]()
        more = replace(change, drifted=drifted, grants=self._grants(change), ended=self._ended(change))
        return replace(more, since=self._since(change))

    def _since(self, change: Change) -> dict[str, Revision]:
        """Some of the revoked codes were granted by a commit that says anything."""
        requests = st.sampled_from([None, 7])
        codes = sorted(change.revoked)[:2]
        return {
            code: Revision(Day(2026, 3, 14), "c" * 40, self.text(), tuple(self.some(4)), self._draw(requests))
            for code in codes
        }

    def _grants(self, change: Change) -> dict[str, Grant]:
        """Some of the granted codes come from a pattern, have a reason, or end."""
        if change.location is None or not change.granted:
            return {}
        codes = self._draw(st.frozensets(st.sampled_from(sorted(change.granted)), max_size=2))
        place = Place(change.location.path, change.location.line)
        ends = st.sampled_from([None, Day(2026, 12, 31)])
        patterns = st.sampled_from([None, self.text() or "*"])
        return {code: Grant(place, None, self._draw(patterns), self._draw(ends), self.text()) for code in sorted(codes)}

    def _ended(self, change: Change) -> dict[str, Grant]:
        codes = sorted(change.revoked - change.drifted)[:1]
        return {code: Grant(Place(""), until=Day(2026, 11, 1)) for code in codes if change.location is not None}

    def _undrifted(self) -> Change:
        origin = self._draw(st.sampled_from(Origin))
        before, after = self.role(), self.role()
        match self._draw(st.integers(0, 3)):
            case 0:
                # The lines of a create are one mark, so that the order of its codes says nothing about it.
                return Create(after, self.location(after.permissions), origin)
            case 1:
                return Update(self.text(), before, after, self.location(()), origin)
            case 2:
                return Update(self.text(), replace(before, name=after.name), after, self.location(()), origin)
            case _:
                return Delete(self.text(), before, origin)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Any plan that the types allow, with anything at all in every string."""
    pool = _Pool(draw)
    changes = tuple(pool.change() for _ in range(draw(st.integers(0, 3))))
    unmanaged = pool.roles()
    findings = tuple(pool.finding() for _ in range(draw(st.integers(0, 3))))
    by_policy = denied(findings) if draw(st.booleans()) else ()
    narrowed = draw(st.booleans())
    return Plan(
        target=pool.text(),
        source=pool.source(),
        changes=changes,
        unchanged=pool.roles(),
        unmanaged=unmanaged,
        unmanaged_ids=draw(st.sampled_from([(), tuple(pool.text() for _ in unmanaged)])),
        compared=draw(st.booleans()),
        today=draw(st.sampled_from([None, Day(2026, 11, 29)])),
        looks_ahead=draw(st.booleans()),
        ends_changed=tuple(EndChanged(pool.text(), code, None, Day(2026, 12, 1), Place(code)) for code in pool.some()),
        ignored=pool.roles(),
        system=pool.roles(),
        refused=(*(a_refusal(change.name, pool.text()) for change in changes[1:]), *by_policy),
        notes=tuple(pool.some()),
        catalogue={code: Permission(code, pool.text(), pool.text()) for code in pool.some(6)},
        findings=findings,
        only="revokes" if narrowed else None,
        left_alone=pool.left_alone() if narrowed else (),
        kept=pool.roles() if narrowed else (),
        catalogue_changes=draw(st.sampled_from([None, CatalogueChanges(changed=pool.meanings())])),
    )


def tamed(plan: Plan) -> Plan:
    """The same plan with a harmless word in each place; equal texts become equal words, different ones different."""
    words: dict[str, str] = {}

    def tame(text: str) -> str:
        return words.setdefault(text, f"word{len(words):05d}")

    def role(role: Role) -> Role:
        return Role(tame(role.name), tame(role.description), frozenset(map(tame, role.permissions)))

    def finding(finding: Finding) -> Finding:
        place, waived = finding.place, finding.waived
        return replace(
            finding,
            message=tame(finding.message),
            place=place and place._replace(path=tame(place.path)),
            role=tame(finding.role or ""),
            codes=tuple(map(tame, finding.codes)),
            waived=waived and Waived(waived.until, tame(waived.reason)),
        )

    return Plan(
        target=tame(plan.target),
        source=_tame_source(plan.source, tame),
        changes=tuple(_tame_change(change, role, tame) for change in plan.changes),
        unchanged=tuple(map(role, plan.unchanged)),
        unmanaged=tuple(map(role, plan.unmanaged)),
        unmanaged_ids=tuple(map(tame, plan.unmanaged_ids)),
        compared=plan.compared,
        today=plan.today,
        looks_ahead=plan.looks_ahead,
        ends_changed=tuple(
            EndChanged(tame(end.role), tame(end.code), end.before, end.after, end.place)
            for end in plan.ends_changed or ()
        ),
        ignored=tuple(map(role, plan.ignored)),
        system=tuple(map(role, plan.system)),
        refused=tuple(map(finding, plan.refused)),
        findings=tuple(map(finding, plan.findings)),
        notes=tuple(map(tame, plan.notes)),
        catalogue={
            # A permission without a name of its own is shown by its code alone: nothing is nothing in both.
            tame(code): Permission(tame(code), tame(entry.name) if entry.name else "", tame(entry.category))
            for code, entry in plan.catalogue.items()
        },
        only=plan.only,
        left_alone=tuple(_tame_left_alone(each, tame) for each in plan.left_alone),
        kept=tuple(map(role, plan.kept)),
        catalogue_changes=_tame_meanings(plan.catalogue_changes, tame),
    )


def _tame_left_alone(change: LeftAlone, tame: Callable[[str], str]) -> LeftAlone:
    return LeftAlone(
        tame(change.name),
        change.action,
        tuple(map(tame, change.granted)),
        tuple(FieldChange(field.path, tame(field.before), tame(field.after)) for field in change.fields),
        None if change.renamed_from is None else tame(change.renamed_from),
    )


def _tame_meanings(changes: CatalogueChanges | None, tame: Callable[[str], str]) -> CatalogueChanges | None:
    def meaning(entry: Permission) -> Permission:
        return Permission(*(tame(part or "") for part in entry))

    if changes is None:
        return None
    changed = [Changed(meaning(one.before), meaning(one.after), tuple(map(tame, one.roles))) for one in changes.changed]
    return CatalogueChanges(changed=tuple(changed))


def _tame_source(source: Source, tame: Callable[[str], str]) -> Source:
    # Nothing is nothing in both: an absent commit is not shown, and neither is an empty one.
    path, commit = tame(source.path), tame(source.commit) if source.commit else source.commit
    match source:
        case RoleFiles():
            return RoleFiles(path, tame(source.digest), commit)
        case Undo():
            return Undo(path, commit)
        case Compared():
            return Compared(path, tame(source.digest), tame(source.base) if source.base else "", commit)


def _tame_change(change: Change, role: Callable[[Role], Role], tame: Callable[[str], str]) -> Change:
    location = change.location
    if location is not None:
        marks = {tame(code): place for code, place in location.marks.items()}
        location = replace(location, path=tame(location.path), marks=marks)
    drifted = frozenset(map(tame, change.drifted))
    grants = {tame(code): _tame_grant(grant, tame) for code, grant in change.grants.items()}
    ended = {tame(code): grant for code, grant in change.ended.items()}
    since = {
        tame(code): each._replace(subject=tame(each.subject), authors=tuple(map(tame, each.authors)))
        for code, each in change.since.items()
    }
    tamed_roles = _tame_roles(change, location, role, tame)
    return replace(tamed_roles, drifted=drifted, grants=grants, ended=ended, since=since)


def _tame_roles(
    change: Change, location: Location | None, role: Callable[[Role], Role], tame: Callable[[str], str]
) -> Change:
    match change:
        case Create():
            return Create(role(change.after), location, change.origin)
        case Update():
            return Update(tame(change.id), role(change.before), role(change.after), location, change.origin)
        case Delete():
            return Delete(tame(change.id), role(change.before), change.origin)


def _tame_grant(grant: Grant, tame: Callable[[str], str]) -> Grant:
    place = grant.place._replace(path=tame(grant.place.path))
    pattern = tame(grant.pattern) if grant.pattern else grant.pattern
    return grant._replace(place=place, pattern=pattern, reason=tame(grant.reason) if grant.reason else "")
