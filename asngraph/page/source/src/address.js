// The choice in the page's address, so that a link leads to it.

const encoded = (text) => encodeURIComponent(text);

export function addressOf(data, chosen) {
  if (!chosen) return "";
  const names = chosen.kind === "exposure" ? data.names : data.associations.names;
  return `#${chosen.kind}=${encoded(names[chosen.at])}`;
}

export function chosenBy(data, hash) {
  const [kind, name] = hash.replace(/^#/, "").split(/=(.*)/s);
  const names = { exposure: data.names, association: data.associations.names }[kind];
  if (!names || !name) return null;
  let wanted;
  try {
    wanted = decodeURIComponent(name);
  } catch {
    return null;
  }
  const at = names.indexOf(wanted);
  return at < 0 ? null : { kind, at };
}
