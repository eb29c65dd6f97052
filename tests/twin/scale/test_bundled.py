"""The bundled scaled profiles are what the code makes of the bundled measured ones."""

from __future__ import annotations

from importlib import resources

import pytest
import yaml

from twin.files.errors import EstimatedProfileWarning
from twin.gpu.read_profile import bundled_profile_names, measured_profiles, read_profile
from twin.scale.bundled import scaled_profile_files


def test_files_are_up_to_date() -> None:
    files = scaled_profile_files()
    assert len(files) == 6
    for name, text in files.items():
        file = resources.files("conf") / "profile" / name
        assert file.is_file(), f"{name}: run python -m twin.scale --bundled conf/profile"
        assert file.read_text(encoding="utf-8") == text, (
            f"{name} is stale: run python -m twin.scale --bundled conf/profile"
        )


def test_no_scaled_profile_is_left_over() -> None:
    expected = {name.removesuffix(".yaml") for name in scaled_profile_files()}
    measured = {profile.name for profile in measured_profiles()}
    assert set(bundled_profile_names()) == expected | measured


@pytest.mark.parametrize("name", bundled_profile_names())
def test_price_and_power_have_a_source(name: str) -> None:
    text = (resources.files("conf") / "profile" / f"{name}.yaml").read_text(encoding="utf-8")
    profile = yaml.safe_load(text)
    assert profile["price_per_hour"] > 0
    assert 0 < profile["idle_watts"] < profile["busy_watts"]
    assert profile["provenance"]["price_source"]
    assert f"{profile['busy_watts']:g} W" in profile["provenance"]["power_source"]


def test_their_use_warns() -> None:
    with pytest.warns(EstimatedProfileWarning, match="was scaled from h100_64gb_qwen25_7b"):
        profile = read_profile("a100_80gb_qwen25_7b")
    assert profile.uncertainty > 0.05


def test_the_first_line_says_that_it_is_an_estimate() -> None:
    for text in scaled_profile_files().values():
        title = text.splitlines()[0]
        assert title.startswith("# ")
        version = "0.22.1" if "llama" in title else "0.8.5"
        assert title.endswith(f", vllm {version}: an estimate, not measured")
