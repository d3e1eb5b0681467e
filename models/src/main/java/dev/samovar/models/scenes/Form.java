package dev.samovar.models.scenes;

/// A shape in the plane, defined by the distance of each place from its edge.
sealed interface Form {

    /// The distance from the edge in pixels, negative inside. Outside a composed form it is only approximate.
    double distance(double x, double y);

    /// The box around it: x and y of the first corner, then of the second.
    Extent extent();

    /// A box in the plane, in pixels.
    record Extent(double x0, double y0, double x1, double y1) {
        double width() {
            return x1 - x0;
        }

        double height() {
            return y1 - y0;
        }

        double x() {
            return (x0 + x1) / 2;
        }

        double y() {
            return (y0 + y1) / 2;
        }

        private static Extent around(double[] xs, double[] ys, double margin) {
            double x0 = xs[0], y0 = ys[0], x1 = x0, y1 = y0;
            for (int i = 1; i < xs.length; i++) {
                x0 = Math.min(x0, xs[i]);
                x1 = Math.max(x1, xs[i]);
                y0 = Math.min(y0, ys[i]);
                y1 = Math.max(y1, ys[i]);
            }
            return new Extent(x0 - margin, y0 - margin, x1 + margin, y1 + margin);
        }
    }

    /// A line from point to point.
    final class Path {
        private final double[] xs, ys, inverse;                                    // inverse of the squared length from each point to the one before it

        Path(double[] xs, double[] ys) {
            this.xs = xs;
            this.ys = ys;
            inverse = new double[xs.length];
            for (int i = 0, j = xs.length - 1; i < xs.length; j = i++) {
                double ex = xs[j] - xs[i], ey = ys[j] - ys[i];
                inverse[i] = 1 / Math.max(ex * ex + ey * ey, 1e-12);
            }
        }

        /// The nearest place on the way from point `i` to point `j`, from 0 to 1.
        private double along(int i, int j, double x, double y) {
            return Math.clamp(((x - xs[i]) * (xs[j] - xs[i]) + (y - ys[i]) * (ys[j] - ys[i])) * inverse[i], 0, 1);
        }

        private double squared(int i, int j, double t, double x, double y) {
            double bx = x - xs[i] - t * (xs[j] - xs[i]), by = y - ys[i] - t * (ys[j] - ys[i]);
            return bx * bx + by * by;
        }
    }

    /// The area that a closed line encloses.
    record Polygon(Path path) implements Form {
        Polygon(double[] xs, double[] ys) {
            this(new Path(xs, ys));
        }

        @Override
        public double distance(double x, double y) {
            double[] xs = path.xs, ys = path.ys;
            double nearest = Double.POSITIVE_INFINITY;
            boolean inside = false;
            for (int i = 0, j = xs.length - 1; i < xs.length; j = i++) {
                nearest = Math.min(nearest, path.squared(i, j, path.along(i, j, x, y), x, y));
                boolean crosses = (ys[i] > y) != (ys[j] > y);                      // a ray to the right meets this side, or does not
                if (crosses && x < xs[i] + (y - ys[i]) / (ys[j] - ys[i]) * (xs[j] - xs[i])) inside = !inside;
            }
            return inside ? -Math.sqrt(nearest) : Math.sqrt(nearest);
        }

        @Override
        public Extent extent() {
            return Extent.around(path.xs, path.ys, 0);
        }
    }

    /// A line drawn with a pen whose half width changes from one number to another.
    record Strand(Path path, double from, double to) implements Form {
        @Override
        public double distance(double x, double y) {
            int n = path.xs.length - 1;
            double nearest = Double.POSITIVE_INFINITY;
            for (int i = 1; i <= n; i++) {
                double t = path.along(i, i - 1, x, y), half = from + (to - from) * (i - t) / n;
                nearest = Math.min(nearest, Math.sqrt(path.squared(i, i - 1, t, x, y)) - half);
            }
            return nearest;
        }

        @Override
        public Extent extent() {
            return Extent.around(path.xs, path.ys, Math.max(from, to));
        }
    }

    /// The intersection of two forms.
    record Common(Form one, Form other) implements Form {
        @Override
        public double distance(double x, double y) {
            return Math.max(one.distance(x, y), other.distance(x, y));
        }

        @Override
        public Extent extent() {
            Extent a = one.extent(), b = other.extent();
            return new Extent(Math.max(a.x0, b.x0), Math.max(a.y0, b.y0), Math.min(a.x1, b.x1), Math.min(a.y1, b.y1));
        }
    }

    /// A form with a hole.
    record Without(Form one, Form hole) implements Form {
        @Override
        public double distance(double x, double y) {
            return Math.max(one.distance(x, y), -hole.distance(x, y));
        }

        @Override
        public Extent extent() {
            return one.extent();
        }
    }

    /// A form whose edge is moved inwards by so many pixels.
    record Shrunk(Form form, double by) implements Form {
        @Override
        public double distance(double x, double y) {
            return form.distance(x, y) + by;
        }

        @Override
        public Extent extent() {
            return form.extent();
        }
    }
}
