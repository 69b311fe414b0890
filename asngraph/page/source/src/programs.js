// How exposures and relations are drawn by the graphics card: one program each, told apart by attributes.

import { EdgeProgram, NodeProgram } from "sigma/rendering";
import { floatColor } from "sigma/utils";

import { FROM_POINT, TO_POINT } from "./lines.js";

const { FLOAT, UNSIGNED_BYTE, POINTS, TRIANGLE_STRIP } = WebGLRenderingContext;

// What holds for the whole picture at a moment; the map sets it before each frame.
export const frame = { unit: 1, relations: 1, dimmed: 0, accent: [0, 0, 0], ink: [0, 0, 0], ground: [1, 1, 1] };

// How many pixels a step of the grid has; the matrix is from the picture's unit square to a square of two.
const pitch = ({ matrix, width }) => Math.hypot(matrix[0], matrix[3]) * 0.5 * width * frame.unit;
const radius = (params) => Math.min(15, Math.max(1.1, 0.34 * pitch(params)));
const edgeWidth = (params) => Math.min(1.8, Math.max(0.7, 0.06 * pitch(params)));
// Many relations on a small plan are drawn faintly, so that the exposures stay in front.
const opacity = (params) => {
  const crowded = Math.min(0.55, Math.max(0.09, Math.sqrt(250 / frame.relations)));
  const near = Math.min(1, Math.max(0, (pitch(params) - 6) / 18));
  return (crowded + (0.55 - crowded) * near) * (frame.dimmed ? 0.18 : 1);
};

// What is fainter than this nobody would see; it is not drawn.
const FAINTEST = 0.03;

// States of an exposure or an edge.
export const GHOST = 0;
export const PLAIN = 1;
export const BRIGHT = 2;
export const CHOSEN = 3;

const EXPOSURE_VERTEX = /* glsl */ `
attribute vec4 a_id;
attribute vec4 a_color;
attribute vec2 a_position;
attribute float a_shape;
attribute float a_state;
uniform mat3 u_matrix;
uniform float u_radius;
uniform float u_pixelRatio;
varying vec4 v_color;
varying float v_shape;
varying float v_state;
varying float v_extent;
void main() {
  gl_Position = vec4((u_matrix * vec3(a_position, 1)).xy, 0, 1);
  #ifdef PICKING_MODE
  v_extent = max(u_radius * 1.2, 4.0);
  #else
  v_extent = a_state > 2.5 ? u_radius * 1.9 + 2.5 : u_radius * 1.3 + 1.0;
  #endif
  gl_PointSize = 2.0 * v_extent * u_pixelRatio;
  v_shape = a_shape;
  v_state = a_state;
  #ifdef PICKING_MODE
  v_color = a_id;
  #else
  v_color = a_color;
  #endif
}`;

const EXPOSURE_FRAGMENT = /* glsl */ `
precision highp float;
varying vec4 v_color;
varying float v_shape;
varying float v_state;
varying float v_extent;
uniform float u_radius;
uniform float u_pixelRatio;
uniform float u_dimmed;
uniform vec3 u_accent;
uniform vec3 u_ink;
uniform vec3 u_ground;

float triangle(vec2 p) {
  return max(dot(vec2(abs(p.x), p.y), vec2(0.866, 0.5)), -p.y) - 0.6;
}

float pentagon(vec2 p) {
  vec2 q = vec2(abs(p.x), p.y);
  return max(max(dot(q, vec2(0.588, 0.809)), dot(q, vec2(0.951, -0.309))), -q.y) - 0.84;
}

float hexagon(vec2 p) {
  vec2 q = abs(p);
  return max(q.x, dot(q, vec2(0.5, 0.866))) - 0.88;
}

float bar(vec2 p, float halfWidth) {
  vec2 q = abs(p);
  return min(max(q.x - halfWidth, q.y - 1.0), max(q.y - halfWidth, q.x - 1.0));
}

float shape(vec2 p) {
  if (v_shape < 0.5) return length(p) - 0.94;
  if (v_shape < 1.5) return max(abs(p.x), abs(p.y)) - 0.84;
  if (v_shape < 2.5) return (abs(p.x) + abs(p.y) - 1.12) * 0.7071;
  if (v_shape < 3.5) return triangle(p + vec2(0.0, 0.22));
  if (v_shape < 4.5) return triangle(vec2(p.x, 0.22 - p.y));
  if (v_shape < 5.5) return hexagon(p);
  if (v_shape < 6.5) return bar(p, 0.34);
  if (v_shape < 7.5) return bar(vec2(p.x + p.y, p.x - p.y) * 0.7071, 0.34);
  if (v_shape < 8.5) return abs(length(p) - 0.7) - 0.24;
  return pentagon(p);
}

void main() {
  vec2 p = (gl_PointCoord * 2.0 - 1.0) * v_extent / u_radius;
  p.y = -p.y;
  #ifdef PICKING_MODE
  if (length(p) * u_radius > v_extent) discard;
  gl_FragColor = vec4(v_color.rgb, v_color.a * 255.0 / 254.0);
  #else
  float scale = u_radius * u_pixelRatio;
  float d = shape(p) * scale;
  float inside = clamp(0.5 - d, 0.0, 1.0);
  vec3 fill = v_color.rgb;
  float border = clamp(d + 0.13 * scale + 0.5, 0.0, 1.0) * step(3.5, u_radius);
  vec3 color = mix(fill, mix(fill, u_ink, 0.45), border);
  float alpha = inside;
  if (v_state < 0.5) {
    color = mix(u_ground, u_ink, 0.45);
    alpha *= 0.22;
  } else if (v_state < 1.5) {
    color = mix(color, u_ground, u_dimmed * 0.64);
  } else if (v_state > 2.5) {
    float width = max(1.6, 0.16 * u_radius) * u_pixelRatio;
    float ring = clamp(width * 0.5 + 0.5 - abs(length(p) * scale - 1.5 * scale - width * 0.5), 0.0, 1.0);
    color = mix(color, u_accent, ring);
    alpha = max(alpha, ring);
  }
  gl_FragColor = vec4(color * alpha, alpha);
  #endif
}`;

export class ExposureProgram extends NodeProgram {
  getDefinition() {
    return {
      VERTICES: 1,
      VERTEX_SHADER_SOURCE: EXPOSURE_VERTEX,
      FRAGMENT_SHADER_SOURCE: EXPOSURE_FRAGMENT,
      METHOD: POINTS,
      UNIFORMS: ["u_matrix", "u_radius", "u_pixelRatio", "u_dimmed", "u_accent", "u_ink", "u_ground"],
      ATTRIBUTES: [
        { name: "a_position", size: 2, type: FLOAT },
        { name: "a_color", size: 4, type: UNSIGNED_BYTE, normalized: true },
        { name: "a_id", size: 4, type: UNSIGNED_BYTE, normalized: true },
        { name: "a_shape", size: 1, type: FLOAT },
        { name: "a_state", size: 1, type: FLOAT },
      ],
    };
  }

  processVisibleItem(id, at, exposure) {
    const { array } = this;
    array[at++] = exposure.x;
    array[at++] = exposure.y;
    array[at++] = floatColor(exposure.color);
    array[at++] = id;
    array[at++] = exposure.shape;
    array[at++] = exposure.state;
  }

  setUniforms(params, { gl, uniformLocations: where }) {
    gl.uniformMatrix3fv(where.u_matrix, false, params.matrix);
    gl.uniform1f(where.u_radius, radius(params));
    gl.uniform1f(where.u_pixelRatio, params.pixelRatio);
    gl.uniform1f(where.u_dimmed, frame.dimmed);
    gl.uniform3fv(where.u_accent, frame.accent);
    gl.uniform3fv(where.u_ink, frame.ink);
    gl.uniform3fv(where.u_ground, frame.ground);
  }
}

// An edge is a slightly bent strip, so that edges along a row of the grid do not cover each other.
const STEPS = 6;
// Edges of which both ends lie as far as this beyond one side are not seen; the bend needs some room.
const OUTSIDE = 1.2;

const RELATION_VERTEX = /* glsl */ `
attribute vec2 a_start;
attribute vec2 a_end;
attribute vec4 a_color;
attribute vec4 a_look;
attribute vec2 a_along;
uniform mat3 u_matrix;
uniform vec2 u_half;
uniform float u_radius;
uniform float u_width;
uniform float u_head;
uniform float u_pitch;
uniform float u_opacity;
varying vec4 v_color;
varying vec4 v_look;
varying vec3 v_place;
void main() {
  vec2 start = (u_matrix * vec3(a_start, 1)).xy * u_half;
  vec2 end = (u_matrix * vec3(a_end, 1)).xy * u_half;
  vec2 chord = end - start;
  float span = length(chord);
  if (span < 0.01) {
    gl_Position = vec4(2, 2, 2, 1);
    return;
  }
  float shown = 1.0;
  if (a_look.z < 1.5) {
    // What leads far away says little about where it passes.
    float far = clamp((span / u_pitch - 8.0) / 50.0, 0.0, 1.0);
    shown = u_opacity * mix(1.0, 0.3, far);
  }
  vec2 side = vec2(-chord.y, chord.x) / span;
  // A pair is an arc; a path leaves its line only where it passes others; what meets at a point is straight.
  float arc = a_look.w < 1.5 ? min(0.22 * span, 60.0) : a_look.w < 2.5 ? min(0.2 * max(0.0, span - 1.5 * u_pitch), 24.0) : 0.0;
  vec2 bend = (start + end) * 0.5 + side * arc;
  float width = u_width * (a_look.z > 1.5 ? 1.7 : 1.0);
  float gap = min(u_radius * 1.15 / span, 0.3);
  float first = a_look.w > 3.5 ? 0.0 : gap;
  float last = a_look.w > 2.5 && a_look.w < 3.5 ? 1.0 : 1.0 - gap;
  float t = mix(first, last, a_along.x);
  vec2 point = mix(mix(start, bend, t), mix(bend, end, t), t);
  vec2 tangent = normalize(mix(bend - start, end - bend, t));
  float reach = max(width * 0.5, a_look.y > 0.5 ? u_head * 0.45 : 0.0) + 1.0;
  point += vec2(-tangent.y, tangent.x) * reach * a_along.y;
  gl_Position = vec4(point / u_half, 0, 1);
  v_place = vec3(a_along.x * span * (last - first), span * (last - first), reach * a_along.y);
  v_look = vec4(a_look.xy, width, u_head);
  v_color = vec4(a_color.rgb, a_color.a * shown);
}`;

const RELATION_FRAGMENT = /* glsl */ `
precision highp float;
varying vec4 v_color;
varying vec4 v_look;
varying vec3 v_place;
uniform float u_pixelRatio;

float drawn(float along) {
  if (v_look.x < 0.5) return 1.0;
  if (v_look.x < 1.5) return step(mod(along, 10.0), 6.0);
  if (v_look.x < 2.5) return step(mod(along, 5.0), 2.0);
  float at = mod(along, 15.0);
  return at < 7.0 || (at > 10.0 && at < 12.0) ? 1.0 : 0.0;
}

void main() {
  float halfWidth = v_look.z * 0.5;
  float head = v_look.w;
  float left = v_place.y - v_place.x;
  float on = drawn(v_place.x);
  if (v_look.y > 0.5 && left < head) {
    halfWidth = max(halfWidth * 0.6, 0.45 * head * left / head);
    on = 1.0;
  }
  float alpha = clamp((halfWidth - abs(v_place.z)) * u_pixelRatio + 0.5, 0.0, 1.0) * on * v_color.a;
  if (alpha <= 0.003) discard;
  gl_FragColor = vec4(v_color.rgb * alpha, alpha);
}`;

export class RelationProgram extends EdgeProgram {
  getDefinition() {
    return {
      VERTICES: 2 * (STEPS + 1),
      VERTEX_SHADER_SOURCE: RELATION_VERTEX,
      FRAGMENT_SHADER_SOURCE: RELATION_FRAGMENT,
      METHOD: TRIANGLE_STRIP,
      UNIFORMS: ["u_matrix", "u_half", "u_radius", "u_width", "u_head", "u_pitch", "u_opacity", "u_pixelRatio"],
      ATTRIBUTES: [
        { name: "a_start", size: 2, type: FLOAT },
        { name: "a_end", size: 2, type: FLOAT },
        { name: "a_color", size: 4, type: UNSIGNED_BYTE, normalized: true },
        { name: "a_look", size: 4, type: FLOAT },
      ],
      CONSTANT_ATTRIBUTES: [{ name: "a_along", size: 2, type: FLOAT }],
      CONSTANT_DATA: Array.from({ length: 2 * (STEPS + 1) }, (_, at) => [(at >> 1) / STEPS, at % 2 ? 1 : -1]),
    };
  }

  processVisibleItem(_, at, source, target, edge) {
    const { array } = this;
    const start = edge.kind === FROM_POINT ? edge.point : source;
    const end = edge.kind === TO_POINT ? edge.point : target;
    array[at++] = start.x;
    array[at++] = start.y;
    array[at++] = end.x;
    array[at++] = end.y;
    array[at++] = floatColor(edge.color);
    array[at++] = edge.pattern;
    array[at++] = edge.arrow;
    array[at++] = edge.state;
    array[at++] = edge.kind;
  }

  // Only what can be seen goes to the graphics card, which may be none but the processor.
  render(params) {
    const { array, capacity } = this;
    this.array = this.seen(params);
    this.capacity = this.array.length / this.STRIDE;
    if (this.capacity) super.render(params);
    Object.assign(this, { array, capacity });
  }

  seen(params) {
    const { array, capacity, STRIDE } = this;
    const { matrix: m, width } = params;
    const [step, strength] = [pitch(params), opacity(params)];
    const found = new Float32Array(array.length);
    let end = 0;
    for (let edge = 0; edge < capacity; edge++) {
      const at = edge * STRIDE;
      const state = array[at + 7];
      if (!array[at + 8]) continue;
      const x1 = m[0] * array[at] + m[3] * array[at + 1] + m[6];
      const y1 = m[1] * array[at] + m[4] * array[at + 1] + m[7];
      const x2 = m[0] * array[at + 2] + m[3] * array[at + 3] + m[6];
      const y2 = m[1] * array[at + 2] + m[4] * array[at + 3] + m[7];
      if (Math.min(x1, x2) > OUTSIDE || Math.max(x1, x2) < -OUTSIDE) continue;
      if (Math.min(y1, y2) > OUTSIDE || Math.max(y1, y2) < -OUTSIDE) continue;
      if (state < BRIGHT) {
        const span = Math.hypot(x2 - x1, y2 - y1) * 0.5 * width;
        const far = Math.min(1, Math.max(0, (span / step - 8) / 50));
        if (strength * (1 - 0.7 * far) < FAINTEST) continue;
      }
      for (let item = 0; item < STRIDE; item++) found[end++] = array[at + item];
    }
    return found.subarray(0, end);
  }

  setUniforms(params, { gl, uniformLocations: where }) {
    gl.uniformMatrix3fv(where.u_matrix, false, params.matrix);
    gl.uniform2f(where.u_half, params.width / 2, params.height / 2);
    gl.uniform1f(where.u_radius, radius(params));
    gl.uniform1f(where.u_width, edgeWidth(params));
    gl.uniform1f(where.u_head, Math.min(10, Math.max(2.5, 0.42 * pitch(params))));
    gl.uniform1f(where.u_pitch, pitch(params));
    gl.uniform1f(where.u_opacity, opacity(params));
    gl.uniform1f(where.u_pixelRatio, params.pixelRatio);
  }
}
