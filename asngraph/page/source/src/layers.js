// Canvases below and above what sigma draws, each drawn again only when what it shows has changed.

export function createLayers(sigma, container, wanted) {
  const layers = Object.entries(wanted).map(([name, [place, draw]]) => {
    const canvas = sigma.createCanvas(name, place);
    // Drawn by the processor: that is faster where there is no graphics card, and fast enough where there is one.
    return { name, draw, canvas, context: canvas.getContext("2d", { willReadFrequently: true }), drawn: null };
  });
  sigma.on("resize", () => {
    const { width, height } = sigma.getDimensions();
    for (const layer of layers) {
      layer.canvas.width = width * devicePixelRatio;
      layer.canvas.height = height * devicePixelRatio;
      layer.drawn = null;
    }
  });

  return {
    draw(colours, contents) {
      const { x, y, ratio } = sigma.getCamera().getState();
      const size = sigma.getDimensions();
      for (const layer of layers) {
        const now = [x, y, ratio, colours, contents[layer.name]];
        if (layer.drawn && now.every((each, at) => each === layer.drawn[at])) continue;
        layer.drawn = now;
        layer.context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
        layer.context.clearRect(0, 0, size.width, size.height);
        layer.draw(layer.context, size, colours);
      }
    },
  };
}
