// Buttons that stand for an exposure or an association wherever one is named.

import { isDefined } from "./data.js";
import { beside, count, el, own, words } from "./dom.js";
import { roleMark } from "./looks.js";

export const stem = (name) => name.replace(/_uncal\.fits(?=#|$)/, "");

export function exposureEntry(data, row, choose, { name = stem(data.names[row]), mark = data.role(row) } = {}) {
  return el(
    "button", { type: "button", class: "entry", click: () => choose({ kind: "exposure", at: row }) },
    roleMark(mark),
    el("span", { class: "what" }, own(name, { class: "name" }), beside(summary(data, row), { class: "note" })),
  );
}

export function associationEntry(data, at, choose, role) {
  const { associations } = data;
  const members = data.membersOf(at).length;
  return el(
    "button", { type: "button", class: "entry", click: () => choose({ kind: "association", at }) },
    el("span", { class: `level level-${associations.level(at)}`, title: `level ${associations.level(at)}` }, String(associations.level(at))),
    el(
      "span", { class: "what" },
      own(associations.names[at], { class: "name" }),
      el("span", { class: "note" }, own(associations.rule(at).replace(/^Asn_/, "")), ` · ${count(members, "member")}`),
    ),
    role ? el("span", { class: "as" }, roleMark(role), words(role)) : null,
  );
}

export function summary(data, row) {
  return ["exp_type", "filter", "pupil", "grating", "band"].map((name) => data.cell(name, row)).filter(isDefined);
}
