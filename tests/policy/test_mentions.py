"""The codes that policies and waivers name, for the lock."""

from __future__ import annotations

from reconciler.policy.mentions import named_by, withdrawn_codes
from reconciler.policy.rules import Policies
from tests.builders import a_lock, place_of
from tests.policy.builders import a_policy, a_waiver, apart, cannot

POLICIES = Policies(
    (
        a_policy(apart(["a.view"], ["b.view", "*.edit"]), "four-eyes"),
        a_policy(cannot("a.view", "a.view"), "no-view"),
    ),
    (a_waiver(["a.view", "c.view"], policy="no-view", role="lead"),),
)


def test_a_code_is_named_by_policies_and_waivers() -> None:
    assert named_by(POLICIES) == {
        "a.view": ("policy four-eyes", "policy no-view", "waiver of no-view for lead"),
        "b.view": ("policy four-eyes",),
        "c.view": ("waiver of no-view for lead",),
    }
    assert named_by(None) == {}


def test_a_withdrawn_code_is_one_warning_at_the_first_of_its_places() -> None:
    (warning,) = withdrawn_codes(POLICIES, a_lock("b.view", withdrawn=["a.view", "d.view"]))
    assert (warning.rule, warning.severity, warning.codes) == ("withdrawn", "warning", ("a.view",))
    assert str(place_of(warning)) == "policies.yaml:1:5"
    assert warning.message.startswith("policy four-eyes: ")
