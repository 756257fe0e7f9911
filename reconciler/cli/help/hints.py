"""Hints for words that other tools have as commands: a user who knows those types them here."""

from __future__ import annotations

from reconciler.model.inert import quoted
from reconciler.model.suggestions import near

_START = "`reconciler export --dir roles.d` writes the live roles as role files, to start from"
_LOOK = "`reconciler plan` shows what differs between the role files and the live tenant"
_CHECK = "`reconciler validate` checks the role files, offline"
_APPLY = "`reconciler apply` applies the role files to the live tenant"
_UNDO = "`reconciler undo JOURNAL` plans how to undo what a journal recorded"
_WHY = "`reconciler why ROLE` lists what happened to a role; `reconciler report` is about all of them"
_DELETE = "remove the role file, then run `reconciler plan` and `reconciler apply`"
_COMPLETE = "`reconciler help completion` says how to switch it on"

HINTS = {
    "audit": "`reconciler report` says which role has which permission, since when and why",
    "blame": _WHY,
    "check": _CHECK,
    "completion": _COMPLETE,
    "completions": _COMPLETE,
    "config": "the configuration is the file reconciler.yaml; `reconciler validate` checks it",
    "delete": _DELETE,
    "deploy": _APPLY,
    "destroy": _DELETE,
    "drift": "`reconciler plan --detailed-exitcode` exits with 2 if anything differs; `reconciler watch` keeps looking",
    "dump": _START,
    "env": "`reconciler help environment` lists the variables",
    "history": _WHY,
    "import": f"{_START}; `reconciler adopt` takes drift into them",
    "init": _START,
    "lint": _CHECK,
    "list": "`reconciler export` prints the live roles, `reconciler permissions` the permissions",
    "log": _WHY,
    "login": "set OMNISTREAM_API_KEY, or pass --api-key-file",
    "ls": "`reconciler export` prints the live roles, `reconciler permissions` the permissions",
    "man": "`reconciler help COMMAND` shows the help of a command",
    "preview": _LOOK,
    "pull": "`reconciler adopt` takes what was changed in OmniStream into the role files",
    "push": _APPLY,
    "refresh": "`reconciler adopt` takes what was changed in OmniStream into the role files",
    "revert": _UNDO,
    "rollback": _UNDO,
    "serve": "`reconciler sandbox` serves the API on this machine",
    "status": _LOOK,
    "sync": f"{_APPLY}; `reconciler watch` keeps it so",
    "test": _CHECK,
    "up": _APPLY,
    "verify": _CHECK,
}


def hint_for(word: str, known: list[str]) -> str:
    """Return how the message about an unknown word goes on; empty where there is nothing to suggest."""
    if word in HINTS:
        return f" hint: {HINTS[word]}"
    found = near(word, known)
    return f" Did you mean {quoted(found[0])}?" if found else ""
