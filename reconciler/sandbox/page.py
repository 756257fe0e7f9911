"""The page at `/docs`: one self-contained document, with nothing from the network and no script."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from reconciler.model.inert import visible
from reconciler.sandbox.catalogue import CATALOGUE

if TYPE_CHECKING:
    from reconciler.sandbox.store import Role

_STYLE = """
:root { color-scheme: light dark; --line: light-dark(#d5d9e0, #3a404b); --soft: light-dark(#f4f6f9, #1d2128);
  --ink: light-dark(#1b1f26, #e6e9ef); --quiet: light-dark(#59616e, #a2abba); --accent: light-dark(#0b5cad, #7ab8ff); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 84rem; padding: 2rem 1.25rem 4rem; color: var(--ink);
  background: light-dark(#fff, #14171c); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.7rem; margin: 0 0 .5rem; } h2 { font-size: 1.25rem; margin: 2.5rem 0 .75rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 .25rem; } p { margin: .25rem 0; }
code, pre { font: .875em/1.5 ui-monospace, monospace; } a { color: var(--accent); }
pre { background: var(--soft); border: 1px solid var(--line); border-radius: 6px; padding: .75rem 1rem;
  white-space: pre-wrap; overflow-wrap: anywhere; margin: .5rem 0; }
.verb { color: var(--accent); font-weight: 700; } .quiet { color: var(--quiet); }
.wide { overflow-x: auto; border: 1px solid var(--line); border-radius: 6px; }
table { border-collapse: collapse; width: 100%; min-width: 48rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .75rem; border-top: 1px solid var(--line); }
thead th { background: var(--soft); border-top: 0; } td.number { text-align: right; }
tbody th { min-width: 12rem; overflow-wrap: anywhere; } td.id { white-space: nowrap; }
"""

_BODIES = {
    "createRole": """{"name": "greeter", "permissions": ["conversations.view", "messages.send"]}""",
    "updateRole": """{"permissions": ["conversations.view"]}""",
}


def docs_page(url: str, schema: Mapping[str, Any], roles: Iterable[Role], holders: Mapping[str, int]) -> str:
    """The page as HTML. `schema` is the application's OpenAPI document, `holders` the agents by role id."""
    return f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>reconciler sandbox</title><style>{_STYLE}</style></head>
<body>
<h1>reconciler sandbox</h1>
<p>The roles and permissions API of OmniStream, on this machine: a tenant of its own to try things out on.
It keeps the rules that the API's contract states, and nothing that happens here leaves this machine.</p>
<p>The description for machines is at <a href="/openapi.json">/openapi.json</a>.</p>
<h2>Connect</h2>
<p>The key is on the terminal in which the sandbox was started.</p>
<pre>export OMNISTREAM_URL={_text(url)}
export OMNISTREAM_API_KEY=<span class="quiet">the-key-from-the-terminal</span>
reconciler plan</pre>
<h2>Operations</h2>
{"".join(_operations(url, schema))}
<h2 id="roles">Roles</h2>
{_table(("name", "kind", "agents", "description", "permissions", "id"), (_role(role, holders) for role in roles))}
<h2 id="permissions">Permissions</h2>
{_table(("category", "code", "name", "description"), (_permission(entry) for entry in CATALOGUE))}
</body>
</html>
"""


def _text(value: str) -> str:
    """`value` as text of the page: neither markup nor anything that steers how the page is read."""
    return escape(visible(value))


def _prose(value: str) -> str:
    """Text of this project's own, in which backticks mark code as in the contract."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", _text(value))


def _operations(url: str, schema: Mapping[str, Any]) -> Iterable[str]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield (
                f'<h3><span class="verb">{method.upper()}</span> <code>{_text(path)}</code></h3>\n'
                f"<p>{_prose(operation['description'])}</p>\n"
                f"{_inputs(operation, schema)}<pre>{escape(_curl(url, path, method, operation['operationId']))}</pre>\n"
            )


def _inputs(operation: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """What an operation takes: parameters of the path, then fields of the body."""
    found = [(one["name"], one["schema"], True) for one in operation.get("parameters", ())]
    if "requestBody" in operation:
        reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        body = schema["components"]["schemas"][reference.rpartition("/")[2]]
        required = body.get("required", ())
        found += [(name, field, name in required) for name, field in body["properties"].items()]
    items = (
        f"<code>{_text(name)}</code> ({_text(field.get('format', field['type']))}{', required' if needed else ''})"
        for name, field, needed in found
    )
    return f"<p>Takes {', '.join(items)}.</p>\n" if found else ""


def _curl(url: str, path: str, method: str, operation: str) -> str:
    """A command to paste; all that it is made of is this project's own text."""
    verb = "" if method == "get" else f" -X {method.upper()}"
    command = f'curl{verb} -H "X-API-Key: $OMNISTREAM_API_KEY" {url}{path.replace("{id}", "$ID")}'
    if operation in _BODIES:
        command += f" \\\n  -H 'Content-Type: application/json' -d '{_BODIES[operation]}'"
    return command


def _table(heads: Iterable[str], rows: Iterable[str]) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    table = f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{''.join(rows)}</tbody></table>"
    return f'<div class="wide" tabindex="0">{table}</div>'  # reached by keyboard, so that it can be scrolled


def _role(role: Role, holders: Mapping[str, int]) -> str:
    codes = " ".join(f"<code>{_text(code)}</code>" for code in role["permissions"])
    return (
        f'<tr><th scope="row">{_text(role["name"])}</th><td>{"system" if role["is_system"] else "custom"}</td>'
        f'<td class="number">{holders.get(role["id"], 0)}</td><td>{_text(role["description"])}</td><td>{codes}</td>'
        f'<td class="id"><code>{_text(role["id"])}</code></td></tr>\n'
    )


def _permission(entry: Mapping[str, Any]) -> str:
    return (
        f'<tr><td>{_text(entry["category"])}</td><th scope="row"><code>{_text(entry["code"])}</code></th>'
        f"<td>{_text(entry['name'])}</td><td>{_text(entry['description'])}</td></tr>\n"
    )
