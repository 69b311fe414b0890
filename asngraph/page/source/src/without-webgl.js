// Sigma reads constants of these classes as soon as it is loaded; a browser without WebGL may lack them.
globalThis.WebGLRenderingContext ??= class {};
globalThis.WebGL2RenderingContext ??= class {};
