"""Colours repeat what the text says, and can be read on every background."""

from __future__ import annotations

import pytest

from reconciler.plan.action import Action, Verdict
from reconciler.render.pen import GREEN, RED, YELLOW, Pen

_STEPS = (0, 95, 135, 175, 215, 255)
_BACKGROUNDS = {"black": 0, "dark grey": 30, "white": 255}


@pytest.mark.parametrize("background", _BACKGROUNDS.values(), ids=list(_BACKGROUNDS))
@pytest.mark.parametrize("color", [GREEN, RED, YELLOW])
def test_each_colour_has_a_contrast_of_three_on_dark_and_on_light(color: int, background: int) -> None:
    darker, lighter = sorted((luminance(*rgb(color)), luminance(background, background, background)))
    assert (lighter + 0.05) / (darker + 0.05) > 3


@pytest.mark.parametrize(
    ("verdict", "action"),
    [(Verdict.WIDENS, Action.CREATE), (Verdict.NARROWS, Action.DELETE), (Verdict.MIXED, Action.UPDATE)],
)
def test_a_verdict_has_the_colour_of_its_signs(verdict: Verdict, action: Action) -> None:
    pen = Pen(color=True)
    assert pen.verdict(verdict).partition("m")[0] == pen.sign(action).partition("m")[0]


def test_a_neutral_verdict_has_no_colour() -> None:
    assert Pen(color=True).verdict(Verdict.NEUTRAL) == "NEUTRAL"


def rgb(color: int) -> tuple[int, int, int]:
    """Return a colour of the cube of 6 x 6 x 6 that terminals with 256 colours have."""
    return _STEPS[(color - 16) // 36], _STEPS[(color - 16) // 6 % 6], _STEPS[(color - 16) % 6]


def luminance(*parts: int) -> float:
    """Return the relative luminance (WCAG 2.2)."""
    linear = [part / 255 / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
