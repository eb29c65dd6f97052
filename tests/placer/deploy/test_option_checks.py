"""Options that are refused."""

from __future__ import annotations

import pytest

from placer.deploy.option_checks import check_port, check_text
from twin.files.errors import InputError


def test_ports() -> None:
    check_port("deploy.port", 8000)
    with pytest.raises(InputError, match=r"deploy\.port: 0 is no port"):
        check_port("deploy.port", 0)


def test_texts() -> None:
    check_text("deploy.image", "any thing")
    check_text("deploy.namespace", "my-space", "label")
    with pytest.raises(InputError, match="cannot be printed"):
        check_text("deploy.image", "a\nb")
    with pytest.raises(InputError, match=r"deploy\.namespace: 'My' is not accepted"):
        check_text("deploy.namespace", "My", "label")
