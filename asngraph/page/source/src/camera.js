// Where the picture is looked at from.

// A small pool is not blown up beyond so many pixels for a step of its grid, and nobody can come closer than the second.
const LARGEST_PITCH = 44;
const CLOSEST_PITCH = 90;
const READABLE_PITCH = 9;
const REVEALED_PITCH = 30;
export const FARTHEST = 12;

const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

export function createCamera(sigma, data, toViewport) {
  const camera = sigma.getCamera();
  // How many pixels a step of the grid has, now and where the plan just fills the picture.
  const pitch = () => toViewport(1, 0).x - toViewport(0, 0).x;
  const pitchAtOne = () => pitch() * camera.ratio;
  const whole = () => ({ x: 0.5, y: 0.5, ratio: Math.max(1, pitchAtOne() / LARGEST_PITCH) });
  const closest = pitchAtOne() / CLOSEST_PITCH;
  sigma.setSetting("minCameraRatio", closest);
  camera.setState(whole());

  function move(state) {
    if (calm()) camera.setState(state);
    else camera.animate(state, { duration: 350 });
  }

  // Exposures of what is chosen come into view, large enough to be told apart.
  function reveal(rows) {
    if (!rows.length) return;
    const { width, height } = sigma.getDimensions();
    const places = rows.map((row) => toViewport(data.x[row], data.y[row]));
    const xs = places.map((place) => place.x);
    const ys = places.map((place) => place.y);
    const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const [step, now] = [pitch(), camera.ratio];
    const inside = left > 20 && top > 20 && right < width - 20 && bottom < height - 20;
    const spread = Math.max((right - left + 6 * step) / (0.85 * width), (bottom - top + 6 * step) / (0.85 * height));
    const ratio = Math.min(whole().ratio, Math.max(now * spread, (now * step) / REVEALED_PITCH));
    if (inside && (step >= READABLE_PITCH || ratio > 0.7 * now)) return;
    move({ ...sigma.viewportToFramedGraph({ x: (left + right) / 2, y: (top + bottom) / 2 }), ratio });
  }

  return {
    reveal,
    fit: () => move(whole()),
    zoom(factor) {
      move({ ...camera.getState(), ratio: Math.min(FARTHEST, Math.max(closest, camera.ratio * factor)) });
    },
    pan(right, down) {
      const { width, height } = sigma.getDimensions();
      const middle = { x: width * (0.5 + 0.2 * right), y: height * (0.5 + 0.2 * down) };
      move({ ...camera.getState(), ...sigma.viewportToFramedGraph(middle) });
    },
  };
}
