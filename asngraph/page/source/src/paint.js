// How each exposure and each relation looks at the moment: by what is chosen, filtered and switched on.

import { relationLook, roleLook } from "./looks.js";
import { BRIGHT, CHOSEN, GHOST, PLAIN } from "./programs.js";
import { emphasised } from "./store.js";

export function createPaint(data, store) {
  const paint = { emphasis: emphasised(data, store.state.chosen), exposure, relation };

  function exposure(key, { x, y }) {
    const row = Number(key);
    const { colour, shape } = roleLook(data.role(row), store.state.theme);
    return { x, y, size: 1, color: colour, shape, state: stateOf(row) };
  }

  function stateOf(row) {
    if (paint.emphasis.meant.has(row)) return CHOSEN;
    if (paint.emphasis.bright.has(row)) return BRIGHT;
    return store.state.passing.exposures[row] ? PLAIN : GHOST;
  }

  function relation(key) {
    const edge = Number(key);
    const kind = data.relations[data.edges.relation[edge]];
    const { colour, pattern, arrow } = relationLook(kind, store.state.theme);
    const bright = paint.emphasis.edges.has(edge);
    return {
      hidden: !bright && !isShown(edge, kind), color: colour, pattern, arrow: arrow ? 1 : 0,
      state: bright ? BRIGHT : PLAIN, size: 1,
    };
  }

  function isShown(edge, kind) {
    const { relations, passing } = store.state;
    const { source, target, group } = data.edges;
    if (!relations.has(kind.name) || !passing.exposures[source[edge]] || !passing.exposures[target[edge]]) return false;
    return kind.structural || Boolean(passing.associations[group[edge]]);
  }

  return paint;
}
