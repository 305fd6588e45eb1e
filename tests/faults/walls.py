"""What somebody in front of a wall would see, on ours and on the naive one alike."""

import time
from collections.abc import Iterable

from playwright.sync_api import Error, Page

LOST = "[...document.querySelectorAll('#line-lost, #deaf')].some((notice) => !notice.hidden)"
_SHOWS = "[...document.querySelectorAll('[data-field=place]')].some((at) => /\\b{}$/.test(at.textContent.trim()))"


def shows(cubicles: Iterable[int]) -> str:
    """Alarms in all of these cubicles, and no word of lost contact."""
    return " && ".join([*(_SHOWS.format(number) for number in cubicles), f"!{LOST}"])


def seconds_until(wall: Page, sight: str, within_s: float) -> float | None:
    """How long it takes until this is to be seen; ``None`` when it does not come in time."""
    began = time.monotonic()
    try:
        wall.wait_for_function(f"() => {sight}", timeout=within_s * 1000)
    except Error:
        return None
    return time.monotonic() - began
