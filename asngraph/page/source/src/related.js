// Which exposures stand in a relation to an exposure, and which files serve it.

export const [BOTH, SERVES, SERVED] = ["both", "serves", "served"];

export function related(data, row) {
  const found = new Map();
  const put = (relation, direction, others) => {
    const key = `${relation.name} ${direction}`;
    if (!found.has(key)) found.set(key, { relation, direction, others: new Set() });
    for (const other of others) if (other !== row) found.get(key).others.add(other);
  };
  for (const block of data.servedBy(row)) put(block.relation, SERVES, block.targets);
  for (const block of data.serving(row)) put(block.relation, SERVED, block.sources);
  for (const set of data.setsOf(row)) put(set.relation, BOTH, othersIn(set, row));
  return [...found.values()]
    .filter((each) => each.others.size)
    .sort((a, b) => a.relation.structural - b.relation.structural || data.relations.indexOf(a.relation) - data.relations.indexOf(b.relation));
}

function othersIn({ members, parts }, row) {
  if (!parts) return members;
  const own = new Set(parts.filter((_, at) => members[at] === row));
  return members.filter((_, at) => !own.has(parts[at]));
}
