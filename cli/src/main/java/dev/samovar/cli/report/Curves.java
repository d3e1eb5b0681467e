package dev.samovar.cli.report;

import dev.samovar.imaging.format.Pictures;
import dev.samovar.models.train.TrainingLog;
import dev.samovar.models.view.Overlay;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.font.FontRenderContext;
import java.awt.font.TextLayout;
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

/// Charts of training runs over their epochs, each drawn twice: for a light and for a dark page.
final class Curves {
    private static final int WIDTH = 480, HEIGHT = 300, SHARPNESS = 2;             // in CSS pixels; picture pixels for each CSS pixel
    private static final int TICKS = 80;                                           // CSS pixels between numbers of epochs, so that four digits have room
    private static final double MOST = 1e6, LEAST_RATE = 1e-30;                    // numbers beyond these are drawn as these: XChart does not return on 1e30
    private static final Font FONT = new Font(Font.SANS_SERIF, Font.PLAIN, 13);

    /// The colours of a page.
    private record Mode(Color ink, Color grid, List<Color> lines) {
        static final Mode LIGHT = of(0x57534E, 0xE3DED6, 0x0067A5, 0xC2500B, 0x007A5A, 0x9A4C7F, 0x6B6459, 0x8A6D00);
        static final Mode DARK = of(0xA8A29E, 0x38332E, 0x6CBEF0, 0xF0A04B, 0x3CC79A, 0xDB94BC, 0xB8B0A4, 0xE5D65A);

        private static Mode of(int ink, int grid, int... lines) {
            return new Mode(new Color(ink), new Color(grid), IntStream.of(lines).mapToObj(Color::new).toList());
        }
    }

    /// A line of a chart.
    ///
    /// @param epochs the abscissas of its values: epochs, or steps
    record Line(String name, List<Double> epochs, List<Double> values) {}

    private Curves() {}

    /// Losses and learning rates of these runs by their names; for a single run also the parts of its loss.
    static Html of(Map<String, TrainingLog> logs) {
        List<Line> losses = new ArrayList<>(), dice = new ArrayList<>(), rates = new ArrayList<>();
        boolean one = logs.size() == 1;
        logs.forEach((name, log) -> {
            add(losses, one ? "training" : name, log, TrainingLog.Epoch::loss);
            if (one) add(dice, "training", log, TrainingLog.Epoch::dice);
            add(dice, one ? "validation" : name, log, TrainingLog.Epoch::validation);
            add(rates, name, log, epoch -> Math.max(LEAST_RATE, epoch.rate()));
        });
        return Html.tag("div", figure(losses, false, "Loss by epoch on the training slices. Lower is better."), dice.isEmpty()
                ? Html.NONE
                : figure(dice, false, "Soft Dice by epoch" + (one ? "" : " on the validation slices")
                        + ", before anything is rounded to a class. Higher is better, 1 is best."),
                figure(rates, true,
                        "Learning rate by epoch, on a logarithmic scale."))
                .with("class", "curves");
    }

    private static void add(List<Line> lines, String name, TrainingLog log, ToDoubleFunction<TrainingLog.Epoch> value) {
        List<TrainingLog.Epoch> known = log.epochs().stream().filter(epoch -> !Double.isNaN(value.applyAsDouble(epoch))).toList();
        if (!known.isEmpty())
            lines.add(new Line(name, known.stream().map(epoch -> (double) epoch.number()).toList(),
                    known.stream().map(epoch -> Math.clamp(value.applyAsDouble(epoch), -MOST, MOST)).toList()));
    }

    /// A chart with its caption below.
    static Html figure(List<Line> lines, boolean logarithmic, String caption) {
        if (lines.isEmpty() || lines.getFirst().epochs.isEmpty()) return Html.tag("p", "No epoch is finished yet.");
        if (!hasFont())
            return Html.tag("p",
                    "There would be a chart here, but Java finds no font on this machine for its numbers; they are in log.csv.");
        Html dark = Html.empty("source").with("srcset", Html.source(draw(lines, logarithmic, Mode.DARK))).with("media",
                "screen and (prefers-color-scheme: dark)");
        Html picture = Html.tag("picture", dark, Html.picture(draw(lines, logarithmic, Mode.LIGHT), caption));
        return Html.tag("figure", picture, Html.tag("figcaption", caption));
    }

    /// Whether text can be drawn. On a small server there may be no font at all, and Java then throws one of several exceptions.
    private static boolean hasFont() {
        try {
            return new TextLayout("0", FONT, new FontRenderContext(null, true, true)).getAdvance() > 0;
        } catch (RuntimeException | InternalError | LinkageError _) {
            return false;
        }
    }

    private static byte[] draw(List<Line> lines, boolean logarithmic, Mode mode) {
        XYChart chart = new XYChart(WIDTH, HEIGHT);
        XYStyler style = chart.getStyler();
        dress(style, mode);
        style.setLegendVisible(lines.size() > 1);
        style.setXAxisMin(0.0).setXAxisMax(Math.max(2, lines.stream().mapToDouble(line -> line.epochs.getLast()).max().orElse(2)));
        style.setXAxisDecimalPattern("0").setXAxisTickMarkSpacingHint(TICKS);
        style.setYAxisDecimalPattern(logarithmic ? "0E0" : "0.0#");
        if (logarithmic) {
            double least = lines.stream().flatMap(line -> line.values.stream()).mapToDouble(v -> v).min().orElse(1);
            double most = lines.stream().flatMap(line -> line.values.stream()).mapToDouble(v -> v).max().orElse(1);
            style.setYAxisLogarithmic(true).setYAxisMin(decade(least, Math.floor(Math.log10(least))))
                    .setYAxisMax(decade(most, Math.floor(Math.log10(most)) + 1));
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
        style.setBaseFont(FONT).setChartBackgroundColor(none).setChartFontColor(mode.ink).setPlotBackgroundColor(none)
                .setPlotBorderVisible(false).setLegendPosition(Styler.LegendPosition.OutsideS).setLegendLayout(Styler.LegendLayout.Horizontal)
                .setLegendBackgroundColor(none).setLegendBorderColor(none).setLegendFont(FONT)
                .setChartPadding(4).setLocale(Locale.ROOT).setAntiAlias(true).setTextAntiAlias(true);
        style.setAxisTickLabelsFont(FONT).setAxisTickLabelsColor(mode.ink).setAxisTickMarksColor(mode.grid).setPlotGridLinesColor(mode.grid)
                .setPlotGridLinesStroke(new BasicStroke(1)).setPlotGridVerticalLinesVisible(false).setAxisTicksLineVisible(false)
                .setAxisTitlesVisible(false).setPlotMargin(0);
    }
}
