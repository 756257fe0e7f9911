"""Policies, roles and locks that hypothesis makes up, from few names, so that they meet."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st

from reconciler.model.findings import Place
from reconciler.model.roles import DesiredRole, Grant
from reconciler.policy.rules import Check, Keys, Policies
from tests.policy.builders import TODAY, a_holder, a_lock, a_policy, a_waiver, apart, can, can_only, cannot, needs

CODES = ("a.a", "a.b", "a.c.a", "b.a", "b.b", "c.c")
NAMES = ("clerk", "lead", "lead-2")
_SUBSETS = st.lists(st.sampled_from(CODES), unique=True)
_ITEMS = st.lists(st.sampled_from((*CODES, "a.*", "b.*", "*.a", "*.c")), min_size=1, max_size=3, unique=True)
_ENDS = st.none() | st.integers(0, 4).map(lambda days: TODAY + timedelta(days))

_CHECKS: st.SearchStrategy[Check] = st.one_of(
    st.lists(_ITEMS, min_size=2, max_size=3).map(lambda groups: apart(*groups)),
    _ITEMS.map(lambda codes: cannot(*codes)),
    _ITEMS.map(lambda codes: can(*codes)),
    _ITEMS.map(lambda codes: can_only(*codes)),
    st.builds(lambda codes, days: needs(*codes, reason=True, days=days), _ITEMS, st.none() | st.integers(1, 3)),
    _ITEMS.map(lambda codes: needs(*codes, days=2)),
    st.sampled_from([Keys(("owner",)), Keys(("description", "owner"))]),
)
_GLOBS = st.lists(st.sampled_from(("lead*", "clerk", "*", "x-*")), min_size=1, max_size=2)


@st.composite
def some_policies(draw: st.DrawFn) -> Policies:
    """Up to four policies, and waivers of them."""
    made = [
        a_policy(
            draw(_CHECKS),
            f"p{number}",
            level=draw(st.sampled_from(("deny", "warn"))),
            roles=draw(st.none() | _GLOBS),
            except_roles=draw(st.just([]) | _GLOBS),
        )
        for number in range(draw(st.integers(1, 4)))
    ]
    waivers = st.builds(
        lambda policy, role, codes, days: a_waiver(
            [] if isinstance(policy.check, Keys) else codes, policy=policy.id, role=role, until=TODAY + timedelta(days)
        ),
        st.sampled_from(made),
        st.sampled_from(NAMES),
        st.lists(st.sampled_from(CODES), min_size=1, unique=True),
        st.integers(-1, 1),
    )
    return Policies(tuple(made), tuple(draw(st.lists(waivers, max_size=5))))


_GRANTS = st.builds(
    lambda line, pattern, until, reason: Grant(Place("r.yaml", line), None, pattern, until, reason),
    st.integers(1, 9),
    st.none() | st.just("a.*"),
    _ENDS,
    st.sampled_from(("", "OPS-1")),
)


@st.composite
def some_roles(draw: st.DrawFn) -> list[DesiredRole]:
    """Up to three roles with codes, reasons and ends."""
    return [
        a_holder(
            *draw(_SUBSETS),
            name=name,
            description=draw(st.sampled_from(("", "Text."))),
            owner=draw(st.sampled_from(((), ("team",)))),
            grants=draw(st.dictionaries(st.sampled_from(CODES), _GRANTS)),
        )
        for name in sorted(draw(st.sets(st.sampled_from(NAMES))))
    ]


LOCKS = st.just(a_lock(*CODES)) | st.just(a_lock(*CODES, "a.x", withdrawn=["a.b"]))
"""Locks that have every code."""
