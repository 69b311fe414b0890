// What is known of the chosen exposure or association.

import { isDefined } from "./data.js";
import { beside, count, el, own, portions, words } from "./dom.js";
import { associationEntry, exposureEntry, stem } from "./entries.js";
import { relationMark, roleMark, roleOrder } from "./looks.js";
import { BOTH, SERVED, SERVES, related } from "./related.js";

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
    representedIn(data, row, choose),
    relationsOf(data, row, choose),
    supportOf(data, row),
    metadata(data, row),
  ];
}

// It is not a member of these itself; a product that is made of it is.
function representedIn(data, row, choose) {
  const rows = [...data.representedIn(row)];
  if (!rows.length) return null;
  const entry = (member) => associationEntry(data, data.member.association[member], choose, data.member.exptype(member));
  return section(
    el("span", { title: data.meaning("represented_in") }, "Represented in, by a product"), rows.length,
    portions(el("ul", { class: "entries" }), rows, entry),
  );
}

function byLevel(data, a, b) {
  const [one, other] = [data.member.association[a], data.member.association[b]];
  return data.associations.level(other) - data.associations.level(one) || one - other;
}

// What `related` says of the exposure: what it serves, what serves it, and what is in a set with it.
function relationsOf(data, row, choose) {
  const folds = related(data, row).map(({ relation, direction, others }) => {
    const entry = (other) => exposureEntry(data, other, choose);
    return fold(relation, direction, [...others], entry);
  });
  if (!folds.length) return null;
  return section("Relations", null, ...folds);
}

function fold(relation, direction, items, toElement) {
  const list = el("ul", { class: "entries" });
  const label = {
    [BOTH]: [words(relation.name)],
    [SERVES]: [el("i", {}, "it is "), words(relation.name)],
    [SERVED]: [words(relation.name), el("i", {}, " it")],
  }[direction];
  const folded = el(
    "details", { class: "fold" },
    el("summary", { title: relation.definition }, relationMark(relation), el("span", {}, ...label),
      el("span", { class: "number" }, items.length.toLocaleString("en"))),
    list,
  );
  folded.addEventListener("toggle", () => {
    if (folded.open && !list.children.length) portions(list, items, toElement, 50);
  });
  return folded;
}

function supportOf(data, row) {
  const rows = [...data.support.of(row)];
  if (!rows.length) return null;
  const entry = (at) =>
    el("li", { class: "file", title: data.meaning(data.support.relation(at)) }, own(data.support.file(at), { class: "name" }),
      el("span", { class: "note" }, own(words(data.support.kind(at)))));
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
    representedBy(data, at, choose),
    keptInPlaceOf(data, at),
  ];
}

// Its science exposures as a set, and what serves how many of them.
function heldTogether(data, at) {
  const sets = data.setsIn(at);
  const blocks = data.blocksIn(at);
  const science = new Set(scienceOf(data, at));
  const ties = sets.map(({ relation, members }) => tie(relation, relation.definition, `a set of ${members.length.toLocaleString("en")}`));
  for (const relation of new Set(blocks.map((block) => block.relation))) {
    const those = blocks.filter((block) => block.relation === relation && block.targets.length);
    if (!those.length) continue;
    const [sources, targets] = ["sources", "targets"].map((end) => new Set(those.flatMap((block) => block[end])).size);
    const some = targets < science.size ? `${targets.toLocaleString("en")} of ${science.size.toLocaleString("en")}` : science.size > 1 ? `all ${targets.toLocaleString("en")}` : "it";
    const edges = those.reduce((sum, block) => sum + block.size, 0);
    const number = `${sources.toLocaleString("en")} ${sources === 1 ? "serves" : "serve"} ${some}`;
    ties.push(tie(relation, `${relation.definition}: ${count(edges, "edge")}`, number));
  }
  const carried = blocks.filter((block) => !block.targets.length).reduce((sum, { sources }) => sum + sources.length, 0);
  if (carried) ties.push(tie(CARRIED, data.meaning(CARRIED.name), `${carried.toLocaleString("en")} ${carried === 1 ? "serves" : "serve"} none of its science`));
  if (!ties.length) return section("Held together by", null, el("p", { class: "empty" }, "A single exposure, processed by itself."));
  return section("Held together by", null, el("ul", { class: "ties" }, ...ties));
}

const CARRIED = { name: "carried_in", symmetric: true };

function scienceOf(data, at) {
  const rows = [...data.membersOf(at)].filter((row) => data.member.exptype(row) === "science");
  return rows.map((row) => data.member.exposure[row]).filter((row) => row >= 0);
}

const tie = (relation, title, number) =>
  el("li", { class: "tie", title }, relationMark(relation), words(relation.name), el("span", { class: "number" }, number));

function representedBy(data, at, choose) {
  const rows = [...data.representedBy(at)];
  if (!rows.length) return null;
  const entry = (row) => exposureEntry(data, data.member.exposure[row], choose, { mark: data.member.exptype(row) });
  return section(el("span", { title: data.meaning("represented_in") }, "Represented by a product"), rows.length, portions(el("ul", { class: "entries" }), rows, entry));
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
