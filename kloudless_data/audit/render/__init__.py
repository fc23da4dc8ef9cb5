"""Render a report's data as a page, as Markdown, as JSON and as a workbook."""

from __future__ import annotations

from .json_text import json_text
from .markdown import markdown
from .page import html_page
from .summary import (
    completeness_sentence,
    left_out_sentence,
    misdated_sentence,
    repeated_sentence,
    summary_sentence,
    understanding_sentence,
)
from .workbook import workbook

__all__ = [
    "completeness_sentence",
    "html_page",
    "json_text",
    "left_out_sentence",
    "markdown",
    "misdated_sentence",
    "repeated_sentence",
    "summary_sentence",
    "understanding_sentence",
    "workbook",
]
