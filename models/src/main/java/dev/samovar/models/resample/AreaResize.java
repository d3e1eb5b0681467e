package dev.samovar.models.resample;

import dev.samovar.imaging.Picture;

/// Resizes 8-bit values by areas: a pixel of a smaller picture is the mean of the area that it covers, with parts of pixels weighted by their share.
/// A larger picture is interpolated linearly, with the steep ramps that OpenCV uses for this filter. Each axis is resized separately, and the result
/// is rounded to whole numbers; where a mean is half way between two, it may differ by one from OpenCV's.
///
/// Source: what `INTER_AREA` does in OpenCV's `resize`.
public final class AreaResize {
    private AreaResize() {}

    /// The old pixels that make a new one along an axis: those from `first` on, with the weight of each.
    @SuppressWarnings("ArrayRecordComponent")
    private record Taps(int first, double[] weights) {}

    /// A picture of values from 0 to 255 at another size.
    public static Picture apply(Picture picture, int height, int width) {
        int h = picture.height(), w = picture.width(), channels = picture.channels();
        if (h == height && w == width) return picture;
        boolean smaller = height <= h && width <= w;
        Taps[] rows = taps(h, height, smaller), columns = taps(w, width, smaller);
        float[] x = picture.pixels(), y = new float[channels * height * width];
        double[] wide = new double[h * width];
        for (int c = 0; c < channels; c++) {
            for (int i = 0; i < h; i++)
                for (int j = 0; j < width; j++) {
                    double sum = 0;
                    for (int k = 0; k < columns[j].weights.length; k++)
                        sum += columns[j].weights[k] * x[(c * h + i) * w + columns[j].first + k];
                    wide[i * width + j] = sum;
                }
            for (int i = 0; i < height; i++)
                for (int j = 0; j < width; j++) {
                    double sum = 0;
                    for (int k = 0; k < rows[i].weights.length; k++) sum += rows[i].weights[k] * wide[(rows[i].first + k) * width + j];
                    y[(c * height + i) * width + j] = (float) Math.clamp(Math.rint(sum), 0, 255);
                }
        }
        return new Picture(channels, height, width, y);
    }

    private static Taps[] taps(int from, int to, boolean smaller) {
        Taps[] taps = new Taps[to];
        double scale = (double) from / to;
        for (int i = 0; i < to; i++) taps[i] = smaller ? covered(from, i * scale, Math.min(from, (i + 1) * scale)) : ramp(from, i, scale);
        return taps;
    }

    private static Taps covered(int from, double begin, double end) {
        int first = Math.min(from - 1, (int) Math.floor(begin + 1e-9)), last = Math.max(first, (int) Math.ceil(end - 1e-9) - 1);
        double[] weights = new double[last - first + 1];
        for (int k = 0; k < weights.length; k++)
            weights[k] = (Math.min(end, first + k + 1) - Math.max(begin, first + k)) / (end - begin);
        return new Taps(first, weights);
    }

    private static Taps ramp(int from, int i, double scale) {
        int at = (int) Math.floor(i * scale);
        double f = i + 1 - (at + 1) / scale;
        f = f <= 0 ? 0 : f - Math.floor(f);
        return at >= from - 1 ? new Taps(from - 1, new double[]{1}) : new Taps(at, new double[]{1 - f, f});
    }
}
