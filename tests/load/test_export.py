"""Live roles to role files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.load import load_documents, load_roles
from reconciler.load.export import LeftOut, Texts, file_names, texts_of, write_files
from reconciler.model.errors import FileFailed, Refused
from reconciler.model.roles import SYSTEM_NAMES, LiveRole, Role, normalise_name
from reconciler.plan.compare import make_plan
from tests.builders import TARGET, TODAY, a_live_role, a_source, the_system_roles
from tests.sentences import Golden


def role(name: str, *codes: str, description: str = "") -> LiveRole:
    return a_live_role(name, codes, description)


CLERK, LEAD = role("clerk", "billing.view"), role("support lead", "a.b", description="Leads.\nAll day.")


def export_files(roles: list[LiveRole], directory: Path, *, force: bool = False) -> list[Path]:
    """Write each role to the file of its name; the files that were there before."""
    texts = texts_of(roles).roles
    names = file_names(one.name for one, _ in texts)
    return write_files({directory / names[one.name]: text for one, text in texts}, directory, force=force)


def test_what_was_exported_reads_back_as_the_same_roles(tmp_path: Path) -> None:
    export_files([LEAD, CLERK], tmp_path / "new" / "roles.d")
    loaded = load_roles(tmp_path / "new" / "roles.d", today=TODAY)
    assert [Path(entry.location.path).name for entry in loaded.roles] == ["clerk.yaml", "support-lead.yaml"]
    assert [entry.role for entry in loaded.roles] == [CLERK.role, LEAD.role]


def test_the_text_of_all_roles_reads_back_too() -> None:
    loaded = load_documents([("all.yaml", texts_of([LEAD, CLERK]).joined().encode())], today=TODAY)
    assert [entry.role for entry in loaded.roles] == [CLERK.role, LEAD.role]


def test_no_roles_are_no_files(tmp_path: Path) -> None:
    assert export_files([], tmp_path / "x") == []
    assert texts_of([]) == Texts((), ())
    assert texts_of([]).joined() == ""


def test_files_are_made_with_the_rights_of_other_files(tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    export_files([CLERK], tmp_path)
    assert (tmp_path / "clerk.yaml").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_file_that_is_there_stops_it_before_anything_is_written(tmp_path: Path, golden: Golden) -> None:
    (tmp_path / "support-lead.yaml").write_text("mine")
    with pytest.raises(Refused) as caught:
        export_files([CLERK, LEAD], tmp_path)
    assert f"{tmp_path}/support-lead.yaml" in str(caught.value)
    golden.says("load/export", "a file that is there", str(caught.value), directory=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["support-lead.yaml"]
    assert (tmp_path / "support-lead.yaml").read_text() == "mine"


def test_of_many_files_that_are_there_ten_are_named(tmp_path: Path, golden: Golden) -> None:
    roles = [role(f"r{n:02}") for n in range(12)]
    export_files(roles, tmp_path)
    with pytest.raises(Refused) as caught:
        export_files(roles, tmp_path)
    golden.says("load/export", "many files that are there", str(caught.value), directory=tmp_path)


def test_a_link_that_leads_nowhere_is_a_file_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "clerk.yaml").symlink_to("gone")
    with pytest.raises(Refused):
        export_files([CLERK], tmp_path)


def test_with_force_it_writes_over_them_says_so_and_follows_no_link(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("mine")
    inside = tmp_path / "roles.d"
    inside.mkdir()
    (inside / "clerk.yaml").symlink_to(outside)
    assert export_files([CLERK, LEAD], inside, force=True) == [inside / "clerk.yaml"]
    assert outside.read_text() == "mine"
    assert load_roles(inside, today=TODAY).roles[0].role == CLERK.role


def test_nothing_but_the_files_is_left_behind(tmp_path: Path) -> None:
    export_files([CLERK], tmp_path)
    export_files([CLERK], tmp_path, force=True)
    assert os.listdir(tmp_path) == ["clerk.yaml"]  # noqa: PTH208 - hidden files too


def test_a_directory_in_the_place_of_a_file_is_a_failure(tmp_path: Path, golden: Golden) -> None:
    (tmp_path / "clerk.yaml").mkdir()
    with pytest.raises(FileFailed) as caught:
        export_files([CLERK], tmp_path, force=True)
    says = str(caught.value)
    golden.says("load/export", "a directory in the place of a file", says, directory=tmp_path, pid=os.getpid())
    assert os.listdir(tmp_path) == ["clerk.yaml"]  # noqa: PTH208 - hidden files too


def test_where_writing_fails_no_empty_file_is_left_behind(tmp_path: Path) -> None:
    draft = tmp_path / f".clerk.yaml.{os.getpid()}.tmp"
    draft.mkdir()
    with pytest.raises(FileFailed, match=r"\.clerk\.yaml.*: Is a directory"):
        export_files([CLERK], tmp_path)
    assert list(tmp_path.iterdir()) == [draft]


def test_a_file_in_the_place_of_the_directory_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "roles.d").touch()
    with pytest.raises(FileFailed, match=r"/roles\.d"):
        export_files([CLERK], tmp_path / "roles.d" / "x")


@pytest.mark.parametrize(
    ("bad", "case"),
    [
        (role("a\nb"), "a line break in the name"),
        (role("a\x1bb"), "a control character in the name"),
        (role("x\ud800"), "a surrogate in the name"),
        (role("x", description="\udfff"), "a surrogate in the description"),
        (role(""), "an empty name"),
        (role("admin"), "the name of a system role"),
        (role("x", "view"), "a malformed code"),
        (role(" x"), "a name with a space at its start"),
    ],
)
def test_a_role_that_cannot_stand_in_a_file_is_left_out_and_the_others_are_not(
    bad: LiveRole, case: str, golden: Golden
) -> None:
    texts = texts_of([bad, CLERK])
    assert [one for one, _ in texts.roles] == [CLERK.role]
    (left_out,) = texts.left_out
    assert left_out.role == bad
    golden.says("load/export", f"left out for {case}", left_out.reason)


def test_it_is_said_how_to_leave_such_a_role_alone(golden: Golden) -> None:
    left_out = LeftOut(a_live_role("vendor[eu]", id_="id-1"), "because")
    assert '`ignore: ["vendor[[]eu]"]`' in str(left_out)
    golden.says("load/export", "left out", str(left_out))


def test_live_roles_of_one_name_are_all_left_out(golden: Golden) -> None:
    twins = [a_live_role("lead", id_="2"), a_live_role("lead", id_="1")]
    texts = texts_of([*twins, CLERK])
    assert [one for one, _ in texts.roles] == [CLERK.role]
    first, second = texts.left_out
    assert (first.role.id, second.role.id) == ("1", "2")
    assert first.reason == second.reason
    golden.says("load/export", "left out for a name that another live role has", first.reason)


def test_no_exported_file_has_the_name_of_the_lock_which_roles_d_must_not_have(tmp_path: Path) -> None:
    export_files([role("permissions.lock"), role("permissions.lock.")], tmp_path)
    assert {entry.role.name for entry in load_roles(tmp_path, today=TODAY).roles} == {
        "permissions.lock",
        "permissions.lock.",
    }


@pytest.mark.parametrize("name", ["con", "aux", "nul", "prn", "com1", "lpt9", "con.old", "con...", "COM¹"])
def test_no_file_has_a_name_that_windows_keeps_for_a_device(name: str) -> None:
    found = file_names([normalise_name(name)])[normalise_name(name)]
    assert found.startswith("role-")


def test_a_role_whose_name_is_near_to_that_file_name_has_its_own() -> None:
    found = file_names(["con", "role-con", "console", "com10"])
    assert found["role-con"] == "role-con.yaml"
    assert found["con"].startswith("role-con-")
    assert (found["console"], found["com10"]) == ("console.yaml", "com10.yaml")


def test_safe_names_are_kept_and_others_are_brought_near() -> None:
    names = ["billing-clerk", "support lead", "über.rolle", "../../etc/passwd", ".hidden", "支持", "a/b", "con trol*?"]
    assert file_names(names) == {
        "billing-clerk": "billing-clerk.yaml",
        "support lead": "support-lead.yaml",
        "über.rolle": "uber.rolle.yaml",
        "../../etc/passwd": "etc-passwd.yaml",
        ".hidden": "hidden.yaml",
        "支持": "role.yaml",
        "a/b": "a-b.yaml",
        "con trol*?": "con-trol.yaml",
    }


def test_a_safe_name_never_gives_way_to_one_that_is_not() -> None:
    found = file_names(["a b", "a-b", "a/b"])
    assert found["a-b"] == "a-b.yaml"
    assert len(set(found.values())) == 3
    assert found["a b"].startswith("a-b-")


@given(st.sets(st.text(st.characters(exclude_categories=["Cs"])).map(normalise_name)))
def test_file_names_are_safe_and_differ_and_do_not_depend_on_the_order(names: set[str]) -> None:
    found = file_names(names)
    assert len(set(found.values())) == len(names)
    for name in found.values():
        assert Path(name).name == name
        assert not name.startswith(".")
        assert name.isascii()
        assert len(name) < 120
    assert file_names(sorted(names, reverse=True)) == found


@given(
    st.lists(
        st.builds(
            Role,
            st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1).map(normalise_name),
            st.text(st.characters(exclude_categories=["Cs"])),
            st.frozensets(st.sampled_from(["a.view", "a.edit", "b.view"])),
        ),
        unique_by=lambda role: role.name,
        max_size=5,
    ).map(lambda roles: [role for role in roles if role.name and role.name not in SYSTEM_NAMES])
)
def test_a_plan_after_an_export_is_empty(roles: list[Role]) -> None:
    live = [a_live_role(role.name)._replace(role=role) for role in roles]
    exported = load_documents([("roles.d/all.yaml", texts_of(live).joined().encode())] if roles else [], today=TODAY)
    plan = make_plan(exported.roles, [*live, *the_system_roles()], target=TARGET, source=a_source())
    assert plan.changes == ()
