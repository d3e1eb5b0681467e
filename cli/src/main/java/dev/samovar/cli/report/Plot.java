package dev.samovar.cli.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Pictures of scores from 0 to 1 as part of a page's markup (SVG), in its own colours, light or dark: box plots, and lines with bands.
final class Plot {
    private static final int WIDTH = 480, LEFT = 150, RIGHT = 12, ROW = 24, AXIS = 26, HEIGHT = 260, MARGIN = 34, COLOURS = 8;

    private Plot() {}

    /// A row of a box plot.
    ///
    /// @param quartiles the minimum, the first quartile, the median, the third quartile and the maximum
    record Box(String name, List<Double> quartiles, double mean) {}

    /// A value with its band.
    record Point(int place, double value, double low, double high) {}

    /// A line through points in the order of their places.
    record Line(String name, List<Point> points) {}

    /// Box plots below each other: whiskers from the minimum to the maximum, a box between the quartiles, a line at the median, a dot at the mean.
    static Html boxes(List<Box> boxes, String caption) {
        int height = boxes.size() * ROW + AXIS;
        List<Html> parts = new ArrayList<>();
        for (int tick = 0; tick <= 10; tick += 2) {
            double x = across(tick / 10.0);
            parts.add(line(x, 0, x, height - AXIS + 4.0, "grid"));
            parts.add(text(x, height - 8.0, shown(tick / 10.0), "middle"));
        }
        for (int i = 0; i < boxes.size(); i++) {
            Box box = boxes.get(i);
            double y = i * ROW + ROW / 2.0, from = across(box.quartiles.get(1)), to = across(box.quartiles.get(3));
            parts.add(text(LEFT - 10.0, y + 4, box.name, "end"));
            parts.add(line(across(box.quartiles.get(0)), y, across(box.quartiles.get(4)), y, "whisker"));
            parts.add(Html.empty("rect").with("x", number(from)).with("y", number(y - 7)).with("width", number(Math.max(1, to - from)))
                    .with("height", "14").with("class", "box"));
            parts.add(line(across(box.quartiles.get(2)), y - 7, across(box.quartiles.get(2)), y + 7, "median"));
            parts.add(Html.empty("circle").with("cx", number(across(box.mean))).with("cy", number(y)).with("r", "2.5").with("class", "mean"));
        }
        return figure(parts, height, caption, Html.NONE);
    }

    private static double across(double share) {
        return LEFT + Math.clamp(share, 0, 1) * (WIDTH - LEFT - RIGHT);
    }

    /// Lines over named places, each with a band from low to high where these differ. A line of a single point is drawn all the way across, dashed.
    static Html lines(List<Line> lines, List<String> places, String caption) {
        List<Html> parts = new ArrayList<>();
        for (int tick = 0; tick <= 10; tick += 2) {
            parts.add(line(MARGIN, up(tick / 10.0), WIDTH - RIGHT, up(tick / 10.0), "grid"));
            parts.add(text(MARGIN - 6.0, up(tick / 10.0) + 4, shown(tick / 10.0), "end"));
        }
        for (int p = 0; p < places.size(); p++) parts.add(text(at(p, places.size()), HEIGHT - 6.0, places.get(p), "middle"));
        List<Html> names = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            List<Point> points = lines.get(i).points;
            String colour = "s" + (i % COLOURS + 1);
            boolean level = points.size() == 1 && places.size() > 1;
            if (level) parts.add(line(MARGIN, up(points.getFirst().value), WIDTH - RIGHT, up(points.getFirst().value), colour + " level"));
            else parts.addAll(curve(points, places.size(), colour));
            names.add(Html.tag("li", Html.tag("i", "").with("class", "chip " + colour), Html.text(lines.get(i).name)));
        }
        return figure(parts, HEIGHT, caption, Html.tag("ul", Html.all(names)).with("class", "legend"));
    }

    private static List<Html> curve(List<Point> points, int places, String colour) {
        StringBuilder curve = new StringBuilder(), band = new StringBuilder();
        List<Html> parts = new ArrayList<>();
        for (Point p : points) {
            curve.append(curve.isEmpty() ? "M" : "L").append(place(p.place, places, p.value));
            band.append(band.isEmpty() ? "M" : "L").append(place(p.place, places, p.high));
        }
        for (Point p : points.reversed()) band.append("L").append(place(p.place, places, p.low));
        if (points.stream().anyMatch(p -> p.low < p.high))
            parts.add(Html.empty("path").with("d", band + "Z").with("class", colour + " band"));
        parts.add(Html.empty("path").with("d", curve.toString()).with("class", colour + " curve"));
        for (Point p : points)
            parts.add(Html.empty("circle").with("cx", number(at(p.place, places))).with("cy", number(up(p.value))).with("r",
                    "2.5").with("class", colour + " dot"));
        return parts;
    }

    private static String place(int place, int places, double value) {
        return number(at(place, places)) + " " + number(up(value));
    }

    private static double at(int place, int places) {
        double room = WIDTH - MARGIN - RIGHT - 40.0;
        return MARGIN + 20 + (places == 1 ? room / 2 : room * place / (places - 1));
    }

    private static double up(double share) {
        return 10 + (1 - Math.clamp(share, 0, 1)) * (HEIGHT - 10.0 - AXIS);
    }

    private static Html figure(List<Html> parts, int height, String caption, Html legend) {
        Html svg = Html.tag("svg", Html.all(parts)).with("viewBox", "0 0 " + WIDTH + " " + height).with("role", "img").with("aria-label", caption)
                .with("class", "plot").with("xmlns", "http://www.w3.org/2000/svg");
        return Html.tag("figure", svg, legend, Html.tag("figcaption", caption));
    }

    private static Html line(double x0, double y0, double x1, double y1, String kind) {
        return Html.empty("line").with("x1", number(x0)).with("y1", number(y0)).with("x2", number(x1)).with("y2", number(y1)).with("class", kind);
    }

    private static Html text(double x, double y, String text, String anchor) {
        return Html.tag("text", text).with("x", number(x)).with("y", number(y)).with("text-anchor", anchor);
    }

    private static String shown(double share) {
        return String.format(Locale.ROOT, "%.1f", share);
    }

    private static String number(double x) {
        return String.format(Locale.ROOT, "%.1f", x);
    }
}
