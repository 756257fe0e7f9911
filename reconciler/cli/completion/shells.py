"""The completion scripts of bash, zsh and fish, in place of click's.

click's scripts leave a path to the shell, which then offers every file; these take paths too, with no space behind a
directory. They also keep a comma and a space in a role's name, and the option in `--format=js`, whose value alone is
completed. A name is data: what bash would run or replace in it, such as `$(...)`, is quoted; zsh and fish do that.
"""

from __future__ import annotations

from typing import ClassVar

from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ZshComplete,
    add_completion_class,
)

_BASH = """\
%(complete_func)s() {
    local IFS=$'\\n'
    local response completion type value

    response=$(env COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD %(complete_var)s=bash_complete $1 2>/dev/null)

    for completion in $response; do
        type=${completion%%%%,*}
        value=${completion#*,}
        case $type in
            dir) COMPREPLY=(); compopt -o dirnames ;;
            file) COMPREPLY=(); compopt -o default ;;
            path) COMPREPLY+=("${value%%/}"); compopt -o filenames ;;
            *)
                if [[ $value == *[^[:alnum:][:space:]_.,:/%%+@=\\'\\"-]* ]]; then
                    printf -v value %%q "$value"
                elif [[ $value == *[[:space:]\\'\\"]* ]]; then
                    compopt -o filenames
                fi
                COMPREPLY+=("$value") ;;
        esac
    done

    return 0
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""

_ZSH = """\
#compdef %(prog_name)s

%(complete_func)s() {
    local -a completions completions_with_descriptions directories option response
    local type key descr
    (( ! $+commands[%(prog_name)s] )) && return 1
    [[ $PREFIX == --*=* ]] && option=(-i "${PREFIX%%%%=*}=") && compset -P 1 '*='

    response=("${(@f)$(env COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT-1)) \
%(complete_var)s=zsh_complete %(prog_name)s 2>/dev/null)}")

    for type key descr in ${response}; do
        if [[ "$type" == "dir" ]]; then
            _path_files -/
        elif [[ "$type" == "file" ]]; then
            _path_files -f
        elif [[ "$key" == */ ]]; then
            directories+=("$key")
        elif [[ "$descr" == "_" ]]; then
            completions+=("$key")
        else
            completions_with_descriptions+=("$key":"$descr")
        fi
    done

    if [ -n "$completions_with_descriptions" ]; then
        _describe -V unsorted completions_with_descriptions -U $option
    fi
    if [ -n "$completions" ]; then
        compadd -U $option -V unsorted -a completions
    fi
    if [ -n "$directories" ]; then
        compadd -U $option -S '' -V unsorted -a directories
    fi
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    %(complete_func)s "$@"
else
    compdef %(complete_func)s %(prog_name)s
fi
"""

_FISH = """\
function %(complete_func)s;
    set -l response (env %(complete_var)s=fish_complete COMP_WORDS=(commandline -cp) \
COMP_CWORD=(commandline -t) %(prog_name)s 2>/dev/null);
    set -l option (string match --regex -- '^--[^=]+=' (commandline -ct));

    for completion in $response;
        set -l metadata (string split --max 1 "," $completion);
        set -l values $metadata[2];

        if test $metadata[1] = "dir";
            set values (__fish_complete_directories $metadata[2]);
        else if test $metadata[1] = "file";
            set values (__fish_complete_path $metadata[2]);
        end;
        for value in $values;
            echo "$option$value";
        end;
    end;
end;

complete --no-files --command %(prog_name)s --arguments "(%(complete_func)s)";
"""


class Bash(BashComplete):
    """The script of bash from 4.4 on, and what it reads."""

    source_template: ClassVar[str] = _BASH

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before the cursor, and the one at the cursor. bash takes `--format=js` for three words."""
        words, last = super().get_completion_args()
        joined: list[str] = []
        for word in (*words, last):
            before = joined[-1] if joined and joined[-1].startswith("--") else ""
            if before and (word == "=" or (word and before.endswith("="))):
                joined[-1] += word
            else:
                joined.append(word)
        return joined[:-1], joined[-1]

    def format_completion(self, item: CompletionItem) -> str:
        """Return an item as the script reads it."""
        return f"{item.type},{item.value}"


class Zsh(ZshComplete):
    """The script of zsh; what it reads is click's: a type, a value with its colons escaped, and a description."""

    source_template: ClassVar[str] = _ZSH


class Fish(FishComplete):
    """The script of fish, and what it reads."""

    source_template: ClassVar[str] = _FISH

    def format_completion(self, item: CompletionItem) -> str:
        """Return an item as the script reads it, with its description behind a tab."""
        about = f"\t{item.help}" if item.help else ""
        return f"{item.type},{item.value}{about}"


def use() -> None:
    """Answer these shells with these scripts for the rest of the process."""
    for shell in (Bash, Zsh, Fish):
        add_completion_class(shell)
