"""Where files of a target may be."""

from __future__ import annotations

import pytest

from placer.deploy import Nothing
from placer.deploy.target import check_paths
from twin.files.errors import InputError


def test_files_of_targets_have_their_places() -> None:
    check_paths(dict.fromkeys(["engines/a.sh", "deploy/b/c.yaml", "migrate.sh"], ""), Nothing())


@pytest.mark.parametrize(
    "path",
    ["placement.json", "/etc/passwd", "deploy/../placement.json", "deploy//a", "deploy/a\nb", ""],
)
def test_other_places_are_refused(path: str) -> None:
    with pytest.raises(InputError, match="deploy, Nothing: it writes"):
        check_paths({path: ""}, Nothing())
