"""Notices of the library are told while a command asks for them."""

from __future__ import annotations

import logging

from placer.console.notices import told_notices


def test_notices_are_told_inside_only() -> None:
    told: list[str] = []
    logger = logging.getLogger("twin.sources.trace_file")
    with told_notices(told.append):
        logger.info("%s: %d requests", "log.csv", 5)
        logger.debug("not this")
    logger.info("nor this")
    assert told == ["log.csv: 5 requests"]
