"""The page of a pool: one HTML file that shows its exposures, their relations and their associations, offline."""

from __future__ import annotations

from asngraph.page.write import page_text, write_page

__all__ = ["page_text", "write_page"]
