package dev.samovar.models.metrics;

import dev.samovar.models.mask.Mask;
import dev.samovar.models.mask.Outline;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// A closed outline as a sum of ellipses: elliptic Fourier descriptors, and the number of them that an object's boundary needs.
///
/// With `t` the length along the outline, `T` its total length and `φ = 2πt/T`, the ellipse of order `n` has
///
///     a_n = T/(2n²π²) · Σ Δx_i/Δt_i · (cos nφ_i − cos nφ_{i−1})        b_n the same with sin
///     c_n, d_n the same of y
///     x(t) = A₀ + Σ (a_n cos nφ + b_n sin nφ)                          y(t) = C₀ + Σ (c_n cos nφ + d_n sin nφ)
///
/// Source: Kuhl and Giardina, *Elliptic Fourier features of a closed contour*, Computer Graphics and Image Processing 18 (1982). As a measure of boundaries: Huang and others,
/// *Segment anything model for medical images?*, Medical Image Analysis 92 (2024).
///
/// @param x0 `A₀`, the outline's mean x
/// @param y0 `C₀`, its mean y
/// @param ellipses from order 1 on
public record EllipticFourier(double x0, double y0, List<Ellipse> ellipses) {
    /// A boundary counts as described if the Dice of the reconstruction with the filled outline exceeds DESCRIBED. It also ends if further orders
    /// improve the Dice by less than BETTER. Several orders are tried for this, because the first ones of a star improve nothing.
    private static final double DESCRIBED = 0.97, BETTER = 0.001;
    private static final int PATIENCE = 3, MOST = 64, SAMPLES = 512;

    /// The descriptors of one order.
    public record Ellipse(double a, double b, double c, double d) {}

    /// Copies the list.
    public EllipticFourier {
        ellipses = List.copyOf(ellipses);
    }

    /// The descriptors of an outline up to an order. The last corner is followed by the first; neighbouring corners must differ.
    ///
    /// @throws IllegalArgumentException if there are fewer than two corners, or one is the same as the one before
    public static EllipticFourier of(double[] x, double[] y, int order) {
        int n = x.length;
        if (n < 2 || y.length != n) throw new IllegalArgumentException(n + " and " + y.length + " coordinates of corners");
        double[] dx = new double[n], dy = new double[n], dt = new double[n], t = new double[n + 1];
        for (int i = 0; i < n; i++) {
            int next = (i + 1) % n;
            dx[i] = x[next] - x[i];
            dy[i] = y[next] - y[i];
            dt[i] = Math.sqrt(dx[i] * dx[i] + dy[i] * dy[i]);
            if (dt[i] == 0) throw new IllegalArgumentException("corner " + next + " is as the one before it");
            t[i + 1] = t[i] + dt[i];
        }
        List<Ellipse> ellipses = new ArrayList<>();
        for (int k = 1; k <= order; k++)
            ellipses.add(new Ellipse(descriptor(k, dx, dt, t, true), descriptor(k, dx, dt, t, false),
                    descriptor(k, dy, dt, t, true), descriptor(k, dy, dt, t, false)));
        return new EllipticFourier(x[0] + mean(dx, dt, t), y[0] + mean(dy, dt, t), ellipses);
    }

    private static double descriptor(int order, double[] d, double[] dt, double[] t, boolean cosine) {
        int n = d.length;
        double turn = 2 * Math.PI * order / t[n], sum = 0;
        for (int i = 0; i < n; i++) {
            double from = turn * t[i], to = turn * t[i + 1];
            sum += d[i] / dt[i] * (cosine ? StrictMath.cos(to) - StrictMath.cos(from) : StrictMath.sin(to) - StrictMath.sin(from));
        }
        return t[n] / (2 * order * order * Math.PI * Math.PI) * sum;
    }

    /// The mean of a coordinate over the outline, relative to its first corner; the mean over each side is the middle of its ends.
    private static double mean(double[] d, double[] dt, double[] t) {
        double sum = 0, at = 0;
        for (int i = 0; i < d.length; i++) {
            sum += (at + d[i] / 2) * dt[i];
            at += d[i];
        }
        return sum / t[d.length];
    }

    /// The point, x and y, at a share of the way around, from 0 to 1.
    public double[] at(double share) {
        double x = x0, y = y0;
        for (int n = 1; n <= ellipses.size(); n++) {
            Ellipse e = ellipses.get(n - 1);
            double cos = StrictMath.cos(2 * Math.PI * n * share), sin = StrictMath.sin(2 * Math.PI * n * share);
            x += e.a * cos + e.b * sin;
            y += e.c * cos + e.d * sin;
        }
        return new double[]{x, y};
    }

    /// The complexity of an object's boundary: the order `F` at which the reconstructed outline has a Dice above 0.97 with the object, or after which
    /// three more orders add less than 0.001, plus `2 · 100 · (1 − Dice)`.
    ///
    /// The object is the largest piece of the mask whose pixels touch along sides, with its holes filled; its outline follows the edges of its
    /// pixels. The complexity of an empty mask is 0.
    public static double complexity(Mask mask) {
        Optional<Outline.Ring> outer = Outline.of(mask).polygons().stream().map(Outline.Polygon::outer)
                .max(Comparator.comparingLong(Outline.Ring::area));
        if (outer.isEmpty()) return 0;
        Outline.Ring ring = outer.get();
        double[] x = new double[ring.length()], y = new double[ring.length()];
        for (int i = 0; i < x.length; i++) {
            x[i] = ring.x()[i];
            y[i] = ring.y()[i];
        }
        boolean[] object = filled(x, y, mask.height(), mask.width());
        EllipticFourier all = of(x, y, MOST);
        double[] outlineX = new double[SAMPLES], outlineY = new double[SAMPLES];
        Arrays.fill(outlineX, all.x0);
        Arrays.fill(outlineY, all.y0);
        double best = 0;
        int at = 0;
        for (int order = 1; order <= MOST && (at == 0 || order <= at + PATIENCE); order++) {
            all.add(order, outlineX, outlineY);
            double dice = dice(filled(outlineX, outlineY, mask.height(), mask.width()), object);
            if (dice > best + BETTER || at == 0 || dice > DESCRIBED) {
                best = dice;
                at = order;
            }
            if (dice > DESCRIBED) break;
        }
        return at + 2 * 100 * (1 - best);
    }

    /// Adds an ellipse to the points of the outline.
    private void add(int order, double[] x, double[] y) {
        Ellipse e = ellipses.get(order - 1);
        for (int i = 0; i < x.length; i++) {
            double turn = 2 * Math.PI * order * i / x.length, cos = StrictMath.cos(turn), sin = StrictMath.sin(turn);
            x[i] += e.a * cos + e.b * sin;
            y[i] += e.c * cos + e.d * sin;
        }
    }

    private static double dice(boolean[] drawn, boolean[] object) {
        long both = 0, sum = 0;
        for (int i = 0; i < object.length; i++) {
            if (drawn[i] && object[i]) both++;
            sum += (drawn[i] ? 1 : 0) + (object[i] ? 1 : 0);
        }
        return 2.0 * both / sum;
    }

    /// The pixels whose centres are inside a polygon, by the even-odd rule; the first pixel extends from 0 to 1.
    private static boolean[] filled(double[] x, double[] y, int h, int w) {
        boolean[] pixels = new boolean[h * w];
        for (int row = 0; row < h; row++) {
            double centre = row + 0.5;
            for (int i = 0; i < x.length; i++) {
                int next = (i + 1) % x.length;
                if ((y[i] > centre) == (y[next] > centre)) continue;
                double crossing = x[i] + (centre - y[i]) / (y[next] - y[i]) * (x[next] - x[i]);
                int from = Math.clamp((long) Math.ceil(crossing - 0.5), 0, w);
                for (int column = from; column < w; column++) pixels[row * w + column] ^= true;
            }
        }
        return pixels;
    }
}
