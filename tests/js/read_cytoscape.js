// Reads Cytoscape JSON with cytoscape.js, and prints what it made of it.
const fs = require("fs");
const cytoscape = require("cytoscape");

const graph = cytoscape({ headless: true, ...JSON.parse(fs.readFileSync(process.argv[2], "utf8")) });
console.log(
  JSON.stringify({
    nodes: graph.nodes().map((node) => node.data()),
    edges: graph.edges().map((edge) => ({ ...edge.data(), from: edge.source().id(), to: edge.target().id() })),
    withParent: graph.nodes().filter((node) => node.isChild()).length,
  }),
);
