// The data of the page: packed columns, and the questions that the page asks of them.

import { createLines } from "./lines.js";

// What a pool writes where there is no value; the page says which texts these are.
let undefinedTexts = new Set();
export const isDefined = (text) => !undefinedTexts.has(text);

function unpacked(packed) {
  if (packed.each) return (row) => packed.each[row];
  if (packed.codes) return (row) => packed.values[packed.codes[row]];
  return () => packed.values[0];
}

export const distinct = (packed) => [...new Set(packed.each ?? packed.values)];

// For each of `size` things, which rows point at it.
function grouped(keys, size) {
  const starts = new Uint32Array(size + 1);
  for (const key of keys) if (key >= 0) starts[key + 1]++;
  for (let at = 0; at < size; at++) starts[at + 1] += starts[at];
  const rows = new Uint32Array(starts[size]);
  const next = starts.slice();
  keys.forEach((key, row) => {
    if (key >= 0) rows[next[key]++] = row;
  });
  return (key) => rows.subarray(starts[key], starts[key + 1]);
}

// For each of `size` things, which of the lists hold it.
function holding(lists, size) {
  const owners = lists.flatMap((list, at) => list.map(() => at));
  const rows = grouped(lists.flat(), size);
  return (key) => Array.from(rows(key), (row) => owners[row]);
}

export function readData(raw) {
  const { exposures, associations, members, plan, support, setAside } = raw;
  undefinedTexts = new Set(raw.undefined);
  const columns = new Map(Object.entries(exposures.columns).map(([name, packed]) => [name, unpacked(packed)]));
  const size = exposures.names.length;
  const own = ["asn_type", "rule", "level", "candidate", "candidate_type", "program", "target"];
  const association = Object.fromEntries(own.map((name) => [name, unpacked(associations[name])]));
  const member = { exptype: unpacked(members.exptype), product: unpacked(members.product), name: unpacked(members.name) };
  const represented = new Set(members.represented);
  const where = (wanted, keys) => keys.map((key, row) => (represented.has(row) === wanted ? key : -1));
  const severalPrograms = distinct(associations.program).length > 1;
  const data = {
    pool: raw.pool,
    version: raw.version,
    notes: raw.notes,
    size,
    names: exposures.names,
    x: exposures.x,
    y: exposures.y,
    role: unpacked(exposures.role),
    roles: exposures.role,
    alone: exposures.alone,
    columns,
    cell: (name, row) => columns.get(name)?.(row) ?? "",
    values: (name) => (exposures.columns[name] ? distinct(exposures.columns[name]) : []),
    plan: plan.box.map(([x, y, width, height], at) => ({
      x, y, width, height,
      kind: unpacked(plan.kind)(at), title: unpacked(plan.title)(at), subtitle: unpacked(plan.subtitle)(at),
    })),
    width: plan.width,
    height: plan.height,
    associations: { size: associations.names.length, names: associations.names, anchor: associations.anchor, ...association },
    // Candidates count within a program.
    candidateOf: (row) =>
      severalPrograms ? `${association.program(row)} ${association.candidate(row)}` : association.candidate(row),
    member: { ...member, exposure: members.exposure, association: members.association },
    membersOf: grouped(where(false, members.association), associations.names.length),
    membershipOf: grouped(where(false, members.exposure), size),
    // Exposures that are not members themselves, and a product made of them is.
    representedBy: grouped(where(true, members.association), associations.names.length),
    representedIn: grouped(where(true, members.exposure), size),
    meaning: (relation) => raw.relations[relation].definition,
    support: {
      of: grouped(support.exposure, size),
      file: unpacked(support.file),
      relation: unpacked(support.relation),
      kind: unpacked(support.kind),
    },
    setAside: {
      of: grouped(setAside.kept, associations.names.length),
      rule: unpacked(setAside.rule), candidate: unpacked(setAside.candidate), reason: unpacked(setAside.reason),
    },
  };
  Object.assign(data, readRelations(raw, size));
  data.lines = createLines(data);
  data.memberName = (row) => {
    const [less, ending] = member.name(row);
    const at = members.exposure[row];
    const name = at < 0 ? "" : data.cell("filename", at);
    return name.slice(0, name.length - less) + ending;
  };
  return data;
}

// Relations are directed, and then kept in blocks: in an association, each of the sources serves each of the targets;
// or they hold both ways, and then within sets.
function readRelations(raw, size) {
  const order = Object.keys(raw.relations);
  const named = ([name, packed], kind, read) => ({ name, ...raw.relations[name], blocks: [], sets: [], [kind]: read(packed) });
  const relations = [
    ...Object.entries(raw.services).map((each) => named(each, "blocks", readBlocks)),
    ...Object.entries(raw.sets).map((each) => named(each, "sets", readSets)),
  ].sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  for (const relation of relations) {
    for (const each of [...relation.blocks, ...relation.sets]) each.relation = relation;
    // How many edges there are of one that is directed, and how many sets of one that holds both ways.
    relation.size = relation.symmetric ? relation.sets.length : relation.blocks.reduce((sum, block) => sum + block.size, 0);
  }
  const blocks = relations.flatMap((relation) => relation.blocks);
  const sets = relations.flatMap((relation) => relation.sets);
  const ofAssociation = (all) => {
    const rows = grouped(all.map((each) => each.association), raw.associations.names.length);
    return (at) => Array.from(rows(at), (row) => all[row]);
  };
  const ofExposure = (all, list) => {
    const holders = holding(all.map(list), size);
    return (row) => holders(row).map((at) => all[at]);
  };
  return {
    relations,
    blocksIn: ofAssociation(blocks),
    setsIn: ofAssociation(sets),
    setsOf: ofExposure(sets, (set) => set.members),
    servedBy: ofExposure(blocks, (block) => block.sources),
    serving: ofExposure(blocks, (block) => block.targets),
  };
}

function readBlocks(packed) {
  const [sources, targets] = [unpacked(packed.sources), unpacked(packed.targets)];
  return packed.association.map((association, at) => {
    const block = { association, sources: sources(at), targets: targets(at) };
    const both = new Set(block.sources);
    block.apart = !block.targets.some((row) => both.has(row));
    block.size = block.sources.length * block.targets.length - block.targets.filter((row) => both.has(row)).length;
    return block;
  });
}

// The members of a set are in the order of the plan. Where it has parts, the relation holds between these only.
function readSets(packed) {
  const members = unpacked(packed.members);
  const parts = packed.parts ? unpacked(packed.parts) : () => null;
  return packed.name.map((name, at) => ({
    name, association: typeof name === "number" ? name : -1, members: members(at), parts: parts(at),
  }));
}
