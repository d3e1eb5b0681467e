// From numbers to pixels: slices with a brightness window, labels as colours, masks as outlines. Independent of the page.

const OPAQUE = 0xff000000;

/** The colour of each stored number if `low` is black and `high` white, as a table. */
function table(stored, { low, high }) {
  const shades = new Uint32Array(65536);
  const factor = 255 / Math.max(high - low, 1e-9);
  for (let i = 0; i < 65536; i++) {
    const grey = Math.max(0, Math.min(255, Math.round((stored.offset + stored.scale * i - low) * factor)));
    shades[i] = (OPAQUE | (grey << 16) | (grey << 8) | grey) >>> 0;
  }
  return shades;
}

let shades = { key: '', table: null };

/** Paints a slice of numbers (`u16`) or colours (`rgb8`) into an image of its size. */
export function paintSlice(pixels, stored, window, image) {
  const out = new Uint32Array(image.data.buffer);
  if (stored.type === 'rgb8') {
    const factor = 255 / Math.max(window.high - window.low, 1e-9);
    const shade = Uint8ClampedArray.from({ length: 256 }, (_, i) => (i - window.low) * factor);
    for (let i = 0, p = 0; i < out.length; i++, p += 3) out[i] = (OPAQUE | (shade[pixels[p + 2]] << 16) | (shade[pixels[p + 1]] << 8) | shade[pixels[p]]) >>> 0;
    return;
  }
  const key = `${stored.offset} ${stored.scale} ${window.low} ${window.high}`;
  if (shades.key !== key) shades = { key, table: table(stored, window) };
  const look = shades.table;
  for (let i = 0; i < out.length; i++) out[i] = look[pixels[i]];
}

/** Calls `paint(x, y, length)` for each part of a row in a mask's runs. */
export function eachRow(runs, columns, paint) {
  for (let i = 0; i < runs.length; i += 2) {
    const end = runs[i] + runs[i + 1];
    for (let at = runs[i]; at < end;) {
      const x = at % columns;
      const length = Math.min(end - at, columns - x);
      paint(x, (at - x) / columns, length);
      at += length;
    }
  }
}

/** A colour `#rrggbb` with an opacity of 0 to 1, as stored in images. */
export function packed(colour, opacity) {
  const n = parseInt(colour.slice(1), 16);
  return ((Math.round(opacity * 255) << 24) | ((n & 255) << 16) | (n & 0xff00) | (n >> 16)) >>> 0;
}

/** Strokes a path, or the current one, with a black or white edge on both sides, so that its colour `#rrggbb` is visible on any background. */
export function strokeSeen(context, colour, width, ...path) {
  const n = parseInt(colour.slice(1), 16);
  const [red, green, blue] = [n >> 16, (n >> 8) & 255, n & 255].map((v) => (v / 255) ** 2.2);
  const edge = 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18 ? '#000000' : '#ffffff';
  const stroke = (strokeStyle, lineWidth) => Object.assign(context, { strokeStyle, lineWidth }).stroke(...path);
  stroke(edge, width + 1.5);
  stroke(colour, width);
}

/** Fills an image with the colour of each label; `colours` has one for each of 256 numbers; 0 is none. */
export function paintLabels(labels, colours, image) {
  const out = new Uint32Array(image.data.buffer);
  for (let i = 0; i < out.length; i++) out[i] = colours[labels[i]];
}

/**
 * The outline of each label along its pixels' edges, by number. One pass over the rows joins horizontal edges along a row
 * and vertical edges from row to row.
 */
export function outlinesOf(labels, columns, rows) {
  const paths = new Map();
  const line = (label, x0, y0, x1, y1) => {
    if (label === 0) return;
    if (!paths.has(label)) paths.set(label, new Path2D());
    const path = paths.get(label);
    path.moveTo(x0, y0);
    path.lineTo(x1, y1);
  };
  const begun = new Int32Array(columns + 1).fill(-1); // row where a vertical edge began, by the column to its right
  const pair = new Uint16Array(columns + 1); // the labels on its two sides
  for (let y = 0; y <= rows; y++) {
    let from = 0;
    let across = 0;
    for (let x = 0; x <= columns; x++) {
      const here = x < columns && y < rows ? labels[y * columns + x] : 0;
      const above = x < columns && y > 0 ? labels[(y - 1) * columns + x] : 0;
      const left = x > 0 && y < rows ? labels[y * columns + x - 1] : 0;
      const level = here === above ? 0 : (above << 8) | here;
      if (level !== across) {
        if (across) {
          line(across >> 8, from, y, x, y);
          line(across & 255, from, y, x, y);
        }
        from = x;
        across = level;
      }
      const upright = here === left ? 0 : (left << 8) | here;
      if (upright !== pair[x]) {
        if (pair[x]) {
          line(pair[x] >> 8, x, begun[x], x, y);
          line(pair[x] & 255, x, begun[x], x, y);
        }
        begun[x] = y;
        pair[x] = upright;
      }
    }
    if (across) {
      line(across >> 8, from, y, columns, y);
      line(across & 255, from, y, columns, y);
    }
  }
  return paths;
}
