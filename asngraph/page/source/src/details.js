// What is known of the chosen exposure or association.

import { isDefined } from "./data.js";
import { beside, count, el, own, portions, words } from "./dom.js";
import { associationEntry, exposureEntry, stem } from "./entries.js";
import { relationMark, roleMark, roleOrder } from "./looks.js";

export function details(data, chosen, choose) {
  return chosen.kind === "exposure" ? exposureDetails(data, chosen.at, choose) : associationDetails(data, chosen.at, choose);
}

function head(kind, title, ...rest) {
  return el("header", { class: "head" }, el("p", { class: "kind" }, ...kind), el("h2", { tabindex: "-1" }, own(title)), ...rest);
}

function section(title, number, ...content) {
  return el(
    "section", {},
    el("h3", {}, title, number === null ? null : el("span", { class: "number" }, number.toLocaleString("en"))),
    ...content,
  );
}

function facts(pairs) {
  const list = el("dl", { class: "facts" });
  for (const [name, value] of pairs) {
    if (value) list.append(el("dt", {}, name), el("dd", {}, typeof value === "string" ? own(value) : value));
  }
  return list;
}

function defined(data, row, names) {
  const texts = names.map((name) => data.cell(name, row)).filter(isDefined);
  return texts.length ? beside(texts) : null;
}

function exposureDetails(data, row, choose) {
  const role = data.role(row);
  const rows = [...data.membershipOf(row)].sort((a, b) => byLevel(data, a, b));
  const alone = data.alone[row];
  const [observation, position, positions] = ["obs_num", "patt_num", "numdthpt"].map((name) => data.cell(name, row));
  return [
    head(["Exposure"], stem(data.names[row]), el("p", { class: "role" }, roleMark(role), words(role))),
    facts([
      ["Instrument", defined(data, row, ["instrume", "detector"])],
      ["Type", defined(data, row, ["exp_type"])],
      ["Optics", defined(data, row, ["filter", "pupil", "grating", "band", "channel", "fxd_slit", "subarray"])],
      ["Target", defined(data, row, ["targname", "targetid"])],
      ["Observation", isDefined(observation) && `o${observation.padStart(3, "0")}`],
      ["Dither", isDefined(position) && isDefined(positions) && el("span", {}, own(position), " of ", own(positions))],
      ["Error", defined(data, row, ["exposerr"])],
    ]),
    section(
      "Associations", rows.length,
      rows.length
        ? portions(el("ul", { class: "entries" }), rows, (member) =>
            associationEntry(data, data.member.association[member], choose, data.member.exptype(member)))
        : el("p", { class: "empty" }, alone ? "In none: " : "In none.", alone ? own(alone) : null),
    ),
    relationsOf(data, row, choose),
    supportOf(data, row),
    metadata(data, row),
  ];
}

function byLevel(data, a, b) {
  const [one, other] = [data.member.association[a], data.member.association[b]];
  return data.associations.level(other) - data.associations.level(one) || one - other;
}

// The exposures that stand in a relation to this one: what it serves, and what serves it.
function relationsOf(data, row, choose) {
  const { edges } = data;
  const found = new Map();
  const seen = new Set();
  for (const edge of edges.touching(row)) {
    const relation = data.relations[edges.relation[edge]];
    const direction = relation.symmetric || edges.source[edge] === row ? "to" : "from";
    const key = `${relation.name} ${direction}`;
    if (!found.has(key)) found.set(key, { relation, direction, others: new Set() });
    const group = `${relation.name} ${edges.group[edge]}`;
    if (relation.symmetric && seen.has(group)) continue;
    seen.add(group);
    const { others } = found.get(key);
    for (const each of relation.symmetric ? edges.alike(edge) : [edge]) others.add(edges.source[each]).add(edges.target[each]);
    others.delete(row);
  }
  const kinds = [...found.values()].filter((each) => each.others.size);
  kinds.sort((a, b) => a.relation.structural - b.relation.structural);
  if (!kinds.length) return null;
  return section("Relations", null, ...kinds.map(({ relation, direction, others }) => {
    const list = el("ul", { class: "entries" });
    const label = direction === "to" ? [words(relation.name)] : [el("i", {}, "has "), words(relation.name)];
    const folded = el(
      "details", { class: "fold" },
      el("summary", { title: relation.definition }, relationMark(relation), el("span", {}, ...label), el("span", { class: "number" }, String(others.size))),
      list,
    );
    folded.addEventListener("toggle", () => {
      if (folded.open && !list.children.length) portions(list, [...others], (other) => exposureEntry(data, other, choose), 50);
    });
    return folded;
  }));
}

function supportOf(data, row) {
  const rows = [...data.support.of(row)];
  if (!rows.length) return null;
  const entry = (at) =>
    el("li", { class: "file" }, own(data.support.file(at), { class: "name" }),
      el("span", { class: "note" }, own(words(data.support.kind(at) || data.support.relation(at)))));
  return section("Files that serve it", rows.length, el("ul", { class: "entries" }, ...rows.map(entry)));
}

function metadata(data, row) {
  const list = el("dl", { class: "metadata" });
  let missing = 0;
  for (const name of data.columns.keys()) {
    const text = data.cell(name, row);
    if (isDefined(text)) list.append(el("dt", {}, own(name)), el("dd", {}, own(text)));
    else missing++;
  }
  const rest = missing ? el("p", { class: "empty" }, `${count(missing, "further column")} without a value`) : null;
  return section("Metadata", null, list, rest);
}

function associationDetails(data, at, choose) {
  const { associations } = data;
  const members = [...data.membersOf(at)];
  const products = [...new Set(members.map((row) => data.member.product(row)))];
  const anchor = associations.anchor[at];
  const candidate = [associations.candidate(at), associations.candidate_type(at)].filter(Boolean);
  return [
    head(["Association · level ", String(associations.level(at))], associations.names[at]),
    facts([
      ["Type", associations.asn_type(at)],
      ["Rule", associations.rule(at)],
      ["Candidate", el("span", {}, own(candidate[0]), candidate[1] ? el("span", { class: "aside" }, " ", own(candidate[1])) : null)],
      ["Target", associations.target(at)],
      [products.length > 1 ? "Products" : "Product", products.length === 1 ? products[0] : String(products.length)],
      ["Built around", el("button", { type: "button", class: "link", click: () => choose({ kind: "exposure", at: anchor }) }, own(stem(data.names[anchor])))],
    ]),
    heldTogether(data, at),
    ...products.flatMap((product) => membersOf(data, members, product, products.length > 1, choose)),
    keptInPlaceOf(data, at),
  ];
}

function heldTogether(data, at) {
  const counts = new Map();
  for (const edge of data.edges.of(at)) {
    const relation = data.relations[data.edges.relation[edge]];
    counts.set(relation, (counts.get(relation) ?? 0) + 1);
  }
  if (!counts.size) return section("Held together by", null, el("p", { class: "empty" }, "A single exposure, processed by itself."));
  const entry = ([relation, number]) =>
    el("li", { class: "tie", title: relation.definition }, relationMark(relation), words(relation.name), el("span", { class: "number" }, String(number)));
  return section("Held together by", null, el("ul", { class: "ties" }, ...[...counts].map(entry)));
}

function membersOf(data, members, product, titled, choose) {
  const those = members.filter((row) => data.member.product(row) === product);
  const roles = [...new Set(those.map((row) => data.member.exptype(row)))].sort((a, b) => roleOrder(a) - roleOrder(b));
  return [
    titled ? el("p", { class: "product" }, own(product)) : null,
    ...roles.map((role) => {
      const rows = those.filter((row) => data.member.exptype(row) === role);
      const entry = (row) =>
        data.member.exposure[row] < 0
          ? el("span", { class: "entry still" }, roleMark(role), el("span", { class: "what" }, own(data.memberName(row), { class: "name" }), el("span", { class: "note" }, "a product")))
          : exposureEntry(data, data.member.exposure[row], choose, { name: data.memberName(row), mark: role });
      return section(el("span", { class: "cap" }, words(role)), rows.length, portions(el("ul", { class: "entries" }), rows, entry));
    }),
  ];
}

function keptInPlaceOf(data, at) {
  const rows = [...data.setAside.of(at)];
  if (!rows.length) return null;
  const entry = (row) =>
    el("li", { class: "file" }, beside([data.setAside.candidate(row), data.setAside.rule(row).replace(/^Asn_/, "")], { class: "name" }),
      el("span", { class: "note" }, own(data.setAside.reason(row))));
  return section("Set aside as its duplicates", rows.length, el("ul", { class: "entries" }, ...rows.map(entry)));
}
