# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A page of the report in a real browser, which gets no network and nothing from an earlier run."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select

BROWSER, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


def start(profile: Path) -> Chrome:
    """A browser with an empty profile. Both paths are given, so that nothing is looked for or downloaded."""
    options = ChromeOptions()
    options.binary_location = str(BROWSER)
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return Chrome(options=options, service=Service(str(DRIVER)))


class Page:
    """A report that is shown."""

    def __init__(self, driver: Chrome, file: Path) -> None:
        self.driver = driver
        self.file = file

    def open(self, place: str = "") -> None:
        """Load it, at a place or a view; a change of the hash alone would load nothing."""
        self.driver.get("about:blank")
        self.driver.get_log("browser")
        self.driver.get_log("performance")
        self.driver.get(f"{self.file.as_uri()}{place}")

    def look(self, width: int = 1280, height: int = 900, scheme: str = "light", media: str = "") -> None:
        """Emulate a window and what its owner likes."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})

    def run(self, script: str, *values: Any) -> Any:
        """The value of a script."""
        return self.driver.execute_script(script, *values)

    def console(self) -> list[str]:
        """What the browser complains about since the last look."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """What the browser asked for since the last look."""
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        return [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]

    def choose(self, **filters: str) -> None:
        """Set these filters, as a user does."""
        for name, value in filters.items():
            control = self.driver.find_element(By.ID, f"filter-{name}")
            if control.tag_name == "select":
                Select(control).select_by_value(value)
            else:
                control.clear()
                control.send_keys(value)

    def clear(self) -> None:
        """Press the button that clears the filters."""
        self.driver.find_element(By.CSS_SELECTOR, "#filters button").click()

    def lines(self) -> dict[tuple[str, str], dict[str, str]]:
        """The lines of the matrix that can be seen: from and to, and the letters by port."""
        found = self.run(
            """
            const seen = (element) => element.offsetParent !== null;
            const text = (element) => element.querySelector("bdi").textContent;
            const ports = Array.from(document.querySelectorAll(".matrix thead th[data-port]"));
            return Array.from(document.querySelectorAll(".matrix tr.line")).filter(seen).map((line) => [
              text(line), text(line.parentNode.querySelector(".to")),
              Array.from(line.querySelectorAll("td")).map((cell, index) => [ports[index].dataset.port, cell])
                .filter(([port, cell]) => seen(cell) && cell.textContent)
                .map(([port, cell]) => [port, cell.textContent]),
            ]);
            """
        )
        return {(source, to): dict(cells) for source, to, cells in found}

    def groups(self) -> list[str]:
        """The groups that can be seen."""
        return list(self.run(
            """return Array.from(document.querySelectorAll(".group")).filter((one) => one.offsetParent !== null)
                 .map((one) => one.querySelector("h3").textContent)"""
        ))  # fmt: skip

    def result(self) -> str:
        """What is said of the filters."""
        return str(self.run("return document.getElementById('result').textContent"))

    def hash(self) -> str:
        """The view or the place in the address."""
        return str(self.run("return location.hash"))

    def open_all(self) -> None:
        """Open everything that is folded."""
        self.run("document.querySelectorAll('details').forEach((one) => { one.open = true; })")

    def picture(self, file: Path, top: int = 0, height: int = 0) -> None:
        """A picture of the page, whole or a part of it."""
        size = self.driver.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssLayoutViewport"]
        whole = self.run("return document.documentElement.scrollHeight")
        clip = {"x": 0, "y": top, "width": size["clientWidth"], "height": height or whole, "scale": 1}
        shot = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True, "clip": clip})
        file.write_bytes(base64.b64decode(shot["data"]))

    def paper(self, file: Path) -> None:
        """The page as it is printed."""
        file.write_bytes(base64.b64decode(self.driver.execute_cdp_cmd("Page.printToPDF", {})["data"]))
