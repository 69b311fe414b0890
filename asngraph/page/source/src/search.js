// Search for exposures and associations: a combobox whose list the arrow keys walk.

import { isDefined } from "./data.js";
import { beside, byId, count, el, own } from "./dom.js";
import { stem, summary } from "./entries.js";
import { roleMark } from "./looks.js";

const MOST = 40;
const COLUMNS = ["filename", "obs_id", "targname", "targprop", "exp_type", "instrume", "detector", "filter", "pupil", "grating", "band", "template"];

export function createSearch(data, choose, announce) {
  const input = byId("search");
  const list = byId("results");
  let found = [];
  let current = -1;
  let texts = null;

  // Made when the first letter is typed; most who open a page do not search it.
  function haystack() {
    texts ??= {
      association: data.associations.names.map((name, at) => {
        const members = data.membersOf(at);
        const product = members.length ? data.member.product(members[0]) : "";
        return [name, product, data.associations.rule(at), data.associations.asn_type(at)].join("\n").toLowerCase();
      }),
      exposure: data.names.map((name, row) =>
        [name, data.role(row), `o${data.cell("obs_num", row).padStart(3, "0")}`, ...COLUMNS.map((column) => data.cell(column, row))].join("\n").toLowerCase()),
    };
    return texts;
  }

  function find(query) {
    const asked = query.toLowerCase().split(/\s+/).filter(Boolean);
    if (!asked.length) return { total: 0, found: [] };
    const hits = [];
    for (const [kind, all] of Object.entries(haystack())) {
      all.forEach((text, at) => {
        if (asked.every((word) => text.includes(word))) hits.push({ kind, at });
      });
    }
    // Some of both, even if there are many of one.
    const of = (kind) => hits.filter((hit) => hit.kind === kind);
    const [associations, exposures] = [of("association"), of("exposure")];
    const half = MOST / 2;
    const first = associations.slice(0, Math.max(half, MOST - exposures.length));
    return { total: hits.length, found: [...exposures.slice(0, MOST - first.length), ...first] };
  }

  function about(kind, at) {
    if (kind === "association") return [data.associations.rule(at).replace(/^Asn_/, "")];
    return [...summary(data, at), data.cell("targname", at)].filter(isDefined);
  }

  function show() {
    const { total, found: hits } = find(input.value);
    found = hits;
    current = -1;
    input.removeAttribute("aria-activedescendant");
    const options = found.map(({ kind, at }, number) =>
      el(
        "li", { role: "option", id: `result-${number}`, "aria-selected": "false", class: "entry", mousedown: (event) => event.preventDefault(), click: () => take(number) },
        kind === "exposure" ? roleMark(data.role(at)) : el("span", { class: `level level-${data.associations.level(at)}` }, String(data.associations.level(at))),
        el("span", { class: "what" },
          own(kind === "exposure" ? stem(data.names[at]) : data.associations.names[at], { class: "name" }),
          beside(about(kind, at), { class: "note" })),
      ));
    const asked = input.value.trim() !== "";
    const rest = total > found.length ? `the first ${found.length} of ${count(total, "match", "matches")}` : total ? count(total, "match", "matches") : "Nothing found.";
    list.replaceChildren(...options);
    byId("found").textContent = asked ? rest : "";
    byId("result-box").hidden = !asked;
    input.setAttribute("aria-expanded", String(asked && total > 0));
    if (asked) announce(rest);
  }

  function mark(number) {
    if (!found.length) return;
    current = (number + found.length) % found.length;
    [...list.children].forEach((option, at) => option.setAttribute("aria-selected", String(at === current)));
    list.children[current].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", `result-${current}`);
  }

  function take(number) {
    const hit = found[number];
    close();
    if (hit) choose(hit, { focus: true });
  }

  function close() {
    byId("result-box").hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  // In a large pool, what is typed fast is searched once; a key that acts on the results does not wait.
  let waiting = null;
  const flush = () => {
    if (waiting === null) return;
    clearTimeout(waiting);
    waiting = null;
    show();
  };
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(flush, 100);
    if (data.size < 3000) flush();
  });
  input.addEventListener("focus", () => input.value.trim() && show());
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (["ArrowDown", "ArrowUp", "Enter"].includes(event.key)) flush();
    if (event.key === "ArrowDown") mark(current + 1);
    else if (event.key === "ArrowUp") mark(current - 1);
    else if (event.key === "Enter") take(Math.max(current, 0));
    else if (event.key === "Escape" && input.value) {
      input.value = "";
      show();
      event.stopPropagation();
    } else return;
    event.preventDefault();
  });
}
