"""The sandbox's permission catalogue. It is invented, but has the product's areas.

The contract fixes the shape (`Permission`) and the order (by category, then code); it does not list the codes.
"""

from __future__ import annotations

import uuid
from typing import TypedDict

_NAMESPACE = uuid.UUID("6f0c2f0e-3d43-5a53-9c0d-5b1f5a5a7f10")
"""The namespace of ids made from codes (RFC 9562, UUIDv5): a code has the same id on every machine."""

_AREAS: dict[str, dict[str, tuple[str, str]]] = {
    "agents": {
        "invite": ("Invite agents", "Send an invitation to join the tenant."),
        "manage": ("Manage agents and roles", "Change agents, and create, change and delete roles."),
        "view": ("View agents and roles", "See who works here and which role each agent has."),
    },
    "audit": {
        "export": ("Export the audit log", "Download the audit log as a file."),
        "view": ("View the audit log", "See who did what, and when."),
    },
    "automation": {
        "manage": ("Manage automations", "Draft and change rules and bots."),
        "publish": ("Publish automations", "Let a rule or bot act on live conversations."),
        "view": ("View automations", "See rules and bots, and how they ran."),
    },
    "billing": {
        "manage": ("Manage billing", "Change the plan and the means of payment."),
        "refund": ("Refund payments", "Pay a customer back."),
        "view": ("View billing", "See invoices and usage."),
    },
    "campaigns": {
        "approve": ("Approve campaigns", "Release a campaign that another person drafted."),
        "manage": ("Manage campaigns", "Draft and change campaigns."),
        "send": ("Send campaigns", "Start an approved campaign."),
        "view": ("View campaigns", "See campaigns and their results."),
    },
    "channels": {
        "connect": ("Connect channels", "Add a phone number, mailbox or messenger account."),
        "manage": ("Manage channels", "Change or disconnect a channel."),
        "view": ("View channels", "See which channels are connected."),
    },
    "contacts": {
        "delete": ("Delete contacts", "Remove a contact and its history for good."),
        "edit": ("Edit contacts", "Change a contact's fields."),
        "export": ("Export contacts", "Download contacts with their personal data."),
        "import": ("Import contacts", "Add contacts from a file."),
        "merge": ("Merge contacts", "Make one contact of two."),
        "tag": ("Tag contacts", "Put tags on contacts."),
        "view": ("View contacts", "See contacts and their fields."),
    },
    "conversations": {
        "assign": ("Assign conversations", "Give a conversation to an agent or a division."),
        "close": ("Close conversations", "End a conversation."),
        "delete": ("Delete conversations", "Remove a conversation for good."),
        "export": ("Export conversations", "Download conversations as a file."),
        "note": ("Write internal notes", "Add a note that the contact does not see."),
        "reopen": ("Reopen conversations", "Take up a closed conversation again."),
        "transfer": ("Transfer conversations", "Hand an own conversation to another agent."),
        "view": ("View conversations", "Read conversations, other agents' included."),
    },
    "divisions": {
        "manage": ("Manage divisions", "Create, change and delete divisions."),
        "view": ("View divisions", "See divisions and who is in them."),
    },
    "integrations": {
        "install": ("Install integrations", "Connect another product to this tenant."),
        "manage": ("Manage integrations", "Change or remove a connected product."),
        "view": ("View integrations", "See which products are connected."),
    },
    "knowledge": {
        "delete": ("Delete articles", "Remove an article for good."),
        "edit": ("Edit articles", "Draft and change articles."),
        "publish": ("Publish articles", "Make an article visible to customers."),
        "view": ("View articles", "Read articles, drafts included."),
    },
    "messages": {
        "delete": ("Delete messages", "Take back a message that was sent."),
        "schedule": ("Schedule messages", "Have a message sent later."),
        "send": ("Send messages", "Answer in a conversation."),
        "view": ("View messages", "Read messages and their attachments."),
    },
    "reports": {
        "export": ("Export reports", "Download a report as a file."),
        "manage": ("Manage reports", "Create and change reports."),
        "share": ("Share reports", "Give people outside the tenant a link to a report."),
        "view": ("View reports", "See reports and dashboards."),
    },
    "settings": {
        "manage": ("Manage settings", "Change the tenant's settings."),
        "security": ("Manage security settings", "Change sign-in rules and session lengths."),
        "view": ("View settings", "See the tenant's settings."),
    },
    "templates": {
        "approve": ("Approve templates", "Release a message template for use."),
        "manage": ("Manage templates", "Draft and change message templates."),
        "use": ("Use templates", "Answer with a message template."),
        "view": ("View templates", "See message templates."),
    },
    "webhooks": {
        "manage": ("Manage webhooks", "Create, change and delete webhooks."),
        "replay": ("Replay deliveries", "Send a webhook's delivery again."),
        "view": ("View webhooks", "See webhooks and their deliveries."),
    },
}


class Permission(TypedDict):
    """One entry as the API answers it (contract, `Permission`)."""

    id: str
    code: str
    name: str
    description: str
    category: str


def _entry(category: str, action: str, name: str, description: str) -> Permission:
    code = f"{category}.{action}"
    return Permission(
        id=str(uuid.uuid5(_NAMESPACE, code)), code=code, name=name, description=description, category=category
    )


CATALOGUE: tuple[Permission, ...] = tuple(
    _entry(category, action, *words)
    for category, actions in sorted(_AREAS.items())
    for action, words in sorted(actions.items())
)
"""Every permission, ordered by category, then code."""

CODES = frozenset(entry["code"] for entry in CATALOGUE)
"""Every code."""
