"""What `reconciler help TOPIC` says of what is about no command alone."""

from __future__ import annotations

from typing import NamedTuple

from reconciler.cli.help import layout

EXIT_CODES = {
    0: "done; or nothing to do",
    1: "failed: the API, the network or the disk; nothing was written",
    2: "with `--detailed-exitcode`: there are changes (`plan`, `diff`), or a role is due (`review`); "
    "with `--check`: the lock is not up to date (`lock`), or there is something to adopt (`adopt`)",
    3: "role files, configuration, policies, reviews or lock are not valid; nothing was written",
    4: "refused by a limit, `protect`, a policy, or a missing confirmation; nothing was written",
    5: "the saved plan no longer fits the live state or the role files, or a grant of it has ended; "
    "nothing was written",
    6: "partly applied: at least one change was made, and at least one was not, is unknown, or is stored differently",
    64: "the command line is wrong",
    70: "internal error: please report it",
    130: "interrupted (Ctrl-C, SIGTERM or SIGHUP): no new writes start; writes in flight finish and are reported",
}
"""The exit codes of all commands, in words; docs/interface.md has its table from here."""

VARIABLES = {
    "RECONCILER_<OPTION>": "Any option except --today, such as RECONCILER_ROLES_DIR. The command line wins. A flag is "
    "on for 1, true, yes and on, off for 0, false, no, off and an empty variable.",
    "OMNISTREAM_URL": "Base URL of the API.",
    "OMNISTREAM_API_KEY": "API key; OMNISTREAM_API_KEY_<TENANT> for one of several tenants.",
    "OMNISTREAM_API_KEY_FILE": "File that has the API key.",
    "HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY": "The proxy, and what is reached without it.",
    "SSL_CERT_FILE, SSL_CERT_DIR": "CA certificates in place of the usual ones.",
    "NO_COLOR, FORCE_COLOR, TERM": "Colour, where --color is auto. NO_COLOR wins.",
    "COLUMNS": "Width of the terminal.",
    "GITHUB_TOKEN, GH_TOKEN, GITLAB_TOKEN": "The token of `reconciler comment`.",
    "GITHUB_ACTOR, GITLAB_USER_LOGIN, LOGNAME, USER": "Who applies, for the journal; the first that is set.",
}
"""The variables that a user sets; those that CI sets are in docs/interface.md."""

COMPLETION = {
    "bash": 'eval "$(_RECONCILER_COMPLETE=bash_source reconciler)"',
    "zsh": 'eval "$(_RECONCILER_COMPLETE=zsh_source reconciler)"',
    "fish": "_RECONCILER_COMPLETE=fish_source reconciler | source",
}
"""The line that switches completion on, in the file that a shell reads as it starts."""


class Topic(NamedTuple):
    """A topic: its line in the list of topics, what comes before its entries, the entries, and what comes after.

    With `whole`, no line is broken in the text of an entry.
    """

    about: str
    before: str
    entries: dict[str, str]
    after: str
    whole: bool = False

    def text(self, columns: int) -> str:
        """Return what `reconciler help TOPIC` prints."""
        start = layout.column(self.entries)
        texts = {name: about.replace(" ", layout.KEPT) if self.whole else about for name, about in self.entries.items()}
        entries = "".join(layout.entry(name, about, (), start, columns) for name, about in texts.items())
        paragraphs = ["\n".join(layout.wrapped(each, columns, "")) for each in (self.before, self.after)]
        return f"{paragraphs[0]}\n\n{entries}\n{paragraphs[1]}\n"


TOPICS = {
    "environment": Topic(
        "Variables of the environment.",
        "These variables of the environment count. The help of a command has the variable of each of its options.",
        VARIABLES,
        "No .env file is read.",
    ),
    "exit-codes": Topic(
        "What each exit code means.",
        "Every command ends with one of these exit codes.",
        {str(code): meaning for code, meaning in EXIT_CODES.items()},
        "When several hold: 130 where a signal left work undone, then 6 where something was written, then the order "
        "5, 4, 3, 1. A write that may or may not have happened counts as written.",
    ),
    "completion": Topic(
        "Completion in bash, zsh and fish.",
        "Add the line of your shell to the file that it reads: ~/.bashrc, ~/.zshrc (after compinit), or "
        "~/.config/fish/completions/reconciler.fish.",
        COMPLETION,
        "Tab then completes commands, options, role names, permission codes, tenants, branches and saved plans.",
        whole=True,
    ),
}
