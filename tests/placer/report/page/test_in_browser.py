"""The report in a real browser, which Debian has as chromium and chromium-driver."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from placer.objectives import FewestGpus
from placer.report.comparison.compare import compare
from placer.report.comparison.page import comparison_page
from placer.report.output_files import deployment_files
from placer.report.placement_figures import placement_figures
from placer.report.placement_page import placement_page
from placer.report.summary import summarize
from tests.placer.report.comparison.example_rows import row, sweep
from tests.placer.report.figures.one_gpu import measured_problem, measured_result
from twin.workload.workload import Workload

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
waiting = pytest.importorskip("selenium.webdriver.support.ui")

PROGRAMS = {name: shutil.which(name) for name in ("chromium", "chromedriver")}
pytestmark = pytest.mark.skipif(
    None in PROGRAMS.values(),
    reason="no browser: apt-get install chromium chromium-driver",
)

WIDTHS = {"desk": 1280, "phone": 390}
WICKED = ("</script><img src onerror>", "'\";alert(1)//", "unbreakable" * 20)
WIDE = "const e = document.documentElement; return [e.scrollWidth, e.clientWidth]"
CONTRAST = """
const channels = text => text.match(/[\\d.]+/g).slice(0, 3).map(v => v / 255)
  .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
const light = text => {
  const [r, g, b] = channels(text);
  return .2126 * r + .7152 * g + .0722 * b;
};
const behind = node => {
  for (; node; node = node.parentElement) {
    const colour = getComputedStyle(node).backgroundColor;
    if (!/, 0\\)$|transparent/.test(colour)) return colour;
  }
};
const low = [];
for (const node of document.querySelectorAll("body *")) {
  const own = [...node.childNodes].some(n => n.nodeType === 3 && n.data.trim());
  if (!own || !node.checkVisibility()) continue;
  const style = getComputedStyle(node);
  const texts = [node.closest("svg") ? style.fill : style.color, behind(node)].map(light);
  const ratio = (Math.max(...texts) + .05) / (Math.min(...texts) + .05);
  if (ratio < 4.5) low.push([node.textContent.trim().slice(0, 30), ratio]);
}
return low;
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with names that are long or wicked."""
    problem = measured_problem(24)
    adapters = list(problem.workload.adapters)
    adapters[: len(WICKED)] = [
        replace(adapter, name=name) for adapter, name in zip(adapters, WICKED, strict=False)
    ]
    problem = replace(problem, workload=Workload(tuple(adapters)))
    result = replace(measured_result(problem, 5), reason="word" * 60)
    summary = summarize(problem, result) | {"overrides": ["seed=0"], "migration": None}
    figures = placement_figures(problem, result, FewestGpus(), 60.0)
    scripts = deployment_files(problem, result)
    path = tmp_path_factory.mktemp("report") / "report.html"
    text = placement_page(problem, result, summary, figures, scripts, "seed: 0\n")
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium without a window."""
    options = webdriver.ChromeOptions()
    options.binary_location = PROGRAMS["chromium"] or ""
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(executable_path=PROGRAMS["chromedriver"])
    driver = webdriver.Chrome(options, service)
    yield driver
    driver.quit()


def look_at(browser: Any, page: Path, width: int, scheme: str = "light") -> None:
    """Open a page at a width, with a preference for colours."""
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    feature = {"name": "prefers-color-scheme", "value": scheme}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    browser.get(page.as_uri())


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_it_fits_can_be_read_and_has_no_errors(
    width: int, scheme: str, browser: Any, page: Path, tmp_path: Path
) -> None:
    look_at(browser, page, width, scheme)
    browser.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")
    wide, there = browser.execute_script(WIDE)
    assert wide <= there <= width
    assert browser.execute_script(CONTRAST) == []
    assert browser.get_log("browser") == []
    picture = tmp_path / "screenshot.png"
    assert browser.save_screenshot(str(picture))
    assert picture.stat().st_size > 10_000


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_a_comparison_fits_and_can_be_read(
    width: int, scheme: str, browser: Any, tmp_path: Path
) -> None:
    rows = sweep() + [row(name, seed, 5, p99_ttft_ms=seed) for name in WICKED for seed in (1, 2)]
    page = tmp_path / "comparison.html"
    text = comparison_page(compare(rows), WICKED[2], lambda run: f"{run['run']}.html")
    page.write_text(text, encoding="utf-8")
    look_at(browser, page, width, scheme)
    wide, there = browser.execute_script(WIDE)
    assert wide <= there <= width
    assert browser.execute_script(CONTRAST) == []
    assert browser.get_log("browser") == []


def test_adapters_can_be_searched(browser: Any, page: Path) -> None:
    look_at(browser, page, 1280)
    box = browser.find_element("id", "search")
    rows = browser.find_elements("css selector", "#adapter-table tbody tr")
    box.send_keys("unbreak")
    shown = [row for row in rows if row.is_displayed()]
    assert [WICKED[2] in row.text for row in shown] == [True]
    assert browser.find_element("id", "adapter-table-found").text == "1 of 24 shown"


def test_the_keyboard_reaches_what_the_pointer_does(browser: Any, page: Path) -> None:
    look_at(browser, page, 1280)
    for selector in (".gpus li", "svg .dot"):
        target = browser.find_element("css selector", selector)
        browser.execute_script("arguments[0].focus()", target)
        tip = browser.find_element("id", "tip")
        assert tip.is_displayed()
        assert tip.text.split() == target.get_attribute("data-tip").split()
    assert browser.find_element("css selector", "button.copy").is_displayed()


def test_without_scripts_the_tables_are_there(browser: Any, page: Path) -> None:
    """The page's own policy refuses a script that is not as it was written."""
    other = page.with_name("other.html")
    text = page.read_text(encoding="utf-8")
    other.write_text(text.replace("<script>", "<script> "), encoding="utf-8")
    look_at(browser, other, 1280)
    (refused,) = waiting.WebDriverWait(browser, 20).until(lambda driver: driver.get_log("browser"))
    assert "Content Security Policy" in refused["message"]
    assert browser.find_element("id", "adapter-table").is_displayed()
    assert not browser.find_element("id", "search").is_displayed()
    assert not browser.find_elements("css selector", "img")
