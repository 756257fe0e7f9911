from __future__ import annotations

import pytest

from reconciler.transport.reasons import reason_in
from reconciler.transport.redaction import Redaction

NO_KEY = Redaction(())


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"statusCode": 409, "message": "lead is reserved", "error": "Conflict"}', "lead is reserved"),
        (b'{"statusCode": 409, "message": "reserved", "error": "Conflict"}', "reserved"),
        (b'{"statusCode": 422, "message": ["too long", "too short"], "error": "Bad Request"}', "too long; too short"),
        (b'{"status": 400, "error": "Bad Request", "message": "name is too long", "path": "/api"}', "name is too long"),
        (b'{"error": true, "message": "name is too long"}', "name is too long"),
        (b'{"error": 40012, "message": "name is too long"}', "name is too long"),
        (b'{"error": "role_in_use", "message": "2 agents have this role"}', "2 agents have this role"),
        (b'{"error": "invalid_token", "error_description": "expired on Monday"}', "expired on Monday"),
        (b'{"error": "invalid_token"}', "invalid_token"),
        (b'{"error": "Unauthorized"}', "Unauthorized"),
        (
            b'{"message": "The given data was invalid.", "errors": {"name": ["is taken"], "description": ["long"]}}',
            "The given data was invalid: name: is taken; description: long",
        ),
        (b'{"message": "is taken", "errors": {"name": ["is taken"]}}', "name: is taken"),
        (b'{"error": "the name is taken", "message": "is taken"}', "the name is taken"),
        (b'{"error": "is taken", "message": "the name is taken"}', "the name is taken"),
        (b'{"title": "Invalid", "status": 400, "detail": "name is too long"}', "name is too long"),
        (b'{"title": "Name too long.", "detail": "At most 50."}', "Name too long: At most 50."),
        (b'{"type": "about:blank", "title": "Not Found", "detail": "no such role"}', "no such role"),
        (b'{"name": ["has already been taken"], "status": 422}', "name: has already been taken"),
        (b'{"errors": {"name": "required"}}', "name: required"),
        (b'{"non_field_errors": ["names must be unique"]}', "names must be unique"),
        (
            b'{"title": "Errors occurred.", "status": 400, "errors": {"Name": ["Too long."]}, "traceId": "1"}',
            "Errors occurred: Name: Too long.",
        ),
        (b'{"errors": [{"field": "name", "message": "is taken"}]}', "name: is taken"),
        (b'{"errors": [{"path": ["roles", 0], "message": "is taken"}]}', "roles.0: is taken"),
        (b'{"error": {"code": 7, "message": "no such role", "status": "NOT_FOUND"}}', "no such role"),
        (b'{"success": false, "errors": [], "name": "x"}', '{"success": false, "errors": [], "name": "x"}'),
        (b"<?xml version='1.0'?><Error><Message>too many &lt;roles&gt;</Message></Error>", "too many <roles>"),
        (b"<Error><![CDATA[too many roles]]><!-- really --></Error>", "too many roles"),
        (b"<Error/>", "an XML document without text"),
        (b'<?xml version="1.0"?><!DOCTYPE html><title>Off</title>', 'an HTML page titled "Off", possibly from a proxy'),
        (b"<!-- a --> <!-- b --><html>", "an HTML page, possibly from a proxy"),
        (b'\xef\xbb\xbf{"error": "no such role"}', "no such role"),
        ('{"error": "no such role"}'.encode("utf-16"), "no such role"),
    ],
)  # fmt: skip
def test_the_reason_is_found_in_the_body_of_each_usual_framework(body: bytes, said: str) -> None:
    assert reason_in(body, NO_KEY) == said


@pytest.mark.parametrize("piece", [b"\\", b"<!--", b"<!---->", b"&amp;", b"<![CDATA[", b"[", b"<?xml >", b"{"])
def test_a_body_made_to_be_slow_to_read_is_read(piece: bytes) -> None:
    assert len(reason_in(piece * (65_000 // len(piece)), NO_KEY)) <= 300
