"""Compiled kernel of the twin: one vLLM engine, step by step.

Everything here is Numba code over plain arrays. The rest of the package makes an engine with
:func:`twin.kernel.layout.new_engine` and moves it on with :func:`twin.kernel.engine.advance`.
"""
