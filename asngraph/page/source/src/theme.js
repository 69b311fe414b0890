// Light or dark: as the system is, until someone says otherwise; remembered where the browser allows it.

import { byId } from "./dom.js";

const KEY = "asngraph-theme";
const dark = matchMedia("(prefers-color-scheme: dark)");
const system = () => (dark.matches ? "dark" : "light");

function remembered() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function remember(theme) {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // A page opened from a file may have no storage; then the choice holds while it is open.
  }
}

export function startTheme() {
  const asked = remembered();
  const theme = asked === "dark" || asked === "light" ? asked : system();
  document.documentElement.dataset.theme = theme;
  return theme;
}

export function createThemeSwitch(store) {
  const button = byId("theme");
  const show = ({ theme }) => {
    document.documentElement.dataset.theme = theme;
    const other = theme === "dark" ? "light" : "dark";
    button.setAttribute("aria-label", `Change to ${other}`);
    button.title = `Change to ${other} (t)`;
  };
  const toggle = () => {
    const theme = store.state.theme === "dark" ? "light" : "dark";
    remember(theme);
    store.set({ theme });
  };
  button.addEventListener("click", toggle);
  dark.addEventListener("change", () => remembered() ?? store.set({ theme: system() }));
  store.listen(["theme"], show);
  show(store.state);
  return toggle;
}
