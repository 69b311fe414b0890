// What stands for what. Every role has a colour and a shape, every relation a colour, a pattern and maybe an arrow, so
// that nothing is told by hue alone. The colours are those of Okabe and Ito, darkened on white for contrast.

import { svg } from "./dom.js";

export const SHAPES = ["circle", "square", "diamond", "triangle", "nabla", "hexagon", "plus", "cross", "ring", "pentagon"];

const COLOURS = {
  blue: ["#0072b2", "#56b4e9"],
  sky: ["#2f93cd", "#9ad4f5"],
  orange: ["#c98500", "#f0ab1f"],
  green: ["#008a66", "#21b88f"],
  purple: ["#b4518c", "#dd92bb"],
  vermillion: ["#c94f00", "#f57f3b"],
  yellow: ["#a89500", "#f0e442"],
  ink: ["#23272e", "#f2f4f7"],
  slate: ["#5b6b82", "#93a4bd"],
  grey: ["#7d8590", "#8b949e"],
};

const ROLES = {
  science: ["blue", "circle"],
  background: ["orange", "square"],
  target_acquisition: ["green", "diamond"],
  psf: ["purple", "triangle"],
  imprint: ["vermillion", "nabla"],
  autowave: ["sky", "cross"],
  autoflat: ["yellow", "plus"],
  flat: ["yellow", "pentagon"],
  dark: ["ink", "ring"],
  engineering: ["grey", "hexagon"],
  direct_image: ["sky", "circle"],
};
const OTHER_ROLE = ["grey", "circle"];

export const PATTERNS = { solid: [], dashed: [6, 4], dotted: [1.5, 3.5], dashdot: [7, 3, 1.5, 3] };
const PATTERN_NUMBER = { solid: 0, dashed: 1, dotted: 2, dashdot: 3 };

const RELATIONS = {
  grouped_with: ["slate", "solid"],
  background_for: ["orange", "solid"],
  nod_background_for: ["orange", "dashed"],
  target_acquisition_for: ["green", "solid"],
  confirmation_for: ["green", "dashed"],
  wavecal_for: ["sky", "solid"],
  flat_for: ["yellow", "dashed"],
  imprint_for: ["vermillion", "solid"],
  psf_for: ["purple", "solid"],
  direct_image_for: ["blue", "dashdot"],
  calibration_for: ["ink", "dashdot"],
  msa_plan_for: ["ink", "dotted"],
  same_target: ["grey", "dotted"],
  same_observation: ["grey", "dashed"],
  same_optics: ["grey", "solid"],
  same_dither_pattern: ["grey", "dashdot"],
  same_mosaic: ["slate", "dashed"],
  linked_observation: ["ink", "solid"],
};
const OTHER_RELATION = ["ink", "dotted"];

export const GROUNDS = {
  light: { plan: "#f6f7f9", program: "#eef0f4", target: "#ffffff", targetEdge: "#d5dae2", observation: "#f3f5f8",
    observationEdge: "#e1e5eb", title: "#2b323c", faint: "#687282", accent: "#7a3ff2", set: "#ece3ff", setEdge: "#9a6bf5" },
  dark: { plan: "#101317", program: "#14181d", target: "#1a1f26", targetEdge: "#313943", observation: "#20262e",
    observationEdge: "#2b333d", title: "#dde3ea", faint: "#8e99a8", accent: "#c3a6ff", set: "#3a2f5c", setEdge: "#9d7cf0" },
};

const tone = (theme) => (theme === "dark" ? 1 : 0);

export function roleLook(role, theme) {
  const [colour, shape] = ROLES[role] ?? OTHER_ROLE;
  return { colour: COLOURS[colour][tone(theme)], shape: SHAPES.indexOf(shape) };
}

export const roleOrder = (role) => {
  const at = Object.keys(ROLES).indexOf(role);
  return at < 0 ? 99 : at;
};

export function relationLook(relation, theme) {
  const [colour, pattern] = RELATIONS[relation.name] ?? OTHER_RELATION;
  return { colour: COLOURS[colour][tone(theme)], pattern: PATTERN_NUMBER[pattern], arrow: !relation.symmetric };
}

const polygon = (points) => ({ points: points.map((point) => point.join(",")).join(" ") });
const around = (corners, turn, radius = 6.4) =>
  Array.from({ length: corners }, (_, at) => {
    const angle = ((at + turn) / corners) * 2 * Math.PI;
    return [(8 + radius * Math.sin(angle)).toFixed(2), (8 - radius * Math.cos(angle)).toFixed(2)];
  });

// A mark for a role, coloured by the style sheet through its class, so that it follows the theme.
export function roleMark(role) {
  const [colour, shape] = ROLES[role] ?? OTHER_ROLE;
  const drawn = {
    circle: () => svg("circle", { cx: 8, cy: 8, r: 5.5 }),
    ring: () => svg("circle", { cx: 8, cy: 8, r: 4.4, class: "hollow" }),
    square: () => svg("rect", { x: 3, y: 3, width: 10, height: 10, rx: 1 }),
    diamond: () => svg("polygon", polygon(around(4, 0))),
    triangle: () => svg("polygon", polygon(around(3, 0, 6.6))),
    nabla: () => svg("polygon", polygon(around(3, 1.5, 6.6))),
    hexagon: () => svg("polygon", polygon(around(6, 0.5, 6))),
    pentagon: () => svg("polygon", polygon(around(5, 0, 6.2))),
    plus: () => svg("path", { d: "M6 2h4v4h4v4h-4v4H6v-4H2V6h4z" }),
    cross: () => svg("path", { d: "M6 2h4v4h4v4h-4v4H6v-4H2V6h4z", transform: "rotate(45 8 8)" }),
  }[shape]();
  return svg("svg", { class: `mark ink-${colour}`, viewBox: "0 0 16 16", "aria-hidden": "true" }, drawn);
}

export function relationMark(relation) {
  const [colour, pattern] = RELATIONS[relation.name] ?? OTHER_RELATION;
  const line = svg("line", { x1: 1, y1: 6, x2: relation.symmetric ? 31 : 25, y2: 6 });
  if (PATTERNS[pattern].length) line.setAttribute("stroke-dasharray", PATTERNS[pattern].join(" "));
  return svg(
    "svg", { class: `line ink-${colour}`, viewBox: "0 0 32 12", "aria-hidden": "true" }, line,
    relation.symmetric ? null : svg("polygon", { points: "24,2 31,6 24,10" }),
  );
}
