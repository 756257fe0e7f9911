"""Find where a value ends on its line, for a mark that covers it. Nothing is known of a value over several lines."""

from __future__ import annotations


def end_of_value(row: str, column: int) -> int | None:
    """Return the column behind the key or the scalar at `column` of a line, or None if it is not known.

    Columns count from 1. A line alone may be broken YAML, or the middle of a list in brackets.
    """
    import yaml  # noqa: PLC0415 - only for a format that marks values

    try:
        for token in yaml.scan(row, Loader=yaml.SafeLoader):
            if isinstance(token, yaml.ScalarToken | yaml.AliasToken) and token.start_mark.column == column - 1:
                text = row[column - 1 : token.end_mark.column]
                return None if ", " in text or text.endswith(("]", "}", ",")) else token.end_mark.column + 1
    except yaml.YAMLError:
        pass
    return None
