"""Forges (code hosts): write the Markdown of a plan to a GitHub pull request or a GitLab merge request.

::

    target = find_target(os.environ, ForgeOptions())            # the comment thread and the token
    result = put_comment(target, bodies, key_of(plan.target, plan.source.path))
"""

from reconciler.forge.comments import Result, key_of, put_comment
from reconciler.forge.target import ForgeOptions, ForgeTarget, find_target

__all__ = ["ForgeOptions", "ForgeTarget", "Result", "find_target", "key_of", "put_comment"]
