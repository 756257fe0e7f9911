"""What is edited for each role, what is left for the hand and why, and what is only listed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.adopt.asked import Asked
from reconciler.adopt.outcome import Removal
from reconciler.model.findings import Place
from tests.adopt.runs import COMMENT, a_live, adopted
from tests.builders import a_lock

if TYPE_CHECKING:
    from tests.sentences import Golden

SETS = "set: s\npermissions: [c.view, d.*]\n---\nset: t\npermissions: [c.view]\n---\n"
LOCK = a_lock("b.view", "c.view", "d.edit", "d.view", "e.view")


def test_a_code_that_is_not_live_is_listed_unless_it_is_to_go() -> None:
    text = "name: a\npermissions:\n  - b.view\n  - c.view\n"
    listed = adopted(text, a_live("b.view"), asked=Asked())
    assert listed.found.files == ()
    assert listed.found.removals == (Removal("a", "c.view", Place("roles.d/a.yaml", 4, 5)),)
    assert adopted(text, a_live("b.view"), asked=Asked(("a",))).text == "name: a\npermissions:\n  - b.view\n"
    assert adopted(text, a_live("b.view")).found.removals == ()


def test_a_code_that_a_set_or_a_pattern_gives_is_left_for_the_hand(golden: Golden) -> None:
    text = f"{SETS}name: a\ninclude: [s]\npermissions: [b.view, c.view, 'e.*']\n"
    found = adopted(text, a_live("b.view"), lock=LOCK)
    assert found.found.files == ()
    golden.says("adopt/by_hand", "sets and patterns", "\n".join(found.reasons))


def test_of_the_codes_of_a_role_the_others_go_and_come(golden: Golden) -> None:
    text = f"{SETS}name: a\ninclude: [t]\npermissions: [b.view]\n"
    found = adopted(text, a_live("e.view"), lock=LOCK)
    assert found.text == text.replace("[b.view]", "[e.view]")
    golden.says("adopt/by_hand", "partly from a set", "\n".join(found.reasons))


def test_a_live_code_that_is_excepted_is_left_for_the_hand(golden: Golden) -> None:
    text = f"{SETS}name: a\ninclude: [s]\nexcept:\n  - c.view\n  - d.*\npermissions: [b.view]\n"
    found = adopted(text, a_live("b.view", "c.view", "d.edit"), lock=LOCK)
    assert found.found.files == ()
    golden.says("adopt/by_hand", "excepted", "\n".join(found.reasons))


def test_a_live_code_whose_grant_ended_is_left_for_the_hand(golden: Golden) -> None:
    text = "name: a\npermissions:\n  - b.view: {until: 2026-11-13}\n"
    found = adopted(text, a_live("b.view"))
    assert found.found.files == ()
    golden.says("adopt/by_hand", "ended", "\n".join(found.reasons))


def test_an_end_that_was_edited_is_not_applied_yet() -> None:
    ended = "name: a\npermissions:\n  - b.view: {until: 2026-11-13}\n"
    found = adopted(ended, a_live("b.view"), base="name: a\npermissions: [b.view]\n").found
    assert (found.by_hand, found.not_applied) == ((), ("a",))


def test_the_line_of_an_ended_grant_may_go_before_the_grant_does() -> None:
    ended = "name: a\npermissions:\n  - b.view: {until: 2026-11-13}\n"
    found = adopted("name: a\npermissions: []\n", a_live("b.view"), base=ended).found
    assert (found.files, found.by_hand, found.not_applied) == ((), (), ("a",))


def test_a_live_code_that_cannot_be_in_a_file_is_left_for_the_hand(golden: Golden) -> None:
    found = adopted("name: a\npermissions: [b.view]\n", a_live("b.view", "\x1b[1m", "f.view"), lock=LOCK)
    assert found.found.files == ()
    golden.says("adopt/by_hand", "codes that cannot be in a file", "\n".join(found.reasons))


def test_what_differs_in_a_role_with_a_rename_that_is_not_applied_is_left_for_the_hand(golden: Golden) -> None:
    text = "name: a\npermissions: [b.view]\nrenamed_from: old\n"
    live = a_live("c.view", name="old", description="")
    found = adopted(text, live, base="name: old\npermissions: [b.view]\n")
    assert (found.found.files, found.found.not_applied) == ((), ("a",))
    golden.says("adopt/by_hand", "a rename with drift", "\n".join(found.reasons))
    merged = adopted(text, a_live("b.view", name="old"))
    golden.says("adopt/by_hand", "a merged rename", "\n".join(merged.reasons))


def test_a_rename_that_was_edited_here_is_only_not_applied_yet() -> None:
    text = "name: a\npermissions: [b.view]\nrenamed_from: old\n"
    found = adopted(text, a_live("b.view", name="old"), base="name: old\npermissions: [b.view]\n").found
    assert (found.files, found.by_hand, found.not_applied) == ((), (), ("a",))
    assert adopted(text, a_live("c.view", name="old"), asked=Asked(("Old",))).found.by_hand != ()


def test_an_alias_is_left_for_the_hand(golden: Golden) -> None:
    text = "name: a\npermissions: *l\n".replace("name", "owner: &l [x.view]\nname")
    found = adopted(text, a_live("b.view", description="New"))
    golden.says("adopt/by_hand", "an alias", "\n".join(found.reasons))
    assert found.text == text.replace("a\n", f"a\ndescription: New{COMMENT}\n", 1)
    item = adopted("owner: &c b.view\nname: a\npermissions: [*c, d.view]\n", a_live("e.view"))
    golden.says("adopt/by_hand", "an alias in the list", "\n".join(item.reasons))
    assert item.text == "owner: &c b.view\nname: a\npermissions: [*c, e.view]\n"


def test_of_many_roles_in_a_file_each_is_edited_at_its_place() -> None:
    text = "\ufeff# all\n---\nname: a\npermissions: [b.view]\n---\n# c\nname: c\npermissions:\n"
    text += "  - &x b.view\nowner: *x\n...\n---\nname: d\ndescription: |-\n  Old\npermissions: [b.view, c.view]"
    found = adopted(text, a_live(), a_live("e.view", name="c"), a_live("b.view", name="d", description="New"))
    assert found.text == text.replace("a\npermissions: [b.view]", "a\npermissions: []").replace(", c.view]", "]")
    assert [(each.role, each.place and each.place.line) for each in found.found.by_hand] == [("c", 7), ("d", 14)]
    assert [each.line for each in found.found.files[0].removed] == [4, 16]


def test_an_edit_that_would_say_something_else_is_left_for_the_hand(golden: Golden) -> None:
    text = "name: a\npermissions:\n  - &c b.view\n  - d.view\nowner: *c\n"
    found = adopted(text, a_live("d.view", "e.view"))
    assert found.found.files == ()
    golden.says("adopt/by_hand", "an anchor that is used elsewhere", "\n".join(found.reasons))
    strange = "name: a\n? permissions\n: - b.view\n"
    assert adopted(strange, a_live()).after["roles.d/a.yaml"] == strange.encode()
    described = adopted("description: &d Old\nname: a\npermissions: []\nowner: *d\n", a_live(description="New\x1b"))
    golden.says("adopt/by_hand", "a description that is used elsewhere", "\n".join(described.reasons))


def test_a_description_that_differs_three_ways_is_an_edit() -> None:
    text = "name: a\ndescription: {}\npermissions: []\n"
    found = adopted(text.format("Now"), a_live(description="Live"), base=text.format("Then")).found
    assert (found.files, found.not_applied) == ((), ("a",))


def test_a_role_that_is_not_live_stays_in_the_files() -> None:
    found = adopted("name: a\npermissions: [b.view]\n", asked=Asked(("a",))).found
    assert (found.files, found.removals, found.not_applied) == ((), (), ("a",))
