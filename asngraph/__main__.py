"""``python -m asngraph``."""

from asngraph.cli import main

main()
