"""Arguments of ``python -m twin.measure``."""

from __future__ import annotations

import argparse
from pathlib import Path

from twin.files.errors import InputError
from twin.measure.plan import MINUTES, Engine
from twin.measure.traffic import Lengths

__all__ = ["lengths_of", "parser", "to_engines"]


def parser() -> argparse.ArgumentParser:
    """Parser of the three verbs."""
    top = argparse.ArgumentParser(
        prog="python -m twin.measure",
        description="Measure a vLLM server that serves LoRA adapters, into a folder of tables "
        "that twin.calibrate fits a serving profile to.",
    )
    verbs = top.add_subparsers(dest="verb", required=True, metavar="plan | run | serve")
    plan = verbs.add_parser("plan", help="what to measure, what it tells, how long it takes")
    _add_plan(plan)
    run = verbs.add_parser("run", help="measure a server that runs")
    run.add_argument("--url", required=True, help="like http://localhost:8000")
    run.add_argument("--server-log", type=Path, help="its log, which tells its flags and memory")
    for name in ("max-loras", "max-lora-rank", "max-num-seqs", "max-num-batched-tokens"):
        run.add_argument(
            f"--{name}", type=int, help="as it was started, where its log is not here"
        )
    run.add_argument("--minutes", type=int, default=15, help="5, 15 or 60 (15)")
    _add_amount(run)
    _add_measuring(run)
    serve = verbs.add_parser(
        "serve",
        help="start the engines of a plan one after the other, measure and end them",
        usage="python -m twin.measure serve --out FOLDER [options] -- vllm serve MODEL ...",
    )
    _add_plan(serve)
    _add_measuring(serve)
    serve.add_argument(
        "--model-config", type=Path, help="config.json of the model, for random adapters"
    )
    serve.add_argument(
        "--start-timeout", type=float, default=1200.0, help="seconds an engine may take (1200)"
    )
    return top


def lengths_of(arguments: argparse.Namespace, max_model_len: int) -> Lengths:
    """Lengths of requests that a server takes.

    Raises
    ------
    InputError
        If they do not fit into what it serves.
    """
    longest = min(arguments.longest, max_model_len // 2)
    return Lengths(arguments.prompt_mean, arguments.output_mean, longest)


def to_engines(text: str) -> tuple[Engine, ...]:
    """Engines of a list like ``16:16,32:64``.

    Raises
    ------
    InputError
        If it is no such list, or vLLM would refuse one.
    """
    engines = []
    for word in text.split(","):
        slots, _, rank = word.partition(":")
        try:
            engines.append(Engine(int(slots), int(rank)))
        except ValueError as error:
            if isinstance(error, InputError):
                raise
            raise InputError("--engines", f"{word!r}", "SLOTS:RANK, like 16:16,32:64") from None
    return tuple(engines)


def _add_plan(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--minutes", type=int, default=15, help=f"one of {', '.join(map(str, MINUTES))} (15)"
    )
    verb.add_argument(
        "--largest-rank", type=int, default=16, help="of the adapters you will serve (16)"
    )
    verb.add_argument("--engines", help="instead: SLOTS:RANK,SLOTS:RANK; 0:0 is without LoRA")
    verb.add_argument(
        "--served-adapters", type=int, default=0, help="on each engine (three for each slot)"
    )
    verb.add_argument(
        "--start-seconds", type=float, default=150.0, help="that an engine takes to start (150)"
    )
    _add_amount(verb)


def _add_amount(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--runs", type=int, help="open-loop runs on each engine")
    verb.add_argument("--window", type=float, help="seconds of each of them")
    verb.add_argument("--again", type=int, help="how many of them twice, to see the noise")
    verb.add_argument("--rates", type=_numbers, help="their requests/s, like 4,8; else chosen")
    verb.add_argument("--batches", type=_whole_numbers, help="of closed loops, like 1,8,32")
    verb.add_argument("--prompts", type=_whole_numbers, help="tokens of single prompts")


def _add_measuring(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="of the tables")
    verb.add_argument("--gpu", help="name of the GPU type (default: as nvidia-smi says)")
    verb.add_argument("--model-name", help="of the model in the tables (default: the server's)")
    verb.add_argument("--adapters", type=Path, help="CSV with the columns name, rank, path")
    verb.add_argument(
        "--api-key-env",
        default="VLLM_API_KEY",
        metavar="NAME",
        help="variable that holds the server's API key, if it wants one (VLLM_API_KEY)",
    )
    verb.add_argument("--prompt-mean", type=float, default=220.0, help="tokens (220)")
    verb.add_argument("--output-mean", type=float, default=200.0, help="tokens (200)")
    verb.add_argument("--longest", type=int, default=2000, help="prompt or output, tokens (2000)")
    verb.add_argument("--seed", type=int, default=0)


def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(word) for word in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of numbers like 4,8") from None


def _whole_numbers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(word) for word in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of numbers like 8,32") from None
