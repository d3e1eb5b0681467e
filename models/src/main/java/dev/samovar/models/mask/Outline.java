package dev.samovar.models.mask;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The edges of a mask as polygons with holes. Their corners are corners of pixels, so they enclose exactly the mask's pixels.
///
/// Each polygon is one piece of pixels that touch along a side. No ring touches or crosses itself; a hole may touch the outer ring, or another hole,
/// at a corner, as the Simple Features standard of the OGC requires.
///
/// @param polygons from the top
public record Outline(List<Polygon> polygons) {
    private static final int RIGHT = 0, DOWN = 1, LEFT = 2;

    /// One piece.
    /// @param outer the ring around it
    /// @param holes the rings around its holes
    public record Polygon(Ring outer, List<Ring> holes) {}

    /// Corners in turn, `x` columns to the right and `y` rows down; the last one is followed by the first. Outer rings run clockwise as pictures are seen, holes
    /// the other way.
    @SuppressWarnings("ArrayRecordComponent")
    public record Ring(int[] x, int[] y) {
        /// The number of corners.
        public int length() {
            return x.length;
        }

        /// The number of pixels within; negative for a hole.
        public long area() {
            long twice = 0;
            for (int i = 0; i < x.length; i++) {
                int next = (i + 1) % x.length;
                twice += (long) x[i] * y[next] - (long) x[next] * y[i];
            }
            return twice / 2;
        }
    }

    /// The outline of a mask; no polygon if it is empty.
    public static Outline of(Mask mask) {
        return new Outline(new Walk(mask).polygons());
    }

    /// A walk along all edges, with the mask on the right-hand side.
    private static final class Walk {
        private final Mask mask;
        private final int h, w;
        private final int[] pieces;                                     // from 1, of every pixel
        private final boolean[] walked;                                 // the upper edge of each pixel
        private int count;

        Walk(Mask mask) {
            this.mask = mask;
            h = mask.height();
            w = mask.width();
            pieces = new int[h * w];
            walked = new boolean[h * w];
        }

        List<Polygon> polygons() {
            for (int i = 0; i < h * w; i++) if (mask.pixels()[i] && pieces[i] == 0) flood(i);
            List<List<Ring>> rings = new ArrayList<>();
            for (int p = 0; p < count; p++) rings.add(new ArrayList<>());
            for (int i = 0; i < h * w; i++)
                if (!walked[i] && edge(i % w, i / w, RIGHT)) rings.get(pieces[i] - 1).addAll(simple(walk(i % w, i / w)));
            return rings.stream().map(all -> new Polygon(all.stream().filter(r -> r.area() > 0).findFirst().orElseThrow(), all.stream()
                    .filter(r -> r.area() < 0)
                    .toList())).toList();
        }

        private void flood(int start) {
            int[] stack = new int[64];
            int n = 0;
            stack[n++] = start;
            pieces[start] = ++count;
            while (n > 0) {
                int i = stack[--n], x = i % w;
                if (n + 4 > stack.length) stack = Arrays.copyOf(stack, 2 * stack.length);
                for (int next : new int[]{x > 0 ? i - 1 : -1, x < w - 1 ? i + 1 : -1, i - w, i + w}) {
                    if (next < 0 || next >= h * w || !mask.pixels()[next] || pieces[next] != 0) continue;
                    pieces[next] = count;
                    stack[n++] = next;
                }
            }
        }

        private boolean at(int x, int y) {
            return x >= 0 && y >= 0 && x < w && y < h && mask.pixels()[y * w + x];
        }

        /// Whether an edge leads from a corner in a direction.
        private boolean edge(int x, int y, int direction) {
            return switch (direction) {
                case RIGHT -> at(x, y) && !at(x, y - 1);
                case DOWN -> at(x - 1, y) && !at(x, y);
                case LEFT -> at(x - 1, y - 1) && !at(x - 1, y);
                default -> at(x, y - 1) && !at(x - 1, y - 1);
            };
        }

        /// The corners of the ring that leads to the right from here. Where two pixels touch only at a corner, the walk stays at its own.
        private List<Integer> walk(int startX, int startY) {
            List<Integer> corners = new ArrayList<>();
            int x = startX, y = startY, direction = RIGHT;
            do {
                if (direction == RIGHT) walked[y * w + x] = true;
                x += direction == RIGHT ? 1 : direction == LEFT ? -1 : 0;
                y += direction == DOWN ? 1 : direction == LEFT || direction == RIGHT ? 0 : -1;
                int next = direction + 1 & 3;
                if (!edge(x, y, next)) next = edge(x, y, direction) ? direction : direction + 3 & 3;
                if (next != direction) corners.add(y * (w + 1) + x);
                direction = next;
            } while (x != startX || y != startY || direction != RIGHT);
            return corners;
        }

        /// Splits a ring into rings that pass through no corner twice.
        private List<Ring> simple(List<Integer> corners) {
            List<Ring> rings = new ArrayList<>();
            List<Integer> path = new ArrayList<>();
            Map<Integer, Integer> places = new HashMap<>();
            for (int corner : corners) {
                Integer before = places.get(corner);
                if (before != null) {
                    List<Integer> loop = path.subList(before, path.size());
                    rings.add(ring(loop));
                    loop.subList(1, loop.size()).forEach(places::remove);
                    loop.subList(1, loop.size()).clear();
                } else {
                    places.put(corner, path.size());
                    path.add(corner);
                }
            }
            rings.add(ring(path));
            return rings;
        }

        private Ring ring(List<Integer> corners) {
            return new Ring(corners.stream().mapToInt(c -> c % (w + 1)).toArray(), corners.stream().mapToInt(c -> c / (w + 1)).toArray());
        }
    }
}
