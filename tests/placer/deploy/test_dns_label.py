"""Names of objects in Kubernetes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placer.deploy.dns_label import dns_label

LABEL = re.compile(r"[a-z]([a-z0-9-]*[a-z0-9])?")


@given(names=st.lists(st.text(min_size=1), min_size=1, max_size=8, unique=True))
def test_every_name_has_a_label_of_its_own(names: list[str]) -> None:
    labels = [dns_label(name) for name in names]
    assert all(LABEL.fullmatch(label) and len(label) <= 40 for label in labels)
    assert len(set(labels)) == len(names)


@pytest.mark.parametrize("name", ["a", "gpu-00", "legal-v2"])
def test_labels_stay_as_they_are(name: str) -> None:
    assert dns_label(name) == name


@pytest.mark.parametrize("name", ["It's Legal", "legal" * 20, "-a", "9", "a_b", "\U0001f600"])
def test_an_altered_label_cannot_be_that_of_another_name(name: str) -> None:
    label = dns_label(name)
    assert label != name
    assert dns_label(label) != label


def test_several_names_are_one_label() -> None:
    assert dns_label("a", "b") != dns_label("b", "a")
    assert dns_label("a", "b").startswith("a-")
