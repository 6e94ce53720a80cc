"""Whether a color can be read on white (WCAG 2.2, 1.4.3)."""

from __future__ import annotations

LEAST_CONTRAST = 4.5  # of text on white: WCAG 2.2, 1.4.3


def contrast_with_white(color: str) -> float:
    """Return the contrast of a color (WCAG 2.2, "contrast ratio" and "relative luminance")."""
    red, green, blue = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (red, green, blue)]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)
