package dev.samovar.models.scenes;

import dev.samovar.imaging.Picture;
import dev.samovar.models.mask.Mask;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A square that things are painted on, from back to front. It records which part of each is visible.
final class Canvas {
    /// The number for pixels that belong to no thing.
    static final int NOTHING = -1;

    private static final double EDGE = 1.5;                                        // pixels over which a colour fades in
    private static final double SEEN = 0.3;                                        // the least visible share of a thing
    private static final double LEAST = 1.0 / 900;                                 // of the picture

    final int side;
    final float[] rgb;                                                             // planes
    private final int[] top;                                                       // the uppermost thing of every pixel
    private final List<Integer> wholes = new ArrayList<>(), covered = new ArrayList<>();
    private final double[] colour = new double[3];

    Canvas(int side) {
        this.side = side;
        rgb = new float[3 * side * side];
        top = new int[side * side];
        Arrays.fill(top, NOTHING);
    }

    /// Covers everything with background.
    void fill(Material material) {
        for (int y = 0, i = 0; y < side; y++) for (int x = 0; x < side; x++, i++) {
            material.at(x - side / 2.0, y - side / 2.0, side, colour);
            put(i, 1);
        }
    }

    /// Paints a thing over everything painted so far.
    ///
    /// @param whole the thing it is a part of, or [#NOTHING]
    /// @return its number
    int paint(Form form, Material material, int whole) {
        int thing = wholes.size(), pixels = cover(form, material, thing);
        wholes.add(whole);
        covered.add(pixels);
        return thing;
    }

    /// Paints a decoration, which is not a thing: its pixels still belong to the thing below.
    void decorate(Form form, Material material) {
        cover(form, material, NOTHING);
    }

    private int cover(Form form, Material material, int thing) {
        Form.Extent e = form.extent();
        int pixels = 0;
        for (int y = first(e.y0()); y < last(e.y1()); y++) for (int x = first(e.x0()); x < last(e.x1()); x++) {
            double distance = form.distance(x, y);
            if (distance > EDGE / 2) continue;
            int i = y * side + x;
            material.at(x - e.x(), y - e.y(), -distance, colour);
            put(i, share(distance / EDGE));
            if (distance >= 0 || thing == NOTHING) continue;
            top[i] = thing;
            pixels++;
        }
        return pixels;
    }

    /// Multiplies the colours below a form, such as a shadow whose edge is `soft` pixels wide, by a factor.
    void shade(Form form, double dx, double dy, double soft, double factor) {
        Form.Extent e = form.extent();
        for (int y = first(e.y0() + dy - soft); y < last(e.y1() + dy + soft); y++)
            for (int x = first(e.x0() + dx - soft); x < last(e.x1() + dx + soft); x++) {
                double by = 1 + share(form.distance(x - dx, y - dy) / soft) * (factor - 1);
                for (int c = 0; c < 3; c++) rgb[(c * side + y) * side + x] *= (float) by;
            }
    }

    /// Puts a picture's colour on a pixel, by the share of it that is opaque, for a thing or for none.
    void put(int x, int y, double red, double green, double blue, double opaque, int thing) {
        int i = y * side + x;
        colour[0] = red;
        colour[1] = green;
        colour[2] = blue;
        put(i, opaque);
        if (thing == NOTHING || opaque <= 0.5) return;
        top[i] = thing;
        covered.set(thing, covered.get(thing) + 1);
    }

    /// A thing without pixels yet.
    int thing() {
        wholes.add(NOTHING);
        covered.add(0);
        return wholes.size() - 1;
    }

    private void put(int i, double share) {
        for (int c = 0; c < 3; c++) {
            int at = c * side * side + i;
            rgb[at] += (float) (share * (colour[c] - rgb[at]));
        }
    }

    /// How much of a pixel is covered, by the distance of its centre from the edge, in widths of the edge.
    private static double share(double distance) {
        double s = Math.clamp(0.5 - distance, 0, 1);
        return s * s * (3 - 2 * s);
    }

    private int first(double from) {
        return Math.clamp((long) Math.floor(from) - 1, 0, side);
    }

    private int last(double to) {
        return Math.clamp((long) Math.ceil(to) + 2, 0, side);
    }

    /// The colour of a pixel; beyond the square, that of its edge.
    double[] colour(double x, double y) {
        int i = Math.clamp(Math.round(y), 0, side - 1) * side + Math.clamp(Math.round(x), 0, side - 1);
        return new double[]{rgb[i], rgb[side * side + i], rgb[2 * side * side + i]};
    }

    /// The upper left part of the square, with every thing that is sufficiently visible there.
    Scene scene(int height, int width) {
        float[] pixels = new float[3 * height * width];
        for (int c = 0; c < 3; c++)
            for (int y = 0; y < height; y++)
                for (int x = 0; x < width; x++)
                    pixels[(c * height + y) * width + x] = (float) Math.rint(Math.clamp(rgb[(c * side + y) * side + x], 0, 255));
        boolean[][] seen = new boolean[wholes.size()][];
        int[] areas = new int[seen.length];
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                for (int thing = top[y * side + x]; thing != NOTHING; thing = wholes.get(thing)) {
                    if (seen[thing] == null) seen[thing] = new boolean[height * width];
                    seen[thing][y * width + x] = true;
                    areas[thing]++;
                }
        List<Mask> things = new ArrayList<>();
        for (int t = 0; t < seen.length; t++)
            if (seen[t] != null && areas[t] >= LEAST * side * side && areas[t] >= SEEN * covered.get(t))
                things.add(new Mask(height, width, seen[t]));
        return new Scene(new Picture(3, height, width, pixels), things);
    }
}
