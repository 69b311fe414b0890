// What the keys do.

import { byId } from "./dom.js";

const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export function startKeys({ data, store, map, choose, toggleTheme, controls }) {
  const help = byId("help");
  byId("keys").addEventListener("click", () => help.showModal());
  if (map) {
    byId("zoom-in").addEventListener("click", () => map.zoom(1 / 1.5));
    byId("zoom-out").addEventListener("click", () => map.zoom(1.5));
    byId("fit").addEventListener("click", () => map.fit());
    byId("map").addEventListener("keydown", onMap);
  }

  const anywhere = {
    "/": () => byId("search").select(),
    "?": () => help.showModal(),
    t: toggleTheme,
    x: controls.clear,
    Escape: () => store.state.chosen && choose(null, { focus: document.activeElement !== byId("map") }),
  };
  addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input[type=search], select, dialog[open]");
    if (event.ctrlKey || event.metaKey || event.altKey || (typing && event.key !== "Escape") || help.open) return;
    const act = anywhere[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  // On the map arrows go to the neighbouring exposure, or move the picture if none is chosen.
  function onMap(event) {
    const direction = DIRECTIONS[event.key];
    const other = { "+": () => map.zoom(1 / 1.5), "=": () => map.zoom(1 / 1.5), "-": () => map.zoom(1.5), 0: () => map.fit(), Enter: first, " ": first }[event.key];
    if (!direction && !other) return;
    event.preventDefault();
    if (other) return other();
    const { chosen } = store.state;
    if (chosen?.kind !== "exposure" || event.shiftKey) return map.pan(...direction);
    const next = beside(data, store.state.passing.exposures, chosen.at, ...direction);
    if (next !== null) choose({ kind: "exposure", at: next }, { focus: false });
    return undefined;
  }

  function first() {
    const { chosen, passing } = store.state;
    if (chosen) return byId("chosen").querySelector("h2")?.focus();
    const row = passing.exposures.indexOf(1);
    return row >= 0 && choose({ kind: "exposure", at: row }, { focus: false });
  }
}

// The exposure next to one in a direction, straight ahead before aside.
function beside(data, passing, row, right, down) {
  let best = null;
  let least = Infinity;
  for (let other = 0; other < data.size; other++) {
    const x = data.x[other] - data.x[row];
    const y = data.y[other] - data.y[row];
    const ahead = x * right + y * down;
    if (ahead < 0.5 || !passing[other]) continue;
    const far = ahead + 3 * Math.abs(x * down + y * right);
    if (far < least) [best, least] = [other, far];
  }
  return best;
}
