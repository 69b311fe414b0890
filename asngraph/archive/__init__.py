"""The archive: the graphs of many pools in one Oxigraph store.

`asngraph.archive.writer` adds, replaces and removes pools; `asngraph.archive.reader` answers questions.
"""
