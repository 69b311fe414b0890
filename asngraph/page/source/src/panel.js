// The panel on the right: lists to choose from, or what is chosen.

import { byId, count, el, portions } from "./dom.js";
import { details } from "./details.js";
import { associationEntry, exposureEntry } from "./entries.js";

export function createPanel(data, store, choose) {
  const tabs = { associations: byId("tab-associations"), exposures: byId("tab-exposures") };
  const rank = ranked(data.associations);
  let tab = data.associations.size ? "associations" : "exposures";

  function list() {
    const kept = store.state.passing[tab];
    const rows = [];
    for (let at = 0; at < kept.length; at++) if (kept[at]) rows.push(at);
    if (tab === "associations") rows.sort((a, b) => rank[a] - rank[b]);
    const entry = tab === "associations" ? associationEntry : exposureEntry;
    const view = byId("list");
    view.replaceChildren();
    if (rows.length) view.append(portions(el("ul", { class: "entries" }), rows, (at) => entry(data, at, choose)));
    else view.append(el("p", { class: "empty" }, kept.length ? "None passes the filters." : "There are none."));
    for (const [name, button] of Object.entries(tabs)) {
      button.setAttribute("aria-selected", String(name === tab));
      button.tabIndex = name === tab ? 0 : -1;
      button.querySelector(".number").textContent = store.state.passing[name].reduce((sum, each) => sum + each, 0).toLocaleString("en");
    }
    view.setAttribute("aria-labelledby", tabs[tab].id);
  }

  function show({ chosen }) {
    byId("browse").hidden = Boolean(chosen);
    byId("details").hidden = !chosen;
    if (!chosen) return byId("chosen").replaceChildren();
    byId("chosen").replaceChildren(...details(data, chosen, choose).filter(Boolean));
    byId("details").scrollTop = 0;
    return undefined;
  }

  function turn(to) {
    tab = to;
    list();
  }

  for (const [name, button] of Object.entries(tabs)) {
    button.addEventListener("click", () => turn(name));
    button.addEventListener("keydown", ({ key }) => {
      if (key !== "ArrowLeft" && key !== "ArrowRight") return;
      turn(name === "associations" ? "exposures" : "associations");
      tabs[tab].focus();
    });
  }
  for (const area of [byId("list"), byId("details")]) area.addEventListener("keydown", walk);
  byId("back").addEventListener("click", () => choose(null));
  store.listen(["passing"], list);
  store.listen(["chosen"], show);
  list();
  show(store.state);
  return {
    focus: () => byId("chosen").querySelector("h2")?.focus({ preventScroll: true }),
    focusList: () => (byId("list").querySelector("button") ?? tabs[tab]).focus(),
  };
}

// The order of associations: those that combine exposures first, and then by name.
function ranked({ size, level, names }) {
  const order = Array.from({ length: size }, (_, at) => at);
  order.sort((a, b) => level(b) - level(a) || (names[a] < names[b] ? -1 : 1));
  const rank = new Int32Array(size);
  order.forEach((at, place) => {
    rank[at] = place;
  });
  return rank;
}

// Arrow keys go from entry to entry.
function walk(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const buttons = [...event.currentTarget.querySelectorAll("button, summary")].filter((each) => each.offsetParent);
  const next = buttons[buttons.indexOf(document.activeElement) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

export function announcement(data, chosen) {
  if (!chosen) return "Nothing chosen.";
  if (chosen.kind === "association") {
    return `Association ${data.associations.names[chosen.at]}: ${count(data.membersOf(chosen.at).length, "member")}.`;
  }
  const associations = new Set([...data.membershipOf(chosen.at)].map((row) => data.member.association[row])).size;
  return `Exposure ${data.names[chosen.at]}: ${data.role(chosen.at).replaceAll("_", " ")}, in ${count(associations, "association")}.`;
}
