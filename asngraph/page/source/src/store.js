// What is chosen, filtered and switched on; whoever shows it listens.

export function createStore(initial) {
  const state = { ...initial };
  const listeners = [];
  return {
    state,
    listen: (keys, listener) => listeners.push([keys, listener]),
    set(change) {
      const changed = Object.keys(change).filter((key) => change[key] !== state[key]);
      if (!changed.length) return;
      Object.assign(state, change);
      for (const [keys, listener] of listeners) if (keys.some((key) => changed.includes(key))) listener(state);
    },
  };
}

export const NO_FILTERS = Object.freeze({ instrument: "", candidate: "", rule: "", level: "" });
export const isFiltering = (filters) => Object.values(filters).some(Boolean);

// Which associations and exposures pass the filters. An association filter leaves the exposures of what passes.
export function passing(data, filters) {
  const { associations } = data;
  const exposures = new Uint8Array(data.size);
  const kept = new Uint8Array(associations.size);
  const asks = filters.candidate || filters.rule || filters.level;
  const fits = (row) => !filters.instrument || data.cell("instrume", row) === filters.instrument;
  for (let row = 0; row < data.size; row++) exposures[row] = !asks && fits(row) ? 1 : 0;
  for (let at = 0; at < associations.size; at++) {
    if (filters.candidate && data.candidateOf(at) !== filters.candidate) continue;
    if (filters.rule && associations.rule(at) !== filters.rule) continue;
    if (filters.level && String(associations.level(at)) !== filters.level) continue;
    for (const row of data.membersOf(at)) {
      const exposure = data.member.exposure[row];
      if (exposure < 0 || !fits(exposure)) continue;
      kept[at] = 1;
      exposures[exposure] = 1;
    }
  }
  return { exposures, associations: kept };
}

const NO_SET = Object.freeze([]);

// What a choice lights up: the exposures that belong to it, those that are meant, and the edges between them.
export function emphasised(data, chosen) {
  const bright = new Set();
  const edges = new Set();
  if (!chosen) return { bright, meant: new Set(), edges, set: NO_SET };
  if (chosen.kind === "association") {
    for (const row of data.membersOf(chosen.at)) if (data.member.exposure[row] >= 0) bright.add(data.member.exposure[row]);
    for (const edge of data.edges.of(chosen.at)) {
      edges.add(edge);
      bright.add(data.edges.source[edge]).add(data.edges.target[edge]);
    }
    return { bright, meant: new Set([data.associations.anchor[chosen.at]]), edges, set: [...bright] };
  }
  bright.add(chosen.at);
  for (const edge of data.edges.touching(chosen.at)) {
    const relation = data.relations[data.edges.relation[edge]];
    if (relation.structural || edges.has(edge)) continue;
    for (const each of relation.symmetric ? data.edges.alike(edge) : [edge]) {
      edges.add(each);
      bright.add(data.edges.source[each]).add(data.edges.target[each]);
    }
  }
  return { bright, meant: new Set([chosen.at]), edges, set: NO_SET };
}
