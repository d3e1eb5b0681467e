package dev.samovar.cli.report;

import dev.samovar.imaging.Picture;
import dev.samovar.imaging.format.Pictures;
import dev.samovar.models.mask.Mask;
import dev.samovar.models.mask.Rle;
import dev.samovar.models.metrics.Counts;
import dev.samovar.models.pretrain.HeldOut;
import dev.samovar.models.sam.Candidate;
import dev.samovar.models.sam.EmbeddedImage;
import dev.samovar.models.sam.Prompt;
import dev.samovar.models.sam.SamPredictor;
import dev.samovar.models.view.MaskOverlay;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Locale;

/// A section of a page: one click in a picture, and its mask, without any training on such pictures.
public final class ClickExample {
    private static final int SIDE = 400, GAP = 4;                                  // pixels of the longer side at least; between pictures

    private ClickExample() {}

    /// The section.
    ///
    /// @param picture of 8-bit values
    /// @param thing what is clicked on, in its middle
    /// @param what the name of the thing, to follow "in"
    public static Html of(SamPredictor predictor, Picture picture, Mask thing, String what) {
        Prompt.Point click = HeldOut.click(thing);
        EmbeddedImage image = predictor.embed(picture);
        Candidate found = predictor.best(image, new Prompt.Points(List.of(click)));
        int scale = Math.ceilDiv(SIDE, Math.max(picture.height(), picture.width())), h = picture.height() * scale, w = picture.width()
                * scale;
        var both = new BufferedImage(2 * w + GAP, h, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = both.createGraphics();
        g.drawImage(Pictures.drawable(picture, 1), 0, 0, w, h, null);
        g.drawImage(MaskOverlay.of(picture, List.of(Rle.of(found.mask()))), w + GAP, 0, w, h, null);
        cross(g, (float) ((click.x() + 0.5) * scale), (float) ((click.y() + 0.5) * scale));
        g.dispose();
        String told = String.format(Locale.ROOT, "A click in %s: the network predicts an IoU of %.2f; the true one is %.2f.", what, found.iou(),
                Counts.of(found.mask(), thing).iou());
        return Html.tag("section", Html.tag("h2", "One click, nothing trained"), Html.tag("figure", Html.picture(Pictures.png(both), told),
                Html.tag("figcaption", told)));
    }

    /// White with a dark edge, visible on any background.
    private static void cross(Graphics2D g, float x, float y) {
        g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        for (boolean edge : new boolean[]{true, false}) {
            g.setColor(edge ? Color.BLACK : Color.WHITE);
            g.setStroke(new BasicStroke(edge ? 5 : 2.5f));
            g.drawLine(Math.round(x - 9), Math.round(y), Math.round(x + 9), Math.round(y));
            g.drawLine(Math.round(x), Math.round(y - 9), Math.round(x), Math.round(y + 9));
        }
    }
}
