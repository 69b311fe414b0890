"""The archive: the graphs of many pools in one store of Oxigraph.

`asngraph.archive.writer` adds, replaces and removes pools, `asngraph.archive.reader` answers.
"""
