// How each exposure and each relation looks at the moment: by what is chosen, filtered and switched on.

import { relationLook, roleLook } from "./looks.js";
import { FROM_POINT, TO_POINT } from "./lines.js";
import { BRIGHT, CHOSEN, GHOST, PLAIN, frame } from "./programs.js";
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

  // Where all lines of a block meet, in the coordinates that sigma gives to exposures.
  function placed(point) {
    if (!point) return null;
    return { x: 0.5 + (point[0] - data.width / 2) * frame.unit, y: 0.5 + (data.height / 2 - point[1]) * frame.unit };
  }

  function relation(key) {
    const line = Number(key);
    const { relation: of, kind, point } = data.lines;
    const { colour, pattern, arrow } = relationLook(of[line], store.state.theme);
    const bright = paint.emphasis.lines.has(line);
    return {
      hidden: !bright && !isShown(line), color: colour, pattern, arrow: arrow && kind[line] !== TO_POINT ? 1 : 0,
      state: bright ? BRIGHT : PLAIN, size: 1, kind: kind[line], point: placed(point[line]),
    };
  }

  function isShown(line) {
    const { relations, passing } = store.state;
    const { relation: of, kind, from, to, association } = data.lines;
    if (!relations.has(of[line].name)) return false;
    if (kind[line] !== FROM_POINT && !passing.exposures[from[line]]) return false;
    if (kind[line] !== TO_POINT && !passing.exposures[to[line]]) return false;
    return association[line] < 0 || Boolean(passing.associations[association[line]]);
  }

  return paint;
}
