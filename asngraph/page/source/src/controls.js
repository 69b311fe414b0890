// The panel on the left: filters, the legend of roles, and the switches of relations.

import { isDefined } from "./data.js";
import { byId, count, el, own, words } from "./dom.js";
import { relationMark, roleMark, roleOrder } from "./looks.js";
import { NO_FILTERS, isFiltering, passing } from "./store.js";

const natural = new Intl.Collator("en", { numeric: true }).compare;

export function createControls(data, store) {
  const { associations } = data;
  const every = (reading) => [...new Set(Array.from({ length: associations.size }, (_, at) => String(reading(at))))].sort(natural);
  const choices = {
    instrument: data.values("instrume").filter(isDefined).sort(natural),
    candidate: every(data.candidateOf),
    rule: every(associations.rule),
    level: every(associations.level),
  };
  for (const [name, values] of Object.entries(choices)) {
    const select = byId(`filter-${name}`);
    for (const value of values) select.append(el("option", { value }, name === "rule" ? value.replace(/^Asn_/, "") : value));
    select.addEventListener("change", () => filter({ ...store.state.filters, [name]: select.value }));
  }
  byId("clear-filters").addEventListener("click", () => {
    filter(NO_FILTERS);
    byId("filter-instrument").focus();
  });

  function filter(filters) {
    store.set({ filters, passing: passing(data, filters) });
  }

  function show({ filters, passing: kept }) {
    for (const [name, value] of Object.entries(filters)) {
      byId(`filter-${name}`).value = value;
      byId(`filter-${name}`).classList.toggle("active", Boolean(value));
    }
    byId("clear-filters").hidden = !isFiltering(filters);
    const number = kept.exposures.reduce((total, each) => total + each, 0);
    byId("passing").textContent = isFiltering(filters) ? `${number.toLocaleString("en")} of ${count(data.size, "exposure")} pass` : "";
  }

  legend(data);
  switches(data, store);
  store.listen(["filters"], show);
  show(store.state);
  return { clear: () => filter(NO_FILTERS) };
}

function legend(data) {
  const counts = new Map();
  for (let row = 0; row < data.size; row++) counts.set(data.role(row), (counts.get(data.role(row)) ?? 0) + 1);
  const roles = [...counts].sort(([a], [b]) => roleOrder(a) - roleOrder(b) || natural(a, b));
  byId("roles").append(...roles.map(([role, number]) =>
    el("li", {}, roleMark(role), own(words(role), { class: "label" }), el("span", { class: "number" }, number.toLocaleString("en")))));
}

function switches(data, store) {
  for (const [id, structural] of [["derived", false], ["structural", true]]) {
    const relations = data.relations.filter((relation) => relation.size && relation.structural === structural);
    const boxes = relations.map((relation) => {
      const box = el("input", { type: "checkbox", id: `relation-${relation.name}` });
      box.checked = store.state.relations.has(relation.name);
      box.addEventListener("change", () => turn([relation], box.checked));
      byId(id).append(el(
        "li", { title: `${words(relation.name)}: ${relation.definition}` },
        el("label", {}, box, relationMark(relation), el("span", { class: "label" }, words(relation.name)),
          el("span", { class: "number" }, relation.symmetric ? count(relation.size, "set") : relation.size.toLocaleString("en"))),
      ));
      return box;
    });
    const all = byId(`all-${id}`);
    all.hidden = !relations.length;
    byId(`${id}-group`).hidden = !relations.length;
    all.addEventListener("click", () => turn(relations, !boxes.every((box) => box.checked)));
    const show = () => {
      boxes.forEach((box, at) => {
        box.checked = store.state.relations.has(relations[at].name);
      });
      all.textContent = boxes.every((box) => box.checked) ? "None" : "All";
    };
    store.listen(["relations"], show);
    show();
  }

  function turn(relations, on) {
    const now = new Set(store.state.relations);
    for (const { name } of relations) {
      if (on) now.add(name);
      else now.delete(name);
    }
    store.set({ relations: now });
  }
}
