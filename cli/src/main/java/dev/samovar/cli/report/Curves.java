package dev.samovar.cli.report;

import dev.samovar.models.view.Overlay;
import dev.samovar.models.view.Pictures;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/// How trainings went, as charts over their epochs, each drawn twice: for a light and for a dark page.
final class Curves {
    private static final int WIDTH = 480, HEIGHT = 300, SHARPNESS = 2;             // in CSS pixels; so many of the picture's for each

    /// The colours of a page.
    private record Mode(Color ink, Color grid, List<Color> lines) {
        static final Mode LIGHT = of(0x57534E, 0xE3DED6, 0x0067A5, 0xC2500B, 0x007A5A, 0x9A4C7F, 0x6B6459, 0x8A6D00);
        static final Mode DARK = of(0xA8A29E, 0x38332E, 0x6CBEF0, 0xF0A04B, 0x3CC79A, 0xDB94BC, 0xB8B0A4, 0xE5D65A);

        private static Mode of(int ink, int grid, int... lines) {
            return new Mode(new Color(ink), new Color(grid), IntStream.of(lines).mapToObj(Color::new).toList());
        }
    }

    private record Line(String name, List<Double> epochs, List<Double> values) {}

    private Curves() {}

    /// Losses and learning rates of these trainings by their names; of a single one the parts of its loss, too.
    static Html of(Map<String, Log> logs) {
        List<Line> losses = new ArrayList<>(), rates = new ArrayList<>();
        boolean validated = logs.values().stream().anyMatch(Log::isValidated), one = logs.size() == 1;
        logs.forEach((name, log) -> {
            add(losses, one ? "training: cross entropy + soft Dice" : name, log, Log.Epoch::loss);
            if (one) add(losses, "training: soft Dice alone", log, Log.Epoch::softDice);
            if (log.isValidated()) add(losses, one ? "validation: soft Dice" : name + ", validation", log, Log.Epoch::validation);
            add(rates, name, log, Log.Epoch::rate);
        });
        return Html.tag("div", figure(losses, false, "Loss" + (one ? "" : ", cross entropy plus soft Dice, on the training slices")
                + (validated ? "; on the validation slices it is the soft Dice loss alone" : "") + ". Lower is better."),
                figure(rates, true, "Learning rate, on a logarithmic scale.")).with("class", "curves");
    }

    private static void add(List<Line> lines, String name, Log log, ToDoubleFunction<Log.Epoch> value) {
        List<Log.Epoch> known = log.epochs().stream().filter(epoch -> !Double.isNaN(value.applyAsDouble(epoch))).toList();
        if (!known.isEmpty())
            lines.add(new Line(name, known.stream().map(epoch -> (double) epoch.number()).toList(), known.stream().map(value::applyAsDouble)
                    .toList()));
    }

    private static Html figure(List<Line> lines, boolean logarithmic, String caption) {
        if (lines.isEmpty()) return Html.tag("p", "No epoch is through yet.");
        Html picture;
        try {
            picture = Html.tag("picture", Html.empty("source").with("srcset", Html.source(draw(lines, logarithmic, Mode.DARK)))
                    .with("media", "screen and (prefers-color-scheme: dark)"), Html.picture(draw(lines, logarithmic, Mode.LIGHT), caption));
        } catch (InternalError | LinkageError e) {                                 // from java.desktop, on a machine without any font
            picture = Html.tag("p", "Charts need a font, and Java finds none on this machine (" + e.getMessage()
                    + "). The numbers are in log.csv.");
        }
        return Html.tag("figure", picture, Html.tag("figcaption", caption));
    }

    private static byte[] draw(List<Line> lines, boolean logarithmic, Mode mode) {
        XYChart chart = new XYChart(WIDTH, HEIGHT);
        XYStyler style = chart.getStyler();
        dress(style, mode);
        style.setLegendVisible(lines.size() > 1);
        style.setXAxisTickMarkSpacingHint(60).setXAxisMin(0.0).setXAxisMax(Math.max(2, lines.stream().mapToDouble(line -> line.epochs
                .getLast()).max().orElse(2)));
        style.setYAxisDecimalPattern(logarithmic ? "0E0" : "0.0#");
        if (logarithmic) {
            double least = lines.stream().flatMap(line -> line.values.stream()).mapToDouble(v -> v).min().orElse(1);
            double most = lines.stream().flatMap(line -> line.values.stream()).mapToDouble(v -> v).max().orElse(1);
            style.setYAxisLogarithmic(true).setYAxisLogarithmicDecadeOnly(true).setYAxisMin(decade(least, Math.floor(Math.log10(least))))
                    .setYAxisMax(decade(most, Math.floor(
                            Math.log10(most)) + 1));
        }
        for (int i = 0; i < lines.size(); i++) {
            XYSeries series = chart.addSeries(lines.get(i).name, lines.get(i).epochs, lines.get(i).values);
            series.setMarker(SeriesMarkers.NONE).setLineColor(mode.lines.get(i % mode.lines.size())).setLineStyle(new BasicStroke(2f,
                    BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
        }
        var picture = new BufferedImage(WIDTH * SHARPNESS, HEIGHT * SHARPNESS, BufferedImage.TYPE_INT_ARGB);
        Graphics2D graphics = picture.createGraphics();
        graphics.scale(SHARPNESS, SHARPNESS);
        chart.paint(graphics, WIDTH, HEIGHT);
        graphics.dispose();
        return Pictures.png(picture);
    }

    private static double decade(double value, double exponent) {
        return value > 0 ? Math.pow(10, exponent) : 1;
    }

    private static void dress(XYStyler style, Mode mode) {
        Color none = new Color(0, true);
        Font font = new Font(Font.SANS_SERIF, Font.PLAIN, 13);
        style.setBaseFont(font).setChartBackgroundColor(none).setChartFontColor(mode.ink).setPlotBackgroundColor(none)
                .setPlotBorderVisible(false).setLegendPosition(Styler.LegendPosition.OutsideS).setLegendLayout(
                        Styler.LegendLayout.Horizontal).setLegendBackgroundColor(none).setLegendBorderColor(none).setLegendFont(font)
                .setChartPadding(4).setLocale(Locale.ROOT).setAntiAlias(true).setTextAntiAlias(true);
        style.setAxisTickLabelsFont(font).setAxisTickLabelsColor(mode.ink).setAxisTickMarksColor(mode.grid).setPlotGridLinesColor(mode.grid)
                .setPlotGridLinesStroke(new BasicStroke(1)).setPlotGridVerticalLinesVisible(false).setAxisTicksLineVisible(false)
                .setAxisTitlesVisible(false).setPlotMargin(0);
    }
}
