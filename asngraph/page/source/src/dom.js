// Elements are made here, and text goes into them as text: nothing from a pool is ever read as markup.

const SVG = "http://www.w3.org/2000/svg";

export const byId = (id) => document.getElementById(id);

export function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== undefined && value !== null) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

// Text of a pool, set apart so that its writing direction does not reorder what stands around it.
export const own = (text, attributes = {}) => el("bdi", attributes, text);

// Several texts of a pool beside each other, each set apart.
export function beside(texts, attributes = {}) {
  return el("span", attributes, ...texts.flatMap((text, at) => (at ? [" · ", own(text)] : [own(text)])));
}

export function count(number, one, several = `${one}s`) {
  return `${number.toLocaleString("en")} ${number === 1 ? one : several}`;
}

export const words = (name) => name.replaceAll("_", " ");

// A list that is shown in portions, so that a long one costs no more than a short one.
export function portions(list, items, toElement, portion = 100) {
  let shown = 0;
  const more = el("button", { type: "button", class: "more", click: next });
  const last = el("li", {}, more);
  function next() {
    const from = shown;
    const fresh = document.createDocumentFragment();
    for (; shown < Math.min(from + portion, items.length); shown++) fresh.append(el("li", {}, toElement(items[shown])));
    last.remove();
    list.append(fresh);
    if (from) list.children[from]?.querySelector("button")?.focus();
    if (shown === items.length) return;
    more.textContent = `Show ${Math.min(portion, items.length - shown)} more of ${count(items.length, "entry", "entries")}`;
    list.append(last);
  }
  next();
  return list;
}
