"""What a policy file may say, and what is said about one that says something else."""

from __future__ import annotations

from datetime import date

import pytest

from reconciler.load.policies import read_policies
from reconciler.model.errors import InvalidInput
from reconciler.model.findings import Finding, Place
from reconciler.policy.items import Item
from reconciler.policy.rules import Apart, Can, Cannot, CanOnly, Keys, Needs, Policies, Policy, Waiver
from tests.load.builders import placed
from tests.sentences import Golden, case_of

TODAY = date(2026, 11, 29)
POLICY = "policies: [{id: p, cannot: [a.b]}]\n"
WAIVER = "{policy: p, role: lead, codes: [a.b], reason: FIN-212, until: 2026-12-31}"

EXAMPLE = """\
version: 1
policies:
  - id: four-eyes
    why: Nobody sends what they released themselves.
    apart: [[campaigns.send], [campaigns.approve, templates.approve]]
  - id: admin-work
    cannot: [agents.manage, "*.delete"]
  - id: refunds
    cannot: [billing.refund]
    except_roles: [billing-clerk]
  - id: answering
    roles: ["support-tier-*"]
    can: [conversations.view, messages.send]
  - id: marketing
    roles: ["campaign-*"]
    can_only: ["campaigns.*", "contacts.*", reports.view]
  - id: personal-data
    needs: {codes: ["*.export"], reason: true, until: 90 days}
  - id: owned
    level: warn
    keys: [owner, description]
waivers:
  - policy: refunds
    role: " Support-Lead"
    codes: [billing.refund]
    reason: Covers for finance in December (FIN-212)
    until: 2026-12-31
"""


def read(*texts: str | bytes) -> Policies:
    """Read files that are called a.yaml, b.yaml, ..."""
    files = [(f"{chr(ord('a') + n)}.yaml", text) for n, text in enumerate(texts)]
    return read_policies(((path, text.encode() if isinstance(text, str) else text) for path, text in files), TODAY)


def problems(*texts: str | bytes) -> tuple[Finding, ...]:
    """What is wrong with these files; nothing where nothing is."""
    try:
        read(*texts)
    except InvalidInput as error:
        return error.findings
    return ()


def at(line: int, column: int, *texts: str) -> tuple[Item, ...]:
    """Items of one line of a.yaml; each after the one before it, a comma and a space."""
    found = []
    for text in texts:
        found.append(Item(text, Place("a.yaml", line, column)))
        column += len(text) + 2 + (2 if "*" in text else 0)
    return tuple(found)


def test_the_example_is_read() -> None:
    policies = read(EXAMPLE)
    assert policies.files == ("a.yaml",)
    four_eyes, admin, refunds, answering, marketing, personal, owned = policies.policies
    groups = (at(5, 14, "campaigns.send"), at(5, 32, "campaigns.approve", "templates.approve"))
    why = "Nobody sends what they released themselves."
    assert four_eyes == Policy("four-eyes", Apart(groups), Place("a.yaml", 3, 9), why)
    assert admin.check == Cannot(at(7, 14, "agents.manage", "*.delete"))
    assert refunds.except_roles == at(10, 20, "billing-clerk")
    assert (answering.check, answering.roles) == (
        Can(at(13, 11, "conversations.view", "messages.send")),
        at(12, 13, "support-tier-*"),
    )
    assert marketing.check == CanOnly(at(16, 16, "campaigns.*", "contacts.*", "reports.view"))
    assert personal.check == Needs(at(18, 21, "*.export"), reason=True, days=90)
    assert (owned.check, owned.level) == (Keys(("owner", "description")), "warn")
    assert policies.waivers == (
        Waiver(
            "refunds",
            "support-lead",
            ("billing.refund",),
            "Covers for finance in December (FIN-212)",
            date(2026, 12, 31),
            Place("a.yaml", 23, 5),
        ),
    )


def test_several_files_are_one_set_of_policies_and_waivers() -> None:
    policies = read(POLICY, f"waivers: [{WAIVER}]")
    assert [policy.id for policy in policies.policies] == ["p"]
    assert [waiver.policy for waiver in policies.waivers] == ["p"]
    assert policies.files == ("a.yaml", "b.yaml")


def test_a_file_may_say_that_it_has_none() -> None:
    assert read("policies: []\nwaivers: []\n") == Policies((), (), ("a.yaml",))


def test_can_only_may_be_empty() -> None:
    assert read("policies: [{id: p, can_only: []}]").policies[0].check == CanOnly(())


def test_a_policy_needs_a_reason_an_end_or_both() -> None:
    for text, expected in (
        ("reason: true", (True, None)),
        ("until: 1 days", (False, 1)),
        ("until: 3660 days", (False, 3660)),
    ):
        check = read(f"policies: [{{id: p, needs: {{codes: [a.b], {text}}}}}]").policies[0].check
        assert isinstance(check, Needs)
        assert (check.reason, check.days) == expected
    both = read("policies: [{id: p, needs: {codes: [a.b], reason: false, until: 2 days}}]").policies[0].check
    assert isinstance(both, Needs)
    assert (both.reason, both.days) == (False, 2)


def test_a_date_may_be_quoted() -> None:
    quoted = WAIVER.replace("2026-12-31", '"2026-12-31"')
    assert read(f"{POLICY}waivers: [{quoted}]").waivers[0].until == date(2026, 12, 31)


def test_the_farthest_end_of_a_waiver_is_366_days_away() -> None:
    text = f"{POLICY}waivers: [{WAIVER}]".replace("2026-12-31", "{}")
    assert read(text.replace("{}", "2027-11-30")).waivers
    assert [placed(finding) for finding in problems(text.replace("{}", "2027-12-01"))] == ["2:73 bad-date"]


def test_the_place_of_a_policy_is_that_of_its_id() -> None:
    (policy,) = read("policies:\n  - id:\n      p\n    cannot: [a.b]\n").policies
    assert policy.place == Place("a.yaml", 3, 7)


def test_a_waiver_of_keys_has_no_codes() -> None:
    text = f"policies: [{{id: p, keys: [owner]}}]\nwaivers: [{WAIVER}]\n"
    assert [finding.rule for finding in problems(text)] == ["unknown-key"]
    assert read(text.replace("codes: [a.b], ", "")).waivers[0].codes == ()


WRONG: dict[str, str | bytes] = {
    "not yaml": "policies: [",
    "empty": "",
    "two documents": f"{POLICY}---\n{POLICY}",
    "two documents, another second one": f"{POLICY}---\nx: 1\n",
    "two documents, the first no mapping": f"- x\n---\n{POLICY}",
    "no mapping": "- id: p\n",
    "nothing": "version: 1\n",
    "version": f"version: 2\n{POLICY}",
    "version in a list": f"version: [1]\n{POLICY}",
    "version in quotes": f'version: "1"\n{POLICY}',
    "unknown key": f"{POLICY}waiver: []\n",
    "no list": "policies: {id: p}\nwaivers:\n",
    "no mappings": "policies: [four-eyes]\nwaivers: [refunds]\n",
    "no id": "policies: [{cannot: [a.b]}]\n",
    "id is no text": "policies: [{id: [p], cannot: [a.b]}]\n",
    "id is not valid": "policies: [{id: Four Eyes, cannot: [a.b]}]\n",
    "id is too long": f"policies: [{{id: {'x' * 64}, cannot: [a.b]}}]\n",
    "id twice": "policies: [{id: p, cannot: [a.b]}, {id: p, can: [a.b]}]\n",
    "no check": "policies: [{id: p, roles: [lead]}]\n",
    "two checks": "policies: [{id: p, can: [a.b], cannot: [a.c]}]\n",
    "unknown key of a policy": "policies: [{id: p, cannnot: [a.b]}]\n",
    "why is no text": "policies: [{id: p, why: no, cannot: [a.b]}]\n",
    "level": "policies: [{id: p, level: deni, cannot: [a.b]}, {id: q, level: [], cannot: [a.b]}]\n",
    "roles": "policies: [{id: p, roles: lead, cannot: [a.b]}, {id: q, except_roles: [], cannot: [a.b]}]\n",
    "no codes": "policies: [{id: p, cannot: []}, {id: q, can: }, {id: r, apart: [[a.b], []]}]\n",
    "codes": 'policies: [{id: p, cannot: [a, "*", "*.*", "con*", "a.b.*", a.b, a.b, a.*, a.*]}]\n',
    "a star without quotes": "policies: [{id: p, cannot: [*.view]}]\n",
    "one group": "policies: [{id: p, apart: [[a.b]]}, {id: q, apart: []}]\n",
    "no groups": "policies: [{id: r, apart: a.b}, {id: s, apart: [a.b, c.d]}]\n",
    "needs": "policies: [{id: p, needs: [a.b]}, {id: q, needs: {}}]\n",
    "needs, values": "policies: [{id: p, needs: {codes: [], reason: yes, until: 0 days, untill: 1}}]\n",
    "needs, reason false": "policies: [{id: p, needs: {codes: [a.b], reason: false}}]\n",
    "needs, until too far": "policies: [{id: p, needs: {codes: [a.b], until: 3661 days}}]\n",
    "needs, until without a unit": "policies: [{id: q, needs: {codes: [a.b], until: 90}}]\n",
    "needs, until in words": "policies: [{id: p, needs: {codes: [a.b], until: a year}}]\n",
    "keys": "policies: [{id: p, keys: []}, {id: q, keys: [ownr, owner, owner]}, {id: r, keys: owner}]\n",
    "waiver without keys": f"{POLICY}waivers: [{{}}]\n",
    "waiver without codes": f"{POLICY}waivers: [{{policy: p, role: lead, reason: x, until: 2026-12-31}}]\n",
    "waiver, unknown policy": f"{POLICY.replace('p,', 'refunds,', 1)}waivers: [{WAIVER.replace('p,', 'refund,', 1)}]\n",
    "waiver, unknown policy and more": f"{POLICY}waivers: [{{policy: pp, role: lead, codes: [a], reason: x}}]\n",
    "waiver, unknown key": f"{POLICY}waivers: [{{untill: x, {WAIVER[1:]}]\n",
    "waiver of a policy that is not valid": f"policies: [{{id: p}}]\nwaivers: [{WAIVER}]\n",
    "waiver without codes of a policy that is not valid": (
        "policies: [{id: p}]\nwaivers: [{policy: p, role: lead, reason: x, until: 2026-12-31}]\n"
    ),
    "waiver, values": f"{POLICY}waivers: [{{policy: [], role: agent, codes: ['a.*'], reason: ' ', until: 2026-2-3}}]\n",
    "waiver, until": f"{POLICY}waivers: [{{policy: p, role: lead, codes: [], reason: x, until: [x]}}]\n",
    "waiver, reason": f"{POLICY}waivers: [{{policy: p, role: lead, codes: [a.b], reason: no, until: end of year}}]\n",
    "hostile": 'policies: [{id: "p\\e[31m\\n", cannot: ["##[error]"], why: "x"}]\n',
    "not utf-8": b"policies: \xff\n",
    "a tag": "policies: [{id: !!str p, cannot: [a]}]\n",
}


@pytest.mark.parametrize("case", WRONG)
def test_every_problem_is_told_at_its_place(case: str, golden: Golden) -> None:
    found = problems(WRONG[case])
    assert found
    golden.says("load/policies", f"{case}: {case_of(WRONG[case])}", "\n".join(f"{f.rule}: {f}" for f in found))


def test_an_id_of_two_files_names_the_first() -> None:
    (finding,) = problems(POLICY, POLICY)
    assert (finding.rule, finding.place) == ("duplicate-policy", Place("b.yaml", 1, 17))
    assert "a.yaml:1:17" in finding.message


def test_only_the_first_hundred_unknown_policies_get_a_suggestion() -> None:
    waivers = ", ".join(WAIVER.replace("p,", f"refund{number},", 1) for number in range(101))
    found = problems(f"policies: [{{id: refunds, cannot: [a.b]}}]\nwaivers: [{waivers}]\n")
    assert len(found) == 101
    assert sum("did you mean" in finding.message for finding in found) == 100


def test_an_unknown_policy_is_named_also_where_the_rest_of_its_waiver_is_not_valid() -> None:
    wrong = f"{{untill: x, {WAIVER[1:]}"
    found = problems(f"policies: []\nwaivers: [{wrong}]\n")
    assert [finding.rule for finding in found] == ["unknown-key", "unknown-value"]


@pytest.mark.parametrize(
    ("check", "rule"),
    [
        ("keys: [ownr]", "unknown-value"),
        ("keys: [owner], can: [a.b]", "unknown-key"),
        ("needs: {codes: [a.b], reason: yes}", "wrong-type"),
        ("needs: {codes: [a.b], reason: 'true'}", "wrong-type"),
        ("needs: {codes: [a.b], reason: [true]}", "wrong-type"),
        ("needs: {codes: [a.b], until: [90 days]}", "unknown-value"),
    ],
)
def test_a_check_that_is_not_valid_is_one_problem_also_where_a_waiver_is_about_it(check: str, rule: str) -> None:
    text = f"policies: [{{id: p, {check}}}]\nwaivers: [{WAIVER}]\n"
    assert [finding.rule for finding in problems(text)] == [rule]


def test_an_unknown_policy_of_two_waivers_is_named_at_both() -> None:
    assert len(problems(f"policies: []\nwaivers: [{WAIVER}, {WAIVER}]\n")) == 2


def test_a_file_with_a_thousand_problems_is_read_to_its_end() -> None:
    found = problems(f"policies: [{', '.join(['{}'] * 500)}, {{id: p, cannot: [a.b]}}]\n")
    assert len(found) == 1000
    assert {finding.rule for finding in found} == {"missing-key"}


@pytest.mark.parametrize("key", ["policies", "waivers"])
def test_a_file_with_very_many_problems_is_not_read_to_its_end(key: str) -> None:
    found = problems(f"{key}: [{', '.join(['{}'] * 3000)}]\n")
    assert 1000 < len(found) < 1010
    assert [finding.rule for finding in found].count("too-many") == 1


@pytest.mark.parametrize("text", ["polices: []\n", "policies: [{idd: a, cannot: [a.b]}]\n"])
def test_a_mistyped_key_is_not_a_missing_key_too(text: str) -> None:
    assert [problem.rule for problem in problems(text)] == ["unknown-key"]
