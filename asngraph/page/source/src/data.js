// The data of the page: packed columns, and the questions that the page asks of them.

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

export function readData(raw) {
  const { exposures, associations, members, plan, support, setAside } = raw;
  undefinedTexts = new Set(raw.undefined);
  const columns = new Map(Object.entries(exposures.columns).map(([name, packed]) => [name, unpacked(packed)]));
  const size = exposures.names.length;
  const own = ["asn_type", "rule", "level", "candidate", "candidate_type", "program", "target"];
  const association = Object.fromEntries(own.map((name) => [name, unpacked(associations[name])]));
  const member = { exptype: unpacked(members.exptype), product: unpacked(members.product), name: unpacked(members.name) };
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
    membersOf: grouped(members.association, associations.names.length),
    membershipOf: grouped(members.exposure, size),
    relations: readRelations(raw),
    support: {
      of: grouped(support.exposure, size),
      file: unpacked(support.file),
      relation: unpacked(support.relation),
      kind: support.kind ? unpacked(support.kind) : () => "",
    },
    setAside: {
      of: grouped(setAside.kept, associations.names.length),
      rule: unpacked(setAside.rule), candidate: unpacked(setAside.candidate), reason: unpacked(setAside.reason),
    },
  };
  data.edges = joined(data.relations, size, associations.names.length);
  data.memberName = (row) => {
    const [less, ending] = member.name(row);
    const at = members.exposure[row];
    const name = at < 0 ? "" : data.cell("filename", at);
    return name.slice(0, name.length - less) + ending;
  };
  return data;
}

function readRelations(raw) {
  const order = Object.keys(raw.relations);
  return Object.entries(raw.edges)
    .map(([name, edges]) => ({
      name,
      ...raw.relations[name],
      source: edges.source, target: edges.target, group: edges.group,
      size: edges.source.length,
    }))
    .sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
}

// All edges under one numbering: those of the first relation, then those of the second, and so on. Groups are those of
// associations, and after these the classes of exposures that the pool's own relations tie.
function joined(relations, exposures, associations) {
  const size = relations.reduce((sum, relation) => sum + relation.size, 0);
  const edges = {
    size, source: new Int32Array(size), target: new Int32Array(size), group: new Int32Array(size),
    relation: new Uint8Array(size),
  };
  let at = 0;
  let groups = associations;
  relations.forEach((relation, number) => {
    relation.first = at;
    relation.group.forEach((group, edge) => {
      const joint = group < 0 ? associations - 1 - group : group;
      edges.group[at + edge] = joint;
      groups = Math.max(groups, joint + 1);
    });
    edges.source.set(relation.source, at);
    edges.target.set(relation.target, at);
    edges.relation.fill(number, at, at + relation.size);
    at += relation.size;
  });
  edges.from = grouped(edges.source, exposures);
  edges.to = grouped(edges.target, exposures);
  edges.of = grouped(edges.group, groups);
  edges.touching = (row) => [...edges.from(row), ...edges.to(row)];
  // What is tied by a relation that holds both ways, though edges lead to the first of a group only.
  edges.alike = (edge) => [...edges.of(edges.group[edge])].filter((other) => edges.relation[other] === edges.relation[edge]);
  return edges;
}
