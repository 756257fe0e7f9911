"""`validate`: everything that can be said offline, of one configuration or of several tenants at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from reconciler.cli.reviewing import WithReviews, load_with_reviews
from reconciler.cli.tenants import Several, chosen
from reconciler.cli.workspace import Library, roles_from
from reconciler.model.errors import CommandLineError, InvalidInput
from reconciler.model.findings import Finding, Place
from reconciler.model.inert import first_few, visible
from reconciler.model.policy_findings import RULE, order
from reconciler.render.findings import Checked

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reconciler.cli.options import FilesOptions
    from reconciler.cli.workspace import Workspace
    from reconciler.load import Loaded
    from reconciler.model.days import Day
    from reconciler.policy.coverage import Coverage

_MOST_NAMES = 5


class AtHand(NamedTuple):
    """What is on this machine, for each tenant by name; by an empty name without tenants, or for one that is named."""

    found: Mapping[str, WithReviews | InvalidInput]
    library: Library

    @classmethod
    def read(cls, files: FilesOptions, today: Day) -> AtHand:
        """Read everything that the options ask for. Raise `CommandLineError` when they do not fit the configuration."""
        library = Library()
        try:
            asked = chosen(files, library.configuration(files), otherwise_all=True)
        except InvalidInput:
            asked = None  # what is wrong with it is found again below, with what is wrong with the rest
        names = asked.names if isinstance(asked, Several) else ("",)
        each = {name: files._replace(tenants=(name,), every=False) if name else files for name in names}
        return cls({name: _read(options, today, library) for name, options in each.items()}, library)

    @property
    def valid(self) -> Sequence[WithReviews]:
        """Return what was read; nothing unless all of it is valid."""
        found = [each for each in self.found.values() if not isinstance(each, InvalidInput)]
        return found if len(found) == len(self.found) else ()


def _read(files: FilesOptions, today: Day, library: Library) -> WithReviews | InvalidInput:
    try:
        return load_with_reviews(files, today, library=library)
    except InvalidInput as error:
        return error


def check(files: FilesOptions, today: Day, *, coverage: bool) -> tuple[Checked, Iterable[tuple[str, str]]]:
    """Return the findings, and a sentence for each policy. Of several tenants, each finding is there once.

    Raise `CommandLineError` when the options do not fit the configuration.
    """
    at_hand = AtHand.read(files, today)
    if coverage and len(at_hand.found) > 1:
        raise CommandLineError("--coverage is about one tenant; pass --tenant with a name")
    covered = None
    if coverage and at_hand.valid:
        try:
            covered = _coverage(at_hand.valid[0].found)
        except InvalidInput as error:
            return Checked(error.findings, files=None, roles=None), ()
    problems: dict[str, Sequence[Finding]] = {}
    broken: dict[str, Sequence[Finding]] = {}
    whys: dict[str, str] = {}
    for name, each in at_hand.found.items():
        if isinstance(each, InvalidInput):
            problems[name] = each.findings
            continue
        found = each.found
        problems[name] = found.desired.warnings
        if found.policies is not None:
            from reconciler.policy.check import findings

            judgement = findings(found.policies, found.desired.roles, today, found.lock)
            problems[name] = (*found.desired.warnings, *judgement.idle)
            broken[name] = judgement.findings
            whys |= {f"{RULE}{policy.id}": policy.why or f"Policy {policy.id}." for policy in found.policies.policies}
    number = len(at_hand.found)
    merged = tuple(sorted(_once(problems, number)))
    if not at_hand.valid:
        return Checked(merged, files=None, roles=None), ()
    checked = Checked(
        merged, files=_files(files, at_hand), roles=_roles(at_hand), covered=covered, unchecked=_unchecked(at_hand)
    )
    if not broken:
        return checked, ()
    return replace(checked, policies=tuple(sorted(_once(broken, number), key=order)), today=today), whys.items()


def _unchecked(at_hand: AtHand) -> str:
    """Return that there is no lock to look the codes up in, and for which of several tenants; empty if there is."""
    without = {
        name: each.found
        for name, each in at_hand.found.items()
        if not isinstance(each, InvalidInput) and each.found.lock is None and _lists_codes(each.found.desired)
    }
    if not without:
        return ""
    whose = "" if len(without) == len(at_hand.found) else f" of {first_few(list(without), _MOST_NAMES, str)}"
    path = next(iter(without.values())).configuration.lock  # a lock that is named exists; the others have one name
    return f"Codes{whose} not checked: no {visible(path.as_posix())}. `reconciler lock` writes it."


def _lists_codes(desired: Loaded) -> bool:
    return bool(desired.sets) or any(entry.role.permissions for entry in desired.roles)


def _once(found: Mapping[str, Sequence[Finding]], number: int) -> list[Finding]:
    """Return each finding of `number` tenants once, with the tenants that have it if not all do."""
    having: dict[Finding, dict[str, None]] = {}
    for name, findings in found.items():
        for finding in findings:  # one place may have a problem twice: each alias repeats that of its anchor
            having.setdefault(finding, {})[name] = None
    return [finding if len(names) == number else _named(finding, list(names)) for finding, names in having.items()]


def _named(finding: Finding, names: Sequence[str]) -> Finding:
    where = f"(only in {first_few(names, _MOST_NAMES, str)})"
    return replace(finding, message=f"{finding.message} {where}", tenants=tuple(names))


def _files(files: FilesOptions, at_hand: AtHand) -> int:
    """Return how many role files were read, those of one directory once."""
    roles = (roles_from(files, each.found.configuration) for each in at_hand.valid)
    directories = dict.fromkeys(directory for each in roles for directory in each.directories)
    return sum(at_hand.library.shelf.parsed(each).files for each in directories)


def _roles(at_hand: AtHand) -> int:
    """Return how many roles there are: one for each place that defines one."""
    return len({entry.location.place for each in at_hand.valid for entry in each.found.desired.roles})


def _coverage(found: Workspace) -> Coverage:
    """Return how much the policies guard. Raise `InvalidInput` without a lock, which says what could be granted."""
    if found.lock is None:
        place = Place(visible(found.configuration.lock.as_posix()))
        raise InvalidInput([Finding("unreadable", "--coverage needs the catalogue lock; run `reconciler lock`", place)])
    from reconciler.policy.coverage import coverage
    from reconciler.policy.rules import Policies

    return coverage(found.policies or Policies(), found.desired.roles, found.lock)
