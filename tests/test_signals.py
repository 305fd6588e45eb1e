"""P9: the alarm as it is heard and seen: an analyser on the page's own sound, the rate of its flashes, its size."""

import math
import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from consumption_room.vocabulary.staff import DeviceKind
from tests.test_server import ask

pytestmark = pytest.mark.browser

AT_M, SCREEN_MM = 4, 531
ARC_MINUTES = {"place": 20, "kind": 10}
"""From four metres, on a screen of 24 inches: 20 are read with ease (ISO 9241); eyes that see well need 5."""
ANALYSE = """
    const connect = AudioNode.prototype.connect;
    AudioNode.prototype.connect = function (to, ...more) {
      if (to === this.context.destination) {
        window.analyser ??= new AnalyserNode(this.context, { fftSize: 8192, smoothingTimeConstant: 0 });
        connect.call(this, window.analyser);
      }
      return connect.call(this, to, ...more);
    };
"""
LOUDEST_TONE = """() => new Promise((tell) => {
  const until = performance.now() + 3000;
  let loudest = [-Infinity];
  const look = setInterval(() => {
    if (window.analyser) {
      const now = new Float32Array(window.analyser.frequencyBinCount);
      window.analyser.getFloatFrequencyData(now);
      if (Math.max(...now) > Math.max(...loudest)) loudest = [...now];
    }
    if (performance.now() < until) return;
    clearInterval(look);
    tell({ levels: loudest, hertz: window.analyser.context.sampleRate / window.analyser.fftSize });
  }, 20);
})"""
COLOURS = """() => new Promise((tell) => {
  const seen = [], began = performance.now();
  const look = () => {
    const colour = getComputedStyle(document.querySelector(".stage-main")).backgroundColor;
    if (colour !== seen.at(-1)) seen.push(colour);
    const took = performance.now() - began;
    if (took < 4000) return requestAnimationFrame(look);
    tell({ seen, seconds: took / 1000 });
  };
  look();
})"""
HEIGHT_OF_CAPITALS = """(text) => {
  const pen = document.createElement("canvas").getContext("2d");
  const style = getComputedStyle(text);
  pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  return pen.measureText("8").actualBoundingBoxAscent;
}"""


@pytest.fixture
def engine() -> str:
    """Browsers are the matter here: one database is enough."""
    return "sqlite"


@pytest.fixture
def wall(browser: Any, server: Any, cast: Any) -> Any:
    """A wall with an alarm of high priority."""
    context = browser.new_context(viewport={"width": 1920, "height": 1080})
    page: Page = context.new_page()
    page.add_init_script(ANALYSE)
    page.goto(f"{server.url}/wall?key={cast.keys[DeviceKind.WALL]}")
    expect(page.locator("[data-beat=self_test_age_s]")).to_have_text(re.compile(r"\d"), timeout=15_000)  # P20
    body = {"place": "cubicle-8", "kind": "overdose"}
    assert ask(f"{server.url}/api/v1/alerts", cast.keys[DeviceKind.WALL], body)[0] == 201
    expect(page.locator("#stage")).to_be_visible(timeout=15_000)
    yield page
    context.close()


def peaks(levels: list[float], hertz: float) -> list[float]:
    """The frequencies that stand out from their neighbours, within 15 dB of the loudest as the standard asks."""
    loudest = max(levels)
    near = round(60 / hertz)
    return [
        number * hertz
        for number in range(near, len(levels) - near)
        if levels[number] >= loudest - 15 and levels[number] == max(levels[number - near : number + near + 1])
    ]


def test_an_alarm_of_high_priority_is_heard_and_seen_as_one(wall):
    heard = wall.evaluate(LOUDEST_TONE)
    fundamental, *others = peaks(heard["levels"], heard["hertz"])
    assert 150 <= fundamental <= 1000
    harmonics = [one for one in others if one <= 4000]
    assert len(harmonics) >= 4
    for one in harmonics:
        assert abs(one / fundamental - round(one / fundamental)) < 0.05

    shown = wall.evaluate(COLOURS)
    bright, deep = sorted(set(shown["seen"]), reverse=True)
    for colour in (bright, deep):
        red, green, blue = map(int, re.findall(r"\d+", colour)[:3])
        assert red > 100 > 3 * max(green, blue)
    flashes = (len(shown["seen"]) - 1) / 2 / shown["seconds"]
    assert 1.4 <= flashes <= 2.8

    for name, minutes in ARC_MINUTES.items():
        wanted_mm = AT_M * 1000 * math.tan(math.radians(minutes / 60))
        text = wall.locator(f".stage-main [data-field={name}]")
        assert text.inner_text().strip()
        assert text.evaluate(HEIGHT_OF_CAPITALS) * SCREEN_MM / 1920 >= wanted_mm, name
    expect(wall.locator(".stage-main .stage-icon").first).to_be_visible()
