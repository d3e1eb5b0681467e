package dev.samovar.models.scenes;

import dev.samovar.core.nn.Random;

/// Random forms, with a given centre and about the size of a given radius.
final class Forms {
    private static final int CORNERS = 36;                                         // of what should look round
    private static final int WAVES = 5;

    private Forms() {}

    /// A form of any kind.
    static Form any(Random random, double x, double y, double radius) {
        return switch (random.below(8)) {
            case 0 -> ellipse(random, x, y, radius);
            case 1 -> box(random, x, y, radius);
            case 2 -> polygon(random, x, y, radius);
            case 3 -> star(random, x, y, radius);
            case 4 -> strand(random, x, y, 1.2 * radius, radius * random.uniform(0.06, 0.22));
            case 5 -> ring(random, x, y, radius);
            default -> blob(random, x, y, radius, random.uniform(0.02, 0.3), random.uniform(0.45, 1));
        };
    }

    /// A form that is not quite round: its radius varies in waves of amplitude `rough`, and one of its axes is shorter.
    static Form blob(Random random, double x, double y, double radius, double rough, double squeeze) {
        double[] size = new double[WAVES], phase = new double[WAVES];
        for (int k = 0; k < WAVES; k++) {
            size[k] = rough * random.normal() / (k + 2);
            phase[k] = random.uniform(0, 2 * Math.PI);
        }
        double turn = random.uniform(0, Math.PI), cos = StrictMath.cos(turn), sin = StrictMath.sin(turn);
        double[] xs = new double[CORNERS], ys = new double[CORNERS];
        for (int i = 0; i < CORNERS; i++) {
            double angle = 2 * Math.PI * i / CORNERS, r = 1;
            for (int k = 0; k < WAVES; k++) r += size[k] * StrictMath.cos((k + 2) * angle + phase[k]);
            r = radius * Math.max(0.25, r);
            double u = r * StrictMath.cos(angle), v = squeeze * r * StrictMath.sin(angle);
            xs[i] = x + cos * u - sin * v;
            ys[i] = y + sin * u + cos * v;
        }
        return new Form.Polygon(xs, ys);
    }

    /// An ellipse, upright or not.
    static Form ellipse(Random random, double x, double y, double radius) {
        return blob(random, x, y, radius, 0, random.uniform(0.4, 1));
    }

    private static Form box(Random random, double x, double y, double radius) {
        double a = radius, b = radius * random.uniform(0.25, 1), turn = random.below(2) == 0 ? 0 : random.uniform(0, Math.PI);
        double cos = StrictMath.cos(turn), sin = StrictMath.sin(turn), lean = random.below(3) == 0 ? random.uniform(-0.4, 0.4) : 0;
        double[] us = {-a + lean * b, a + lean * b, a - lean * b, -a - lean * b}, vs = {-b, -b, b, b}, xs = new double[4],
                ys = new double[4];
        for (int i = 0; i < 4; i++) {
            xs[i] = x + cos * us[i] - sin * vs[i];
            ys[i] = y + sin * us[i] + cos * vs[i];
        }
        return new Form.Polygon(xs, ys);
    }

    private static Form polygon(Random random, double x, double y, double radius) {
        return corners(random, x, y, radius, 3 + random.below(5), 0.75, 1);
    }

    private static Form star(Random random, double x, double y, double radius) {
        return corners(random, x, y, radius, 2 * (3 + random.below(5)), random.uniform(0.3, 0.7), 1);
    }

    /// A polygon around a centre, every second corner at `inner` radii.
    private static Form corners(Random random, double x, double y, double radius, int n, double inner, double outer) {
        double turn = random.uniform(0, 2 * Math.PI);
        double[] xs = new double[n], ys = new double[n];
        for (int i = 0; i < n; i++) {
            double angle = turn + 2 * Math.PI * (i + random.uniform(-0.2, 0.2)) / n;
            double r = radius * (i % 2 == 0 ? outer : inner) * random.uniform(0.9, 1.1);
            xs[i] = x + r * StrictMath.cos(angle);
            ys[i] = y + r * StrictMath.sin(angle);
        }
        return new Form.Polygon(xs, ys);
    }

    private static Form ring(Random random, double x, double y, double radius) {
        Form outer = blob(random, x, y, radius, random.uniform(0, 0.15), random.uniform(0.6, 1));
        return new Form.Without(outer, new Form.Shrunk(outer, radius * random.uniform(0.2, 0.4)));
    }

    /// A line with bends.
    ///
    /// @param half half of its largest width
    static Form strand(Random random, double x, double y, double radius, double half) {
        int n = 12;
        double[] xs = new double[n], ys = new double[n];
        double angle = random.uniform(0, 2 * Math.PI), bend = random.uniform(-2.5, 2.5) / n, step = 2 * radius / n;
        double middleX = 0, middleY = 0, px = 0, py = 0;
        for (int i = 0; i < n; i++) {
            xs[i] = px;
            ys[i] = py;
            middleX += px / n;
            middleY += py / n;
            px += step * StrictMath.cos(angle);
            py += step * StrictMath.sin(angle);
            angle += bend + random.uniform(-0.25, 0.25);
        }
        for (int i = 0; i < n; i++) {
            xs[i] += x - middleX;
            ys[i] += y - middleY;
        }
        return new Form.Strand(new Form.Path(xs, ys), half, half * random.uniform(0.3, 1));
    }

    /// A smaller form somewhere within another one: of any kind, or a blob.
    static Form within(Random random, Form whole, boolean blob) {
        Form.Extent e = whole.extent();
        double radius = Math.min(e.width(), e.height()) / 2, of = radius * random.uniform(0.25, 0.7);
        double x = e.x() + random.uniform(-0.25, 0.25) * e.width(), y = e.y() + random.uniform(-0.25, 0.25) * e.height();
        Form part = blob ? blob(random, x, y, of, random.uniform(0.02, 0.3), random.uniform(0.45, 1)) : any(random, x, y, of);
        return new Form.Common(part, new Form.Shrunk(whole, random.uniform(0, 0.12) * radius));
    }
}
