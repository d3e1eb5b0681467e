package dev.samovar.models.medsam;

import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.imaging.Picture;
import dev.samovar.imaging.Range;
import dev.samovar.models.mask.Mask;
import dev.samovar.models.resample.AreaResize;
import dev.samovar.models.sam.Framing;
import dev.samovar.models.sam.Prompt;
import dev.samovar.models.sam.ResizeLongestSide;
import dev.samovar.models.sam.SamConfig;
import dev.samovar.models.sam.SamFraming;
import dev.samovar.models.sam.TinyVitConfig;
import dev.samovar.models.sam.Zoom;

/// The framing with which LiteMedSAM was trained: the picture is resized by areas ([AreaResize]) until its longest side is that of the square; it is
/// scaled from 0 to 1, all channels together, without mean and deviation; then the square is padded with zeros. Boxes are truncated to whole pixels
/// of the square. The decoder's masks are as large as the square; they are cut to the picture's part, and resized to the picture in one step.
///
/// Source: CVPR24_LiteMedSAM_infer.py of bowang-lab/MedSAM @ 0c044e9.
public final class LiteMedSamFraming implements Framing {
    private static final double LEAST_RANGE = 1e-8;

    /// LiteMedSAM's framing.
    public LiteMedSamFraming() {}

    /// Whether a model needs this framing, that is, whether its encoder is a TinyViT whose patches are single pixels.
    public static boolean suits(SamConfig config) {
        return config.encoder() instanceof TinyVitConfig tiny && tiny.patchKernel() == 1;
    }

    /// The framing that a model was trained with, judging by its sizes: this one, or SAM's own.
    public static Framing orSams(SamConfig config) {
        return suits(config) ? new LiteMedSamFraming() : new SamFraming();
    }

    @Override
    public String title() {
        return "lite-medsam";
    }

    @Override
    public Tensor input(Device device, Picture picture, int size) {
        var resize = new ResizeLongestSide(size);
        int h = resize.height(picture.height(), picture.width()), w = resize.width(picture.height(), picture.width()), channels = picture.channels();
        float[] resized = AreaResize.apply(picture, h, w).pixels(), x = new float[3 * size * size];
        Range of = Range.of(resized);
        float min = of.least();
        double range = Math.max((double) of.greatest() - min, LEAST_RANGE);
        for (int c = 0; c < 3; c++)
            for (int i = 0; i < h; i++)
                for (int j = 0; j < w; j++)
                    x[(c * size + i) * size + j] = (float) ((resized[(Math.min(c, channels - 1) * h + i) * w + j] - min) / range);
        return Tensor.of(device, x, 1, 3, size, size);
    }

    @Override
    public double x(double x, int h, int w, int size) {
        return (int) (x * ((double) size / Math.max(h, w)));
    }

    @Override
    public double y(double y, int h, int w, int size) {
        return (int) (y * ((double) size / Math.max(h, w)));
    }

    @Override
    public Prompt.LowRes prompt(Mask mask, int size) {
        int h = mask.height(), w = mask.width();
        double scale = (double) size / Math.max(h, w);
        float[] logits = new float[size * size];
        for (int i = 0; i < size; i++) for (int j = 0; j < size; j++) {
            int row = (int) ((i + 0.5) / scale), column = (int) ((j + 0.5) / scale);
            logits[i * size + j] = row < h && column < w && mask.at(row, column) ? CONFIDENT : -CONFIDENT;
        }
        return new Prompt.LowRes(size, logits);
    }

    @Override
    public Zoom zoom(int side, int h, int w, int size) {
        var resize = new ResizeLongestSide(size);
        return new Zoom(side, side, resize.height(h, w), resize.width(h, w), h, w);
    }

    @Override
    public Tensor masks(Tensor lowRes, int h, int w, int size) {
        return zoom(lowRes.dim(3), h, w, size).apply(lowRes);
    }
}
