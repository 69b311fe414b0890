import "./without-webgl.js";

import { addressOf, chosenBy } from "./address.js";
import { createControls } from "./controls.js";
import { readData } from "./data.js";
import { byId, count, el, own } from "./dom.js";
import { stem } from "./entries.js";
import { startKeys } from "./keys.js";
import { createMap, webglWorks } from "./map.js";
import { announcement, createPanel } from "./panel.js";
import { createSearch } from "./search.js";
import { NO_FILTERS, createStore, passing } from "./store.js";
import { createThemeSwitch, startTheme } from "./theme.js";

const data = readData(JSON.parse(byId("data").textContent));
const store = createStore({
  chosen: null,
  filters: NO_FILTERS,
  passing: passing(data, NO_FILTERS),
  relations: new Set(data.relations.filter((relation) => !relation.structural).map((relation) => relation.name)),
  theme: startTheme(),
});

function announce(text) {
  byId("live").textContent = text;
}

function choose(chosen, { focus = true, reveal = true } = {}) {
  store.set({ chosen });
  announce(announcement(data, chosen));
  const address = addressOf(data, chosen);
  if (location.hash !== address) history.replaceState(null, "", address || `${location.pathname}${location.search}`);
  if (!chosen) return focus && panel.focusList();
  if (reveal) map?.reveal(rowsOf(chosen));
  if (focus) panel.focus();
  return undefined;
}

function rowsOf({ kind, at }) {
  if (kind === "exposure") return [at];
  return [...data.membersOf(at), ...data.representedBy(at)].map((row) => data.member.exposure[row]).filter((row) => row >= 0);
}

function hover(row, place) {
  const tip = byId("tip");
  tip.hidden = row === null;
  byId("map").classList.toggle("pointing", row !== null);
  if (row === null) return;
  const associations = new Set([...data.membershipOf(row)].map((each) => data.member.association[each])).size;
  tip.replaceChildren(
    own(stem(data.names[row]), { class: "name" }),
    el("span", { class: "note" }, `${data.role(row).replaceAll("_", " ")} · ${count(associations, "association")}`),
  );
  const { width, height } = byId("map").getBoundingClientRect();
  const left = Math.max(8, Math.min(place.x - tip.offsetWidth / 2, width - tip.offsetWidth - 8));
  const above = place.y - tip.offsetHeight - 16;
  tip.style.left = `${left}px`;
  tip.style.top = `${above > 8 ? above : Math.min(place.y + 18, height - tip.offsetHeight - 8)}px`;
}

function title() {
  byId("pool").textContent = data.pool;
  byId("pool").title = data.pool;
  const places = (kind) => data.plan.filter((region) => region.kind === kind).length;
  byId("size").textContent = [
    count(data.size, "exposure"),
    count(data.associations.size, "association"),
    count(places("observation"), "observation"),
    count(places("target"), "target"),
  ].join(" · ");
  byId("version").textContent = `asngraph ${data.version}`;
  for (const note of data.notes) byId("notes").append(el("li", {}, own(note)));
  byId("notes").hidden = !data.notes.length;
}

function startMap() {
  const container = byId("map");
  if (!webglWorks()) {
    byId("no-picture").hidden = false;
    byId("zoom").hidden = true;
    container.hidden = true;
    return null;
  }
  const pick = (row) => choose(row === null ? null : { kind: "exposure", at: row }, { focus: false, reveal: false });
  return createMap(byId("canvas"), data, store, { pick, hover });
}

title();
const toggleTheme = createThemeSwitch(store);
const controls = createControls(data, store);
const panel = createPanel(data, store, choose);
createSearch(data, choose, announce);
const map = startMap();
startKeys({ data, store, map, choose, toggleTheme, controls });
const follow = () => {
  const chosen = chosenBy(data, location.hash);
  if (chosen) choose(chosen, { focus: false });
};
addEventListener("hashchange", follow);
follow();
document.documentElement.dataset.ready = "yes";
