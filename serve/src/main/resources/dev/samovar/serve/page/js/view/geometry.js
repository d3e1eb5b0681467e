// The orientation of a slice on the screen. The server sends slices in canonical orientation: columns to the right (or front), rows to the front (or head).
// The screen has front and head on top and, by radiological convention, the patient's right on the left, as seen from the feet.

/** How a plane is flipped for the screen. A picture is shown as it is. */
export function flipsOf(plane, radiological) {
  if (!plane.letters) return { columns: false, rows: false };
  return { columns: radiological, rows: true };
}

/** The letters at the edges of a displayed plane: right, left, front (A), back (P), head (S) and feet (I) of the patient. */
export function lettersOf(plane, flips) {
  if (!plane.letters) return null;
  const { left, right, top, bottom } = plane.letters;
  return { left: flips.columns ? right : left, right: flips.columns ? left : right, top: flips.rows ? bottom : top, bottom: flips.rows ? top : bottom };
}

/** The axes along a slice's columns and rows. */
export function alongOf(axis) {
  return axis === 2 ? [0, 1] : axis === 1 ? [0, 2] : [1, 2];
}

/** A voxel's position in millimetres with the letters of the directions, like `12.3 L · 40.1 A · 8.0 S`. */
export function placeOf(affine, voxel) {
  const letters = [
    ['L', 'R'],
    ['P', 'A'],
    ['I', 'S'],
  ];
  const mm = affine.slice(0, 3).map((row) => row[0] * voxel[0] + row[1] * voxel[1] + row[2] * voxel[2] + row[3]);
  return mm.map((value, direction) => `${Math.abs(value).toFixed(1)} ${letters[direction][value < 0 ? 0 : 1]}`).join(' · ');
}

/** A frame maps a slice's pixels to the screen and back. The centre of pixel (0, 0) is at x = 0, y = 0. */
export class Frame {
  zoom = 1;
  shift = [0, 0];

  constructor(plane, flips) {
    this.plane = plane;
    this.flips = flips;
  }

  /** A pixel's width and height in screen units: those of a slice that just fits the screen, times the zoom. */
  scale([width, height]) {
    const { pixel, width: columns, height: rows } = this.plane;
    const fit = Math.min((width - 24) / (columns * pixel[0]), (height - 24) / (rows * pixel[1]));
    return [Math.max(fit, 1e-6) * this.zoom * pixel[0], Math.max(fit, 1e-6) * this.zoom * pixel[1]];
  }

  /** A canvas transform from pixels' edges (0 to columns, 0 to rows) to the screen. */
  transform(screen) {
    const [sx, sy] = this.scale(screen);
    const { width: columns, height: rows } = this.plane;
    const left = screen[0] / 2 + this.shift[0] - (columns * sx) / 2;
    const top = screen[1] / 2 + this.shift[1] - (rows * sy) / 2;
    const { columns: mirrored, rows: turned } = this.flips;
    return [mirrored ? -sx : sx, 0, 0, turned ? -sy : sy, mirrored ? left + columns * sx : left, turned ? top + rows * sy : top];
  }

  toScreen(screen, x, y) {
    const [a, , , d, e, f] = this.transform(screen);
    return [a * (x + 0.5) + e, d * (y + 0.5) + f];
  }

  toPixel(screen, sx, sy) {
    const [a, , , d, e, f] = this.transform(screen);
    return [(sx - e) / a - 0.5, (sy - f) / d - 0.5];
  }

  /** Zooms around a point of the screen. */
  zoomAt(screen, factor, sx, sy) {
    const zoom = Math.max(0.2, Math.min(60, this.zoom * factor));
    const by = zoom / this.zoom;
    this.shift = [sx - screen[0] / 2 - (sx - screen[0] / 2 - this.shift[0]) * by, sy - screen[1] / 2 - (sy - screen[1] / 2 - this.shift[1]) * by];
    this.zoom = zoom;
  }

  /** Shows the whole slice, centred. */
  fit() {
    this.zoom = 1;
    this.shift = [0, 0];
  }
}
