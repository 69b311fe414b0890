// The picture: sigma draws exposures and relations, canvases below and above them the plan.

import Graph from "graphology";
import Sigma from "sigma";

import { GROUNDS, relationLook, roleLook } from "./looks.js";
import { createLayers } from "./layers.js";
import { createPlan } from "./plan.js";
import { BRIGHT, CHOSEN, ExposureProgram, GHOST, PLAIN, RelationProgram, frame } from "./programs.js";
import { emphasised } from "./store.js";

export function webglWorks() {
  const canvas = document.createElement("canvas");
  return Boolean(canvas.getContext("webgl2") ?? canvas.getContext("webgl")?.getExtension("ANGLE_instanced_arrays"));
}

const numbers = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255);
const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// A small pool is not blown up beyond this many pixels for a step of its grid, and nothing beyond the second number.
const LARGEST_PITCH = 44;
const CLOSEST_PITCH = 90;
const FARTHEST = 12;

export function createMap(container, data, store, { pick, hover }) {
  let theme = store.state.theme;
  let emphasis = emphasised(data, store.state.chosen);
  let shown = store.state.passing;
  const loaded = new Set();
  const graph = new Graph({ multi: true, type: "directed", allowSelfLoops: true });
  for (let row = 0; row < data.size; row++) graph.addNode(String(row), { x: data.x[row], y: -data.y[row] });
  const on = (relation) => store.state.relations.has(relation.name);
  loadShown();

  frame.unit = 1 / Math.max(data.width, data.height);
  paint();
  const sigma = new Sigma(graph, container, {
    allowInvalidContainer: true,
    autoRescale: true,
    stagePadding: 18,
    maxCameraRatio: FARTHEST,
    hideEdgesOnMove: true,
    renderLabels: false,
    defaultNodeType: "exposure",
    defaultEdgeType: "relation",
    nodeProgramClasses: { exposure: ExposureProgram },
    edgeProgramClasses: { relation: RelationProgram },
    nodeReducer: exposureLook,
    edgeReducer: edgeLook,
    defaultDrawNodeHover: () => {},
  });
  const toViewport = (x, y) => sigma.graphToViewport({ x, y: -y });
  const plan = createPlan(data, toViewport);
  const layers = createLayers(sigma, container, {
    plan: [{ beforeLayer: "edges" }, plan.regions],
    outline: [{ beforeLayer: "edges" }, (context, size, colours) => plan.outline(context, size, colours, emphasis.set)],
    titles: [{ beforeLayer: "labels" }, plan.titles],
  });
  sigma.setCustomBBox({ x: [0, data.width], y: [-data.height, 0] });
  sigma.resize(true);
  sigma.on("afterRender", () => layers.draw(GROUNDS[theme], { outline: emphasis.set }));
  sigma.on("clickNode", ({ node }) => pick(Number(node)));
  sigma.on("clickStage", () => pick(null));
  sigma.on("enterNode", ({ node }) => hover(Number(node), toViewport(data.x[node], data.y[node])));
  sigma.on("leaveNode", () => hover(null));
  sigma.getCamera().on("updated", () => hover(null));
  // Edges are hidden on the move, and come back when it ends.
  let settling;
  sigma.getCamera().on("updated", () => {
    clearTimeout(settling);
    settling = setTimeout(() => sigma.scheduleRender(), 300);
  });

  function exposureLook(key, { x, y }) {
    const row = Number(key);
    const { colour, shape } = roleLook(data.role(row), theme);
    return { x, y, size: 1, color: colour, shape, state: stateOf(row) };
  }

  function stateOf(row) {
    if (emphasis.meant.has(row)) return CHOSEN;
    if (emphasis.bright.has(row)) return BRIGHT;
    return shown.exposures[row] ? PLAIN : GHOST;
  }

  function edgeLook(key) {
    const edge = Number(key);
    const relation = data.relations[data.edges.relation[edge]];
    const { colour, pattern, arrow } = relationLook(relation, theme);
    const bright = emphasis.edges.has(edge);
    return {
      hidden: !bright && !edgeShown(edge, relation), color: colour, pattern, arrow: arrow ? 1 : 0,
      state: bright ? BRIGHT : PLAIN, size: 1,
    };
  }

  function edgeShown(edge, relation) {
    const { source, target, group } = data.edges;
    if (!on(relation) || !shown.exposures[source[edge]] || !shown.exposures[target[edge]]) return false;
    return relation.structural || Boolean(shown.associations[group[edge]]);
  }

  function addEdge(edge) {
    graph.addDirectedEdgeWithKey(String(edge), String(data.edges.source[edge]), String(data.edges.target[edge]));
  }

  function loadShown() {
    const shownRelations = data.relations.filter(on);
    shownRelations.forEach(load);
    frame.relations = Math.max(1, shownRelations.reduce((sum, relation) => sum + relation.size, 0));
  }

  function load(relation) {
    if (loaded.has(relation.name)) return;
    loaded.add(relation.name);
    for (let edge = relation.first; edge < relation.first + relation.size; edge++) {
      if (!graph.hasEdge(String(edge))) addEdge(edge);
    }
  }

  function paint() {
    const ground = GROUNDS[theme];
    frame.accent = numbers(ground.accent);
    frame.ground = numbers(ground.observation);
    frame.ink = theme === "dark" ? [1, 1, 1] : [0, 0, 0];
  }

  function everything() {
    sigma.refresh({ partialGraph: { nodes: graph.nodes(), edges: graph.edges() }, skipIndexation: !pending() });
  }

  // What was added since the last frame has no place in the graphics memory yet, and sigma has to place all anew.
  const pending = () => sigma.needToProcess;

  // How many pixels a step of the grid has.
  const pitch = () => toViewport(1, 0).x - toViewport(0, 0).x;
  const whole = () => ({ x: 0.5, y: 0.5, ratio: Math.max(1, (pitch() * sigma.getCamera().ratio) / LARGEST_PITCH) });
  sigma.refresh();
  const closest = (pitch() * sigma.getCamera().ratio) / CLOSEST_PITCH;
  sigma.setSetting("minCameraRatio", closest);
  sigma.getCamera().setState(whole());

  store.listen(["chosen"], ({ chosen }) => {
    const before = emphasis;
    emphasis = emphasised(data, chosen);
    frame.dimmed = chosen ? 1 : 0;
    const nodes = new Set([...before.bright, ...before.meant, ...emphasis.bright, ...emphasis.meant]);
    const edges = new Set([...before.edges, ...emphasis.edges]);
    for (const edge of emphasis.edges) if (!graph.hasEdge(String(edge))) addEdge(edge);
    const known = [...edges].map(String).filter((edge) => graph.hasEdge(edge));
    sigma.refresh({ partialGraph: { nodes: [...nodes].map(String), edges: known }, skipIndexation: !pending() });
  });
  store.listen(["passing"], (state) => {
    shown = state.passing;
    everything();
  });
  store.listen(["relations"], () => {
    loadShown();
    everything();
  });
  store.listen(["theme"], (state) => {
    theme = state.theme;
    paint();
    everything();
  });
  // Exposures of what is chosen come into view, large enough to be told apart.
  function reveal(rows) {
    if (!rows.length) return;
    const { width, height } = sigma.getDimensions();
    const places = rows.map((row) => toViewport(data.x[row], data.y[row]));
    const xs = places.map((place) => place.x);
    const ys = places.map((place) => place.y);
    const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const step = pitch();
    const inside = left > 20 && top > 20 && right < width - 20 && bottom < height - 20;
    const { ratio: now } = sigma.getCamera().getState();
    const spread = Math.max((right - left + 6 * step) / (0.85 * width), (bottom - top + 6 * step) / (0.85 * height));
    const ratio = Math.min(whole().ratio, Math.max(now * spread, (now * step) / 30));
    if (inside && (step >= 9 || ratio > 0.7 * now)) return;
    const { x, y } = sigma.viewportToFramedGraph({ x: (left + right) / 2, y: (top + bottom) / 2 });
    move({ x, y, ratio });
  }

  function move(state) {
    if (calm()) sigma.getCamera().setState(state);
    else sigma.getCamera().animate(state, { duration: 350 });
  }

  return {
    reveal,
    place: (row) => toViewport(data.x[row], data.y[row]),
    fit: () => move(whole()),
    zoom(factor) {
      move({ ...sigma.getCamera().getState(), ratio: Math.min(FARTHEST, Math.max(closest, sigma.getCamera().ratio * factor)) });
    },
    pan(right, down) {
      const { width, height } = sigma.getDimensions();
      const middle = { x: width / 2 + right * 0.2 * width, y: height / 2 + down * 0.2 * height };
      move({ ...sigma.getCamera().getState(), ...sigma.viewportToFramedGraph(middle) });
    },
    // The exposure next to one in a direction, straight ahead before aside.
    beside(row, right, down) {
      let best = null;
      let least = Infinity;
      for (let other = 0; other < data.size; other++) {
        const x = data.x[other] - data.x[row];
        const y = data.y[other] - data.y[row];
        const ahead = x * right + y * down;
        if (ahead < 0.5 || !shown.exposures[other]) continue;
        const far = ahead + 3 * Math.abs(x * down + y * right);
        if (far < least) [best, least] = [other, far];
      }
      return best;
    },
  };
}
