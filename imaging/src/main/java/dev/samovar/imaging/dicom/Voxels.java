package dev.samovar.imaging.dicom;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.Volume;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The numbers of a series: the stored ones, rescaled slice by slice (PS3.3, C.11.1).
final class Voxels {
    private final DicomSeries series;
    private final int channels, size;

    Voxels(DicomSeries series) {
        this.series = series;
        Geometry geometry = series.geometry();
        channels = series.frames().getFirst().file.isColour() ? 3 : 1;
        size = geometry.nx() * geometry.ny();
        if ((long) geometry.voxels() * channels > Pixels.MAX)
            throw new FormatException("it has " + geometry.size() + " voxels, more than the limit of " + Pixels.MAX);
    }

    Volume read() {
        List<Frame> frames = series.frames();
        Map<DicomFile, List<Integer>> slices = new LinkedHashMap<>();
        for (int k = 0; k < frames.size(); k++) slices.computeIfAbsent(frames.get(k).file, _ -> new ArrayList<>()).add(k);
        for (DicomFile file : slices.keySet()) new Pixels(file).close();                  // before memory is taken
        float[] voxels = new float[channels * series.geometry().voxels()];
        slices.forEach((file, those) -> {
            try (Pixels pixels = new Pixels(file)) {
                for (int k : those) slice(pixels, frames.get(k), k, voxels);
            }
        });
        return new Volume(series.geometry(), channels, voxels);
    }

    private void slice(Pixels pixels, Frame frame, int k, float[] voxels) {
        int[] planes = pixels.frame(frame.number);
        for (int c = 0; c < channels; c++) {
            int to = (c * series.frames().size() + k) * size, from = c * size;
            for (int i = 0; i < size; i++)
                voxels[to + i] = channels == 3 ? planes[from + i] : (float) (frame.slope * pixels.stored(planes[i]) + frame.intercept);
        }
    }

    Volume toBeSeen(Volume volume) {
        List<Frame> frames = series.frames();
        List<float[]> filling = new ArrayList<>();
        for (Frame f : frames) filling.add(padding(f));
        boolean padded = filling.stream().anyMatch(range -> range.length > 0);
        if (channels > 1 || (!series.isInverted() && !padded)) return volume;
        float[] from = volume.voxels(), to = from.clone();
        float least = Float.POSITIVE_INFINITY, greatest = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < from.length; i++) {
            if (isFilling(filling.get(i / size), from[i])) continue;
            least = Math.min(least, from[i]);
            greatest = Math.max(greatest, from[i]);
        }
        if (least > greatest) return volume;
        for (int i = 0; i < to.length; i++) {
            if (isFilling(filling.get(i / size), from[i])) to[i] = least;
            else if (series.isInverted()) to[i] = least + (greatest - from[i]);
        }
        return new Volume(volume.geometry(), to);
    }

    private static boolean isFilling(float[] range, float value) {
        return range.length > 0 && value >= range[0] && value <= range[1];
    }

    /// The least and the greatest padding value, rescaled as the pixels are; empty if there is none.
    private static float[] padding(Frame f) {
        DataSet set = f.file.set();
        if (!set.has(Tags.PIXEL_PADDING)) return new float[0];
        int one = set.unsigned(Tags.PIXEL_PADDING, 0), other = set.unsigned(Tags.PIXEL_PADDING_LIMIT, one);
        float a = rescaled(f, one), b = rescaled(f, other);
        return new float[]{Math.min(a, b), Math.max(a, b)};
    }

    private static float rescaled(Frame f, int stored) {
        return (float) (f.slope * (f.file.isSigned() ? (short) stored : stored) + f.intercept);
    }
}
