"""How fast the page of a pool is: written, shown, and answering a click.

    python benchmarks/page.py [5000 20000 ...]

The page is opened in Chromium without a graphics card (extra `browser`). The first picture is there when the page has
been drawn and that frame has been read back; a click is answered when what it shows has been read back. Times are in
seconds, of the click the median and the longest of ten.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from asngraph.cli import main as asngraph
from asngraph.simulation import simulate

ARGUMENTS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]

# Two frames later what was drawn is on the screen; reading a pixel waits until it really is.
DRAWN = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
    for (const canvas of document.querySelectorAll("#canvas canvas")) {
        const gl = canvas.getContext("webgl2");
        if (gl) gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
    }
    done(document.querySelector("#chosen h2")?.textContent ?? "");
})))"""


# From the click itself to its answer on the screen, without the way from this process to the browser.
TIMED = f"""() => {{
    window.answered = new Promise((done) => addEventListener("click", () => {{
        const start = performance.now();
        ({DRAWN})().then((chosen) => done([chosen, (performance.now() - start) / 1000]));
    }}, {{ capture: true, once: true }}));
}}"""


def written(pool: Path, page: Path) -> float:
    start = time.perf_counter()
    try:
        asngraph(["view", str(pool), "-o", str(page)])
    except SystemExit as end:
        assert not end.code
    return time.perf_counter() - start


def clicks(page: Page) -> list[float]:
    """Click where exposures are: the places that the pointer finds on its way across the picture."""
    box = page.locator("#map").bounding_box()
    assert box
    times: list[float] = []
    before = ""
    for at in range(4000):
        x = box["x"] + box["width"] * (0.1 + 0.8 * (at * 0.618034 % 1))
        y = box["y"] + box["height"] * (0.1 + 0.8 * (at * 0.414214 % 1))
        page.mouse.move(x, y)
        if not page.evaluate("document.getElementById('map').classList.contains('pointing')"):
            continue
        page.evaluate(TIMED)
        page.mouse.click(x, y)
        now, seconds = page.evaluate("window.answered")
        if now and now != before:
            times.append(seconds)
            before = now
        if len(times) == 10:
            break
    return times


def main() -> None:
    sizes = [int(word) for word in sys.argv[1:]] or [5000, 20000]
    print(f"{'exps':>6} {'written':>8} {'MB':>6} {'picture':>8} {'click':>6} {'longest':>8}")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        for size in sizes:
            pool, file = Path(folder) / f"{size}.csv", Path(folder) / f"{size}.html"
            simulate(size, seed=1).write(pool)
            taken = written(pool, file)
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            start = time.perf_counter()
            page.goto(file.as_uri())
            page.wait_for_selector("html[data-ready=yes]")
            page.evaluate(DRAWN)
            picture = time.perf_counter() - start
            answered = clicks(page)
            browser.close()
            print(
                f"{size:>6} {taken:>8.2f} {file.stat().st_size / 1e6:>6.1f} {picture:>8.2f} "
                f"{statistics.median(answered):>6.2f} {max(answered):>8.2f}"
            )


if __name__ == "__main__":
    main()
