"""The documentation site is built without a warning, and no link in it is broken."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from pydoc import locate
from urllib.parse import unquote, urlsplit

from sphinx.util.inventory import InventoryFile

from tests.docs.documents import ROOT

PACKAGES = [
    "placer",
    "placer.deploy",
    "placer.testing",
    "estimators",
    "estimators.testing",
    "twin",
]


class Page(HTMLParser):
    """Links and anchors of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors = {""}
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            if name in {"href", "src"} and value:
                self.links.append(value)
            elif name == "id" and value:
                self.anchors.add(value)


def test_site(tmp_path: Path) -> None:
    """One test, as building takes several seconds."""
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-n", "-q", "-b", "html"]
    folders = ["-d", tmp_path / "doctrees", ROOT / "docs", tmp_path / "site"]
    done = subprocess.run([*command, *folders], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-4000:]
    assert [*broken_links(tmp_path / "site")] == []
    assert [*undocumented(tmp_path / "site")] == []


def broken_links(site: Path) -> Iterator[str]:
    """Links that lead nowhere, and pictures and scripts that would come from a network."""
    pages = {path: Page(path) for path in sorted(site.rglob("*.html"))}
    assert pages
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if parts.scheme or parts.netloc:
                fine = parts.scheme == "https"
            elif target in pages:
                fine = unquote(parts.fragment) in pages[target].anchors
            else:
                fine = target.is_file()
            if not fine:
                yield f"{path.relative_to(site)}: {link}"


def undocumented(site: Path) -> Iterator[str]:
    """Public names that are on no page, not even under the name of another package."""
    inventory = InventoryFile.loads((site / "objects.inv").read_bytes(), uri="")
    known = {name for kind in inventory.data for name in inventory.data[kind]}
    for package in PACKAGES:
        module = importlib.import_module(package)
        for name in module.__all__:
            member = getattr(module, name)
            if not any(locate(k) is member for k in known if k.endswith(f".{name}")):
                yield f"{package}.{name}"
