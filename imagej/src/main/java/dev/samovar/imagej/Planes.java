package dev.samovar.imagej;

import dev.samovar.imaging.Picture;
import ij.CompositeImage;
import ij.IJ;
import ij.ImagePlus;
import ij.gui.PointRoi;
import ij.gui.Roi;
import ij.process.ColorProcessor;
import ij.process.ImageProcessor;
import ij.process.LUT;
import java.awt.Color;

/// The planes of an ImageJ image as they are displayed, one for each slice or, if there is only one slice, for each time point. A plane has the brightness range and the colours of its channel; in a
/// composite, all channels that are switched on are mixed. Selections, overlays and thresholds do not belong to it. The image is never changed.
///
/// @param alongTime whether planes are time points
record Planes(ImagePlus image, boolean alongTime) {
    private static final int WHITE = 255, BYTE = 0xFF;

    /// The planes of an image.
    static Planes of(ImagePlus image) {
        return new Planes(image, image.getNSlices() == 1 && image.getNFrames() > 1);
    }

    int count() {
        return alongTime ? image.getNFrames() : image.getNSlices();
    }

    /// The plane that is shown, counted from 0.
    int here() {
        return (alongTime ? image.getT() : image.getZ()) - 1;
    }

    private int slice(int plane) {
        return alongTime ? image.getZ() : plane + 1;
    }

    private int frame(int plane) {
        return alongTime ? plane + 1 : image.getT();
    }

    private ImageProcessor pixels(int channel, int plane) {
        return image.getStack().getProcessor(image.getStackIndex(channel, slice(plane), frame(plane)));
    }

    /// What is displayed of a plane.
    Picture picture(int plane) {
        if (image instanceof CompositeImage composite && composite.getMode() == IJ.COMPOSITE) return mixed(composite, plane);
        ImageProcessor pixels = pixels(image.getC(), plane);
        // Of an RGB image, ImageJ writes the chosen range into the pixels, and setMinAndMax would do it once more.
        if (pixels instanceof ColorProcessor) return Picture.of(pixels.getBufferedImage());
        return Picture.of(coloured(pixels, lut()).getBufferedImage());
    }

    private LUT lut() {
        if (!(image instanceof CompositeImage composite)) return image.getProcessor().getLut();
        LUT lut = composite.getChannelLut(image.getC());
        if (composite.getMode() != IJ.GRAYSCALE) return lut;
        LUT grey = LUT.createLutFromColor(Color.WHITE);
        grey.min = lut.min;
        grey.max = lut.max;
        return grey;
    }

    private static ImageProcessor coloured(ImageProcessor pixels, LUT lut) {
        ImageProcessor coloured = pixels.duplicate();
        coloured.setLut(lut);
        return coloured;
    }

    /// The sum of the channels' colours, as ImageJ shows a composite.
    private Picture mixed(CompositeImage composite, int plane) {
        int w = image.getWidth(), h = image.getHeight();
        int[] sum = new int[w * h];
        boolean[] active = composite.getActiveChannels();
        for (int c = 1; c <= image.getNChannels(); c++) {
            if (c > active.length || !active[c - 1]) continue;
            int[] colours = (int[]) coloured(pixels(c, plane), composite.getChannelLut(c)).convertToRGB().getPixels();
            for (int i = 0; i < sum.length; i++) sum[i] = sum(sum[i], colours[i], 16) | sum(sum[i], colours[i], 8) | sum(sum[i], colours[i], 0);
        }
        return Picture.of(new ColorProcessor(w, h, sum).getBufferedImage());
    }

    private static int sum(int one, int other, int shift) {
        return Math.min(WHITE, (one >> shift & BYTE) + (other >> shift & BYTE)) << shift;
    }

    /// Ties a region to a plane, so that it is shown there only. In a composite it belongs to all channels.
    void place(Roi region, int plane) {
        if (image.getStackSize() == 1) return;
        boolean mixes = image instanceof CompositeImage composite && composite.getMode() == IJ.COMPOSITE;
        if (image.isHyperStack() || image.getNChannels() > 1) region.setPosition(mixes ? 0 : image.getC(), slice(plane), frame(plane));
        else region.setPosition(plane + 1);
    }

    /// Whether a point was set in the plane that is shown, or in all.
    boolean shows(PointRoi points, int number) {
        int position = points.getPointPosition(number);
        return position == 0 || position == image.getCurrentSlice();
    }
}
