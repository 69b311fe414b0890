// The plan around the exposures: programs, targets and observations, and the outline of the chosen association.

const TITLES = {
  program: { band: 1.6, inset: 0.9, scale: 0.8, most: 16, weight: 600 },
  target: { band: 1.15, inset: 0.45, scale: 0.6, most: 13, weight: 600 },
  observation: { band: 0.85, inset: 0.25, scale: 0.5, most: 12, weight: 500 },
};
const FACE = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", sans-serif';
// First strong isolate and its end: a title keeps its own direction.
const isolated = (text) => `\u2068${text}\u2069`;

export function createPlan(data, toViewport) {
  const widths = new Map();

  function fitted(context, text, most) {
    const width = (piece) => {
      const key = `${context.font}\n${piece}`;
      if (!widths.has(key)) widths.set(key, context.measureText(piece).width);
      return widths.get(key);
    };
    if (width(text) <= most) return text;
    const letters = [...text];
    let length = Math.min(letters.length, Math.floor((letters.length * most) / width(text)));
    while (length > 0 && width(`${letters.slice(0, length).join("")}…`) > most) length--;
    return length > 1 ? `${letters.slice(0, length).join("")}…` : "";
  }

  // All boxes of a kind are one path, which is filled once.
  function boxes(context, regions, fill, edge) {
    context.beginPath();
    for (const { left, top, width, height } of regions) {
      if (width < 40) context.rect(left, top, width, height);
      else context.roundRect(left, top, width, height, Math.min(6, width / 12, height / 12));
    }
    context.fillStyle = fill;
    context.fill();
    if (!edge) return;
    context.strokeStyle = edge;
    context.lineWidth = 1;
    context.stroke();
  }

  function title(context, region, colours, pitch) {
    const look = TITLES[region.kind];
    if (look.band * pitch < 9) return;
    const size = Math.max(8.5, Math.min(look.most, look.scale * pitch));
    const inset = Math.max(3, look.inset * pitch);
    const room = region.width - 2 * inset;
    const y = region.top + (look.band * pitch) / 2 + 0.5;
    context.font = `${look.weight} ${size.toFixed(1)}px ${FACE}`;
    context.textBaseline = "middle";
    context.fillStyle = region.kind === "observation" ? colours.faint : colours.title;
    const text = fitted(context, isolated(region.title), room);
    write(context, text, region.left + inset, y, colours[region.kind]);
    if (!region.subtitle) return;
    const used = context.measureText(text).width + 0.6 * size;
    context.font = `400 ${(size * 0.92).toFixed(1)}px ${FACE}`;
    context.fillStyle = colours.faint;
    const rest = isolated(region.subtitle);
    if (fitted(context, rest, room - used) === rest) write(context, rest, region.left + inset + used, y, colours[region.kind]);
  }

  // Relations may run below a title; a rim keeps it legible.
  function write(context, text, x, y, rim) {
    context.lineJoin = "round";
    context.lineWidth = 3;
    context.strokeStyle = rim;
    context.strokeText(text, x, y);
    context.fillText(text, x, y);
  }

  function outline(context, exposures, colours, pitch) {
    if (!exposures.length) return;
    // Cells overlap a little, so that no hole is left where four meet.
    const half = 0.57 * pitch;
    context.beginPath();
    for (const row of exposures) {
      const { x, y } = toViewport(data.x[row], data.y[row]);
      context.roundRect(x - half, y - half, 2 * half, 2 * half, 0.22 * pitch);
    }
    context.strokeStyle = colours.setEdge;
    context.lineWidth = Math.max(2, Math.min(4, pitch * 0.2));
    context.lineJoin = "round";
    context.stroke();
    context.fillStyle = colours.set;
    context.fill();
  }

  function placed({ width, height }) {
    const origin = toViewport(0, 0);
    const pitch = toViewport(1, 0).x - origin.x;
    const seen = [];
    for (const region of data.plan) {
      const left = origin.x + region.x * pitch;
      const top = origin.y + region.y * pitch;
      const box = { ...region, left, top, width: region.width * pitch, height: region.height * pitch };
      if (left < width && top < height && left + box.width > 0 && top + box.height > 0) seen.push(box);
    }
    return { pitch, seen };
  }

  return {
    regions(context, size, colours) {
      const { pitch, seen } = placed(size);
      const of = (kind) => seen.filter((region) => region.kind === kind);
      boxes(context, of("program"), colours.program, null);
      boxes(context, of("target"), colours.target, colours.targetEdge);
      if (pitch >= 4) boxes(context, of("observation"), colours.observation, pitch < 9 ? null : colours.observationEdge);
    },
    outline(context, size, colours, exposures) {
      outline(context, exposures, colours, placed(size).pitch);
    },
    titles(context, size, colours) {
      const { pitch, seen } = placed(size);
      for (const region of seen) title(context, region, colours, pitch);
    },
  };
}
