"""Lengths of ShareGPT conversations, as the paper's benchmark clients send them."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, get_args

from twin.files.errors import InputError
from twin.workload.lengths import CopulaLengths, QuantileLength

__all__ = ["ShareGptModel", "sharegpt_lengths", "sharegpt_model"]

ShareGptModel = Literal["llama-3.1-8b", "qwen-2.5-7b", "llama-2-7b"]

# ShareGPT V3, first turns, prompt of 4 to 1024 tokens, prompt and answer of at most 2048 tokens,
# by Llama-2's tokenizer: quantiles of the histograms that the authors of arXiv 2508.08343 and
# 2602.24044 published for about 83,400 conversations. Their benchmark draws from this pool.
_PROBABILITIES = (
    *(0.0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6),
    *(0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.97, 0.98, 0.99, 0.995, 0.999, 1.0),
)
_PROMPT = (
    *(4.0, 4.7, 5.45, 7.7, 11.46, 15.21, 18.97, 22.72, 30.34, 38.55, 56.66, 78.0, 115.74),
    *(172.33, 240.54, 305.08, 363.84, 417.84, 491.09, 585.67, 702.27, 850.16, 911.57),
    *(941.16, 973.14, 991.8, 1007.57, 1011.52),
)
_OUTPUT = (
    *(4.0, 4.8, 5.7, 8.4, 12.89, 17.38, 21.88, 26.37, 41.99, 57.61, 77.64, 110.95, 146.87),
    *(189.31, 230.91, 272.05, 312.29, 350.6, 405.31, 471.46, 575.26, 764.09, 869.93),
    *(926.89, 994.06, 1133.59, 1446.88, 1966.87),
)

# Means that the benchmark's logs print for each tokenizer; the tables are scaled to them.
_MEAN_PROMPT = {"llama-3.1-8b": 222.9939, "qwen-2.5-7b": 222.8936, "llama-2-7b": 250.9416}
_MEAN_OUTPUT = {"llama-3.1-8b": 196.4098, "qwen-2.5-7b": 199.9817, "llama-2-7b": 231.4567}

# Completed over requested output tokens of runs without overload: generation may stop at EOS.
# Llama-2's runs asked for fixed lengths, so none was measured.
_OUTPUT_SCALE = {"llama-3.1-8b": 0.9915, "qwen-2.5-7b": 0.9578, "llama-2-7b": 1.0}

# Of the normal scores. It gives the tokens a Pearson correlation of -0.28, which is what the KV
# use of the measured runs implies (Llama -0.27, Qwen -0.29): long prompts have short answers.
_CORRELATION = -0.361


def sharegpt_model(name: str) -> ShareGptModel:
    """The model whose tokens are those of a named one; Llama-3.1-8B where none is known.

    Examples
    --------
    >>> sharegpt_model("Qwen/Qwen-2.5-7B-Instruct"), sharegpt_model("mistral-7b")
    ('qwen-2.5-7b', 'llama-3.1-8b')
    """
    bare = name.rpartition("/")[2].lower()
    known: tuple[ShareGptModel, ...] = get_args(ShareGptModel)
    return next((model for model in known if bare.startswith(model)), known[0])


def sharegpt_lengths(
    model: ShareGptModel = "llama-3.1-8b",
    prompt_mean: float | None = None,
    output_mean: float | None = None,
) -> CopulaLengths:
    """Prompt and output lengths of ShareGPT by the tokenizer of a model.

    Parameters
    ----------
    model : {"llama-3.1-8b", "qwen-2.5-7b", "llama-2-7b"}
        Whose tokenizer counts, and whose habit of stopping early.
    prompt_mean, output_mean : float or None
        Mean requested tokens of a sample of ShareGPT; None for those of all its conversations.

    Raises
    ------
    InputError
        If the model is another one.
    """
    if model not in _OUTPUT_SCALE:
        raise InputError("model", f"{model!r} is not known", f"one of {', '.join(_OUTPUT_SCALE)}")
    return CopulaLengths(
        _scaled_to(_PROMPT, _MEAN_PROMPT[model] if prompt_mean is None else prompt_mean),
        _scaled_to(_OUTPUT, _MEAN_OUTPUT[model] if output_mean is None else output_mean),
        _CORRELATION,
        _OUTPUT_SCALE[model],
    )


@lru_cache(maxsize=16)
def _scaled_to(tokens: tuple[float, ...], mean: float) -> QuantileLength:
    factor = mean / QuantileLength(_PROBABILITIES, tokens).mean
    return QuantileLength(_PROBABILITIES, tuple(factor * t for t in tokens))
