// The lines of the map, under one numbering. What serves is joined to each exposure that it serves, or, where fewer
// lines do, through a point at which all of a block meet. A set is a path through its members.

export const [PAIR, PATH, TO_POINT, FROM_POINT] = [1, 2, 3, 4];

export function createLines({ relations, x, y }) {
  const lines = { from: [], to: [], kind: [], relation: [], association: [], point: [] };

  function add(relation, association, from, to, kind, point = null) {
    lines.from.push(from);
    lines.to.push(to);
    lines.kind.push(kind);
    lines.relation.push(relation);
    lines.association.push(association);
    lines.point.push(point);
  }

  function addBlock(block) {
    const { relation, association, sources, targets } = block;
    if (block.apart && sources.length * targets.length > sources.length + targets.length) {
      block.point = between(sources, targets, x, y);
      for (const source of sources) add(relation, association, source, targets[0], TO_POINT, block.point);
      for (const target of targets) add(relation, association, sources[0], target, FROM_POINT, block.point);
      return;
    }
    for (const source of sources) {
      for (const target of targets) if (source !== target) add(relation, association, source, target, PAIR);
    }
  }

  function addSet({ relation, association, members }) {
    for (let at = 1; at < members.length; at++) add(relation, association, members[at - 1], members[at], PATH);
  }

  for (const relation of relations) {
    relation.first = lines.from.length;
    for (const [each, draw] of [...relation.blocks.map((block) => [block, addBlock]), ...relation.sets.map((set) => [set, addSet])]) {
      each.first = lines.from.length;
      draw(each);
      each.end = lines.from.length;
    }
    relation.end = lines.from.length;
  }
  return lines;
}

// Midway between the middle of what serves and the middle of what it serves.
function between(sources, targets, x, y) {
  const middle = (rows, at) => rows.reduce((sum, row) => sum + at[row], 0) / rows.length;
  return [x, y].map((at) => (middle(sources, at) + middle(targets, at)) / 2);
}

export const every = ({ first, end }) => Array.from({ length: end - first }, (_, at) => first + at);

// The lines of a block that lead from an exposure to all that it serves, or to it from all that serve it.
export function linesOf(lines, block, row) {
  const all = every(block);
  if (!block.point) return all.filter((line) => lines.from[line] === row || lines.to[line] === row);
  const serves = block.sources.includes(row);
  return all.filter((line) =>
    lines.kind[line] === TO_POINT ? !serves || lines.from[line] === row : serves || lines.to[line] === row);
}
