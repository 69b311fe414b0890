"""Texts that a format may take for something else than text."""

from __future__ import annotations

import pandas as pd
from conftest import OBSERVATION

import asngraph

INJECTED = 'x> <https://evil.example/p> <https://evil.example/o> . <a" .\n<b'
HOSTILE = [
    "<img src=x onerror=alert(1)>", "</script><script>alert(1)</script>", "]]>", "<!--", "<b>bold</b>", "&amp;", "&lt;",
    "&#60;", "&", 'say "hi"', "it's", "back\\slash", "ends in \\", "\\\\", '\\"', "\\n\\l\\g\\t", "a,b;c", "%s {0} $x",
    "\u202egnp.exe", "a\u2028b", "\ufeffa", "\N{GRINNING FACE}", "=1+1", "@sum(a1)", "+1", "-1", "007", "1e5", "nan",
    "none", "true", "[x]", "a:b:c", "n", "node", "graph", "product:x", "exposure:x", "../../x", "x  y", "a\u00a0b",
]  # fmt: skip
COLUMNS = [
    "id", "label", "name", "kind", "value", "key", "source", "target", "src", "relation", "type", "start", "end", "viz",
    "pid", "parent", "", "pool_id", "weight", "<b>", 'q"', "back\\", "\\n", "__proto__", "constructor", "href", "url",
    "image", "shape", "class", "x y", "a.b", "&amp;",
]  # fmt: skip


def hostile_graph() -> asngraph.AssociationGraph:
    """Put every hostile text into names of files, targets, cells, headers and support files."""
    count = max(len(HOSTILE), len(COLUMNS))
    texts = [HOSTILE[n % len(HOSTILE)] for n in range(count)]
    frame: dict[str, list[str]] = {
        "filename": [*(f"{text}_uncal.fits" for text in texts[:-1]), texts[0]],
        "targetid": texts,
        "msametfl": texts[::-1],
        "program": ["1234"] * count,
        "obs_num": ["1", "2"] * (count // 2) + ["1"] * (count % 2),
        "instrume": ["niriss"] * count,
        "detector": ["nis"] * count,
        "exp_type": ["nis_image"] * count,
        "filter": ["clear"] * count,
        "pupil": texts,
        "pntgtype": ["science"] * count,
        "asn_candidate": [OBSERVATION] * count,
    }
    for place, column in enumerate(COLUMNS):
        frame[column] = [texts[(n + place) % count] for n in range(count)]
    return asngraph.generate(asngraph.Pool.from_frame(pd.DataFrame(frame), "hostile <&> pool.csv"))
