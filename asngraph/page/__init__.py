"""The page of a pool: one offline HTML file with its exposures, their relations and their associations."""

from __future__ import annotations

from asngraph.page.write import page_text, write_page

__all__ = ["page_text", "write_page"]
