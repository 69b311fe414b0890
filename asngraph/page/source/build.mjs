// Builds the script of the page: our own modules and the libraries they use, in one file with their licences.
// Beside it, it records of which sources it was built, so that a test can tell when it was not built again.

import { createHash } from "node:crypto";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const assets = fileURLToPath(new URL("../assets/", import.meta.url));
const sha256 = (content) => createHash("sha256").update(content).digest("hex");

const result = await build({
  absWorkingDir: here,
  entryPoints: ["src/main.js"],
  bundle: true,
  minify: true,
  write: false,
  metafile: true,
  format: "iife",
  target: "es2022",
  charset: "ascii",
  legalComments: "none",
});

const used = [
  ...new Set(
    Object.keys(result.metafile.inputs)
      .filter((input) => input.startsWith("node_modules/"))
      .map((input) => input.split("/")[1]),
  ),
].sort();
const licences = await Promise.all(
  used.map(async (name) => {
    const folder = `${here}node_modules/${name}/`;
    const { version, license } = JSON.parse(await readFile(`${folder}package.json`, "utf8"));
    const file = (await readdir(folder)).find((each) => /^licen[cs]e/i.test(each));
    const text = (await readFile(`${folder}${file}`, "utf8")).trim();
    return `${name} ${version} (${license})\n\n${text}\n`;
  }),
);
const notice = `The script of this page holds these libraries, each under its licence.\n\n${licences.join("\n---\n\n")}`;
const script = `/*!\n${notice.replaceAll("*/", "* /")}*/\n${result.outputFiles[0].text.trim()}\n`;

const sources = ["build.mjs", "package-lock.json", ...(await readdir(`${here}src`)).map((name) => `src/${name}`)].sort();
const record = { "page.js": sha256(script), sources: {} };
for (const source of sources) record.sources[source] = sha256(await readFile(`${here}${source}`));

await writeFile(`${assets}page.js`, script);
await writeFile(`${assets}LICENSES.txt`, notice);
await writeFile(`${assets}page.build.json`, `${JSON.stringify(record, null, 2)}\n`);
console.log(`page.js: ${script.length} bytes, with ${used.join(", ")}`);
