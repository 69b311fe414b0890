// What is chosen, filtered and switched on; whoever shows it listens.

import { every, linesOf } from "./lines.js";

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
    for (const row of [...data.membersOf(at), ...data.representedBy(at)]) {
      const exposure = data.member.exposure[row];
      if (exposure < 0 || !fits(exposure)) continue;
      kept[at] = 1;
      exposures[exposure] = 1;
    }
  }
  return { exposures, associations: kept };
}

const NO_SET = Object.freeze([]);

// What a choice lights up: the exposures that belong to it, those that are meant, the lines between them, and the
// exposures of the chosen association as a set.
export function emphasised(data, chosen) {
  if (!chosen) return { bright: new Set(), meant: new Set(), lines: new Set(), set: NO_SET };
  return chosen.kind === "association" ? ofAssociation(data, chosen.at) : ofExposure(data, chosen.at);
}

function ofAssociation(data, at) {
  const rows = [...data.membersOf(at), ...data.representedBy(at)].map((row) => data.member.exposure[row]);
  const bright = new Set(rows.filter((row) => row >= 0));
  const lines = new Set([...data.blocksIn(at), ...data.setsIn(at)].flatMap(every));
  return { bright, meant: new Set(), lines, set: [...bright] };
}

function ofExposure(data, row) {
  const bright = new Set([row]);
  const lines = new Set();
  const light = (rows, those) => {
    for (const each of rows) bright.add(each);
    for (const each of those) lines.add(each);
  };
  for (const block of data.servedBy(row)) light(block.targets, linesOf(data.lines, block, row));
  for (const block of data.serving(row)) light(block.sources, linesOf(data.lines, block, row));
  for (const set of data.setsOf(row)) if (!set.relation.structural) light(set.members, every(set));
  return { bright, meant: new Set([row]), lines, set: NO_SET };
}
