"""Random role files in every spelling of YAML that a role file may have, for laws about edits."""

from __future__ import annotations

from hypothesis import strategies as st

NAMES = ("alpha", "beta", "gamma")
CODES = ("audit.view", "billing.manage", "billing.view", "contacts.export", "contacts.view", "reports.view", "yes.no")
_SET = "set: common\npermissions: [contacts.view, contacts.export]\n"
_DESCRIPTIONS = ("", "Leads.", "It's: odd, #really", "no", " spaces ", "two\nlines", "naïve \u202e text")
_COMMENTS = ("", "", "# why", "# - audit.view", "#")
_DETAILS = ("", "", "", "until: 2099-12-31", 'reason: "a # b"', "until: 2099-12-31, reason: x")


@st.composite
def role_files(draw: st.DrawFn) -> dict[str, bytes]:
    """One to three roles, in one file or several, and a set that they may include."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    documents = [draw(_document(name)) for name in names]
    set_at = draw(st.integers(0, len(documents)))
    documents.insert(set_at, _SET)
    together = draw(st.booleans())
    texts = ["---\n".join(documents)] if together else documents
    return {f"roles.d/{at}.yaml": draw(_as_bytes(text)) for at, text in enumerate(texts)}


@st.composite
def _as_bytes(draw: st.DrawFn, text: str) -> bytes:
    newline = draw(st.sampled_from(["\n", "\n", "\r\n", "\r"]))
    if draw(st.booleans()):
        text = text.removesuffix("\n")
    return (b"\xef\xbb\xbf" if draw(st.booleans()) else b"") + text.replace("\n", newline).encode()


@st.composite
def _document(draw: st.DrawFn, name: str) -> str:
    codes = draw(st.lists(st.sampled_from(CODES), max_size=6, unique=True))
    included = draw(st.booleans())
    if draw(st.integers(0, 5)) == 0:
        return draw(_in_braces(name, codes, included=included))
    pairs = [draw(_key("name", name)), draw(_permissions(codes))]
    if included:
        pairs.append(draw(st.sampled_from(["include: [common]\n", "include:\n- common  # all\n"])))
        if draw(st.booleans()) or not codes:
            pairs[1] = draw(_permissions(codes)) if codes else ""
    description = draw(st.sampled_from(_DESCRIPTIONS))
    if draw(st.booleans()):
        pairs.append(draw(_description(description)))
    if draw(st.booleans()):
        pairs.append("owner: [team]\n")
    return "".join(draw(_comment("")) + pair for pair in draw(st.permutations(pairs)))


@st.composite
def _key(draw: st.DrawFn, key: str, value: str) -> str:
    spelled = draw(st.sampled_from([key, f'"{key}"', f"'{key}'"]))
    comment = draw(st.sampled_from(_COMMENTS))
    return f"{spelled}: {value}{'  ' + comment if comment else ''}\n"


@st.composite
def _comment(draw: st.DrawFn, indent: str) -> str:
    comment = draw(st.sampled_from(_COMMENTS))
    return f"{indent}{comment}\n" if comment else draw(st.sampled_from(["", "", "\n"]))


@st.composite
def _description(draw: st.DrawFn, text: str) -> str:
    quotes = (
        '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\u202e", "\\u202e") + '"'
    )
    spellings = [quotes]
    if "\n" not in text and "\u202e" not in text:
        spellings.append("'" + text.replace("'", "''") + "'")
    if text == "Leads.":
        spellings += ["Leads.", "&d Leads.", "|-\n  Leads.", ">-\n  Leads."]
    if text == "two\nlines":
        spellings += ["|-\n  two\n  lines", '"two\n\n  lines"']
    return draw(_key("description", draw(st.sampled_from(spellings))))


@st.composite
def _code(draw: st.DrawFn, code: str) -> str:
    return draw(st.sampled_from([code, code, f'"{code}"', f"'{code}'", f"&a{code.replace('.', '-')} {code}"]))


@st.composite
def _flow_item(draw: st.DrawFn, code: str) -> str:
    spelled = draw(_code(code))
    details = draw(st.sampled_from(_DETAILS))
    if not details:
        return spelled
    pair = f"{spelled}: {{{details}}}"
    return f"{{{pair}}}" if draw(st.booleans()) else pair


@st.composite
def _in_braces(draw: st.DrawFn, name: str, codes: list[str], *, included: bool) -> str:
    pairs = [f"name: {name}", f"permissions: {draw(_flow(codes))}"]
    if included:
        pairs.append("include: [common]")
        if not codes:
            del pairs[1]
    if draw(st.booleans()):
        pairs.append(draw(st.sampled_from(['description: "a, b"', "description: Leads."])))
    return "{" + ", ".join(draw(st.permutations(pairs))) + draw(st.sampled_from(["}\n", ",}\n", "\n}\n"]))


@st.composite
def _flow(draw: st.DrawFn, codes: list[str]) -> str:
    items = [draw(_flow_item(code)) for code in codes]
    style = draw(st.integers(0, 3))
    if style == 0 or not items:
        return "[" + ", ".join(items) + draw(st.sampled_from(["]", " ]", ",]" if items else "]"]))
    if style == 1:
        lines = [f"  {item},{draw(_behind())}" for item in items[:-1]]
        last = f"  {items[-1]}{draw(st.sampled_from(['', ',']))}{draw(_behind())}"
        return "\n".join(["[", *lines, last, "  ]"])
    if style == 2:
        return "[ " + f"{draw(_behind())}\n  , ".join(items) + f"{draw(_behind())}\n  ]"
    return "[" + draw(_behind()) + "\n  " + f",{draw(_behind())}\n  ".join(items) + " ]"


@st.composite
def _behind(draw: st.DrawFn) -> str:
    comment = draw(st.sampled_from(_COMMENTS))
    return f"  {comment}" if comment else ""


@st.composite
def _permissions(draw: st.DrawFn, codes: list[str]) -> str:
    if draw(st.booleans()) or not codes:
        return draw(_key("permissions", draw(_flow(codes))))
    anchor = draw(st.sampled_from(["", "", "", " &list"]))
    indent = draw(st.sampled_from(["", "  ", "    "]))
    lines = [f"permissions:{anchor}{draw(_behind())}\n"]
    for code in codes:
        lines += [draw(_comment(draw(st.sampled_from(["", indent, "        "])))), draw(_block_item(code, indent))]
    return "".join(lines) + draw(_comment(indent))


@st.composite
def _block_item(draw: st.DrawFn, code: str, indent: str) -> str:
    details = draw(st.sampled_from(_DETAILS))
    gap = draw(st.sampled_from(["- ", "- ", "-   ", f"-\n{indent}  "]))
    spelled = draw(_code(code))
    if not details:
        return f"{indent}{gap}{spelled}{draw(_behind())}\n"
    if draw(st.booleans()):
        return f"{indent}{gap}{spelled}: {{{details}}}{draw(_behind())}\n"
    below = indent + "        "
    inner = "".join(f"{draw(_comment(below))}{below}{pair}\n" for pair in details.split(", "))
    block = f"{below}reason: |\n{below}  a\n{below}  # b\n"
    if "reason" not in details and draw(st.booleans()):
        inner += block
    return f"{indent}{gap}{spelled}:{draw(_behind())}\n{inner}"
