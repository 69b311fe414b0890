// The picture: sigma draws exposures and relations, canvases below and above them the plan.

import Graph from "graphology";
import Sigma from "sigma";

import { FARTHEST, createCamera } from "./camera.js";
import { createLayers } from "./layers.js";
import { every } from "./lines.js";
import { GROUNDS } from "./looks.js";
import { createPaint } from "./paint.js";
import { createPlan } from "./plan.js";
import { ExposureProgram, RelationProgram, frame } from "./programs.js";
import { emphasised } from "./store.js";

export function webglWorks() {
  const canvas = document.createElement("canvas");
  return Boolean(canvas.getContext("webgl2") ?? canvas.getContext("webgl")?.getExtension("ANGLE_instanced_arrays"));
}

export function createMap(container, data, store, { pick, hover }) {
  const paint = createPaint(data, store);
  const graph = new Graph({ multi: true, type: "directed", allowSelfLoops: true });
  for (let row = 0; row < data.size; row++) graph.addNode(String(row), { x: data.x[row], y: -data.y[row] });
  setGround(data, store);
  const sigma = createSigma(graph, container, paint);
  const toViewport = (x, y) => sigma.graphToViewport({ x, y: -y });
  createGround(sigma, container, data, store, paint, toViewport);
  const camera = createCamera(sigma, data, toViewport);
  const edges = createEdges(graph, data, store);
  // Edges come last, so that the first picture is drawn once.
  edges.load();
  listenToPointer(sigma, { pick, hover: (row) => hover(row, row === null ? null : toViewport(data.x[row], data.y[row])) });

  // What was added since the last frame has no place in the graphics memory yet, and sigma has to place all anew.
  function refresh(nodes, relations) {
    sigma.refresh({ partialGraph: { nodes, edges: relations }, skipIndexation: !sigma.needToProcess });
  }
  const refreshAll = () => refresh(graph.nodes(), graph.edges());

  store.listen(["chosen"], ({ chosen }) => {
    const before = paint.emphasis;
    const now = emphasised(data, chosen);
    paint.emphasis = now;
    frame.dimmed = chosen ? 1 : 0;
    now.lines.forEach(edges.add);
    const changed = (name) => [...new Set([...before[name], ...now[name]])].map(String);
    refresh([...new Set([...changed("bright"), ...changed("meant")])], changed("lines"));
  });
  store.listen(["passing"], refreshAll);
  store.listen(["relations"], () => {
    edges.load();
    refreshAll();
  });
  store.listen(["theme"], () => {
    setGround(data, store);
    refreshAll();
  });
  return camera;
}

function createSigma(graph, container, paint) {
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
    nodeReducer: paint.exposure,
    edgeReducer: paint.relation,
    defaultDrawNodeHover: () => {},
  });
  // Edges are hidden on the move, and come back when it ends.
  let settling;
  sigma.getCamera().on("updated", () => {
    clearTimeout(settling);
    settling = setTimeout(() => sigma.scheduleRender(), 300);
  });
  return sigma;
}

function createGround(sigma, container, data, store, paint, toViewport) {
  const plan = createPlan(data, toViewport);
  const outline = (context, size, colours) => plan.outline(context, size, colours, paint.emphasis.set);
  const layers = createLayers(sigma, container, {
    plan: [{ beforeLayer: "edges" }, plan.regions],
    outline: [{ beforeLayer: "edges" }, outline],
    titles: [{ beforeLayer: "labels" }, plan.titles],
  });
  sigma.setCustomBBox({ x: [0, data.width], y: [-data.height, 0] });
  sigma.resize(true);
  sigma.refresh();
  sigma.on("afterRender", () => layers.draw(GROUNDS[store.state.theme], { outline: paint.emphasis.set }));
}

// The lines that the graph has so far: those of a relation come when it is first switched on.
function createEdges(graph, data, store) {
  const loaded = new Set();
  const added = new Uint8Array(data.lines.from.length);

  function add(line) {
    if (added[line]) return;
    added[line] = 1;
    graph.addDirectedEdgeWithKey(String(line), String(data.lines.from[line]), String(data.lines.to[line]));
  }

  function load() {
    const shown = data.relations.filter(({ name }) => store.state.relations.has(name));
    for (const relation of shown) {
      if (loaded.has(relation.name)) continue;
      loaded.add(relation.name);
      every(relation).forEach(add);
    }
    frame.relations = Math.max(1, shown.reduce((sum, { first, end }) => sum + end - first, 0));
  }

  return { add, load };
}

function setGround(data, store) {
  const ground = GROUNDS[store.state.theme];
  const numbers = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255);
  frame.unit = 1 / Math.max(data.width, data.height);
  frame.accent = numbers(ground.accent);
  frame.ground = numbers(ground.observation);
  frame.ink = store.state.theme === "dark" ? [1, 1, 1] : [0, 0, 0];
}

function listenToPointer(sigma, { pick, hover }) {
  sigma.on("clickNode", ({ node }) => pick(Number(node)));
  sigma.on("clickStage", () => pick(null));
  sigma.on("enterNode", ({ node }) => hover(Number(node)));
  sigma.on("leaveNode", () => hover(null));
  sigma.getCamera().on("updated", () => hover(null));
}
