"""Forges (code hosts): write the Markdown of a plan, and its label, to a GitHub pull request or GitLab merge request.

::

    target = find_target(os.environ, ForgeOptions())            # the comment thread and the token
    result = put_comment(target, bodies, key_of(plan.target, plan.source.path))
    labelled = put_label(target, plan.summary().verdict)
"""

from reconciler.forge.comments import Result, key_of, put_comment
from reconciler.forge.labels import PREFIX, Labelled, label_of, put_label
from reconciler.forge.target import ForgeOptions, ForgeTarget, find_target

__all__ = [
    "PREFIX",
    "ForgeOptions",
    "ForgeTarget",
    "Labelled",
    "Result",
    "find_target",
    "key_of",
    "label_of",
    "put_comment",
    "put_label",
]
