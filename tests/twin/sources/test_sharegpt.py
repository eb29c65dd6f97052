"""ShareGPT's lengths against the published tables."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from twin.sources.sharegpt import ShareGptModel, sharegpt_lengths, sharegpt_model

MODELS: dict[ShareGptModel, tuple[float, float, float]] = {
    "llama-3.1-8b": (222.9939, 196.4098, 0.9915),
    "qwen-2.5-7b": (222.8936, 199.9817, 0.9578),
    "llama-2-7b": (250.9416, 231.4567, 1.0),
}
IN_FILE = {
    "llama-3.1-8b": "llama-3.1-8b-instruct",
    "qwen-2.5-7b": "qwen-2.5-7b-instruct",
    "llama-2-7b": "llama-2-7b",
}


@pytest.mark.parametrize("model", MODELS)
def test_means_are_the_published_ones(model: ShareGptModel) -> None:
    lengths = sharegpt_lengths(model)
    prompt, output, scale = MODELS[model]
    assert lengths.prompt_mean == pytest.approx(prompt, rel=1e-9)
    assert lengths.output_mean == pytest.approx(output * scale, rel=1e-9)
    assert lengths.output_scale == scale


@pytest.mark.parametrize("model", MODELS)
def test_samples_have_the_means_and_the_correlation(model: ShareGptModel) -> None:
    lengths = sharegpt_lengths(model)
    prompt, output = lengths.sample(1_000_000, np.random.default_rng(0))
    assert prompt.mean() == pytest.approx(lengths.prompt_mean, rel=0.005)
    assert output.mean() == pytest.approx(lengths.output_mean, rel=0.005)
    assert np.corrcoef(prompt, output)[0, 1] == pytest.approx(-0.28, abs=0.005)
    assert 3 <= prompt.min() <= 5
    assert prompt.max() <= 1024
    assert output.max() <= 2048


@pytest.mark.parametrize("model", MODELS)
def test_quantiles_are_the_published_ones(model: ShareGptModel, reference_dir: Path) -> None:
    lengths = sharegpt_lengths(model)
    with (reference_dir / "length_quantiles.csv").open() as stream:
        rows = [row for row in csv.DictReader(stream) if row["model"] == IN_FILE[model]]
    assert len(rows) == 56
    for row in rows:
        u = np.array([float(row["cumulative_probability"])])
        side = lengths.prompt if row["quantity"] == "input" else lengths.output
        expected = float(row["length_tokens"])
        assert side.quantile(u)[0] == pytest.approx(expected, rel=0.008, abs=0.7)


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("qwen-2.5-7b-instruct", "qwen-2.5-7b"),
        ("llama-2-7b", "llama-2-7b"),
        ("meta-llama/Llama-3.1-8B-Instruct", "llama-3.1-8b"),
        ("mistral-7b", "llama-3.1-8b"),
        ("", "llama-3.1-8b"),
    ],
)
def test_models_are_found_by_their_names(name: str, model: str) -> None:
    assert sharegpt_model(name) == model
