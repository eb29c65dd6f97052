"""Version of the code that makes datasets."""

from __future__ import annotations

import re
from importlib import resources

from estimators.dataset import code_version as module
from estimators.dataset.code_version import code_version


def test_a_version_has_the_number_of_the_package_and_a_digest() -> None:
    assert re.fullmatch(r"[\w.]+\+[0-9a-f]{12}", code_version())


def test_every_module_that_is_looked_at_exists() -> None:
    for package, names in module._SOURCES.items():  # noqa: SLF001  # names of files go stale
        known = {entry.name for entry in resources.files(package).iterdir()}
        assert set(names or ()) <= known, package
