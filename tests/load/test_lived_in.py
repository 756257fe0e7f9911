"""An export into a directory in which people work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.load.export import texts_of
from reconciler.load.lived_in import Present, Sorted, sort_out
from reconciler.model.errors import Refused
from tests.builders import TODAY, a_live_role
from tests.sentences import Golden

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.model.roles import LiveRole

LEAD = a_live_role("lead", ["contacts.view"], "")


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """An empty directory of role files."""
    return tmp_path


def put(top: Path, file: str, *names: str, renamed_from: str = "", codes: str = "contacts.view") -> None:
    extra = f"renamed_from: {renamed_from}\n" if renamed_from else ""
    (top / file).write_text("---\n".join(f"name: {name}\npermissions: [{codes}]\n{extra}" for name in names))


def sorted_out(top: Path, *live: LiveRole, force: bool = False) -> Sorted:
    return sort_out(
        texts_of(live).roles, top, Present.read(top, today=TODAY), {role.role.name for role in live}, force=force
    )


def test_a_role_that_no_file_asks_for_gets_the_file_of_its_name(top: Path) -> None:
    assert list(sorted_out(top, LEAD).files) == [top / "lead.yaml"]


def test_a_directory_that_is_not_there_asks_for_nothing(top: Path) -> None:
    assert Present.read(top / "new", today=TODAY) == Present({}, {})


def test_a_role_that_another_file_asks_for_just_so_is_not_written_again(top: Path, golden: Golden) -> None:
    put(top, "team.yaml", "lead", "other")
    found = sorted_out(top, LEAD)
    assert (found.files, found.kept) == ({}, ())
    golden.says("load/lived_in", "asked for just so in another file", "\n".join(found.notes), top=top)


def test_one_that_another_file_asks_for_in_another_way_stops_it(top: Path, golden: Golden) -> None:
    put(top, "team.yaml", "lead", codes="")
    with pytest.raises(Refused, match=r"lead \(.*team.yaml:1\)") as caught:
        sorted_out(top, LEAD)
    golden.says("load/lived_in", "asked for in another way in another file", str(caught.value), top=top)


def test_of_many_such_roles_ten_are_named(top: Path, golden: Golden) -> None:
    names = [f"r{number:02}" for number in range(12)]
    put(top, "team.yaml", *names, codes="")
    with pytest.raises(Refused, match=r"r09 \(.*:28\)") as caught:
        sorted_out(top, *(a_live_role(name) for name in names))
    golden.says("load/lived_in", "many asked for in another way", str(caught.value), top=top)


def test_with_force_that_file_is_written_over(top: Path) -> None:
    put(top, "team.yaml", "lead", codes="")
    assert list(sorted_out(top, LEAD, force=True).files) == [top / "team.yaml"]


def test_never_one_that_holds_other_roles_too(top: Path, golden: Golden) -> None:
    put(top, "team.yaml", "lead", "other", codes="")
    found = sorted_out(top, LEAD, force=True)
    assert (found.files, found.kept) == ({}, ("lead",))
    golden.says("load/lived_in", "in a file with other roles", "\n".join(found.notes), top=top)


def test_nor_one_of_the_roles_own_name_that_holds_other_roles(top: Path) -> None:
    put(top, "lead.yaml", "other")
    found = sorted_out(top, LEAD, force=True)
    assert (found.files, found.kept) == ({}, ("lead",))
    put(top, "lead.yaml", "lead", "other")
    assert sorted_out(top, LEAD, force=True).kept == ("lead",)


def test_a_file_of_the_roles_own_name_is_its_file(top: Path) -> None:
    put(top, "lead.yaml", "lead", codes="")
    assert list(sorted_out(top, LEAD, force=True).files) == [top / "lead.yaml"]
    assert list(sorted_out(top, LEAD).files) == [top / "lead.yaml"]


def test_a_role_that_a_file_is_about_to_rename_gets_no_file(top: Path, golden: Golden) -> None:
    put(top, "team.yaml", "head", renamed_from="lead")
    found = sorted_out(top, LEAD)
    assert (found.files, found.kept) == ({}, ())
    golden.says("load/lived_in", "about to be renamed", "\n".join(found.notes), top=top)


def test_a_rename_that_is_done_is_none(top: Path) -> None:
    put(top, "team.yaml", "head", renamed_from="lead")
    found = sorted_out(top, LEAD, a_live_role("head", ["contacts.view"], ""))
    assert list(found.files) == [top / "lead.yaml"]


def test_a_file_that_is_not_valid_is_written_over_with_force(top: Path) -> None:
    (top / "lead.yaml").write_text("mine")
    assert list(sorted_out(top, LEAD, force=True).files) == [top / "lead.yaml"]


def test_a_file_whose_name_cannot_be_shown_is_not_guessed(top: Path) -> None:
    put(top, "te\x07am.yaml", "lead", codes="")
    assert sorted_out(top, LEAD, force=True).kept == ("lead",)


def test_files_that_ask_for_roles_which_are_not_live_are_named(top: Path, golden: Golden) -> None:
    put(top, "team.yaml", *(f"r{number:02}" for number in range(12)))
    present = Present.read(top, today=TODAY)
    said = present.not_live({"r00"})
    assert said is not None
    assert f" r01 ({top}/team.yaml:4), r02" in said
    golden.says("load/lived_in", "asked for and not live", said, top=top)
    assert present.not_live(present.roles) is None


def test_a_file_that_also_defines_a_set_is_not_overwritten(top: Path) -> None:
    (top / "clerk.yaml").write_text("name: clerk\npermissions: [a.b]\n---\nset: shared\npermissions: [a.b]\n")
    found = sorted_out(top, a_live_role("clerk", ["c.d"]), force=True)
    assert (found.files, found.kept) == ({}, ("clerk",))
