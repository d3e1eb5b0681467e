package dev.samovar.core.tensor;

import java.util.Collection;

/// A batch of label pictures: one class per pixel, `(batch, height, width)`, row-major, classes 0 … 254 as unsigned bytes. Class 0 is the background.
/// Pixels that hold [#IGNORED] have no class and are left out of every loss.
public final class Labels {
    /// In place of a class: this pixel does not count.
    public static final int IGNORED = 255;

    private final int batch;
    private final int height;
    private final int width;
    private final byte[] classes;

    /// Labels from `batch · height · width` classes.
    ///
    /// @throws ShapeException if `classes` has another length
    public Labels(int batch, int height, int width, byte[] classes) {
        if (classes.length != batch * height * width)
            throw new ShapeException("labels: " + classes.length + " classes for " + batch + " × " + height + " × " + width);
        this.batch = batch;
        this.height = height;
        this.width = width;
        this.classes = classes;
    }

    /// The number of pictures.
    public int batch() {
        return batch;
    }

    /// The number of rows.
    public int height() {
        return height;
    }

    /// The number of columns.
    public int width() {
        return width;
    }

    /// The classes themselves, not a copy.
    public byte[] classes() {
        return classes;
    }

    /// `(batch, count, height, width)`: 1 where a pixel has the class, else 0. An ignored pixel is 0 in all classes.
    ///
    /// @throws IllegalArgumentException if there is a class beyond `count`
    public Tensor oneHot(Device device, int count) {
        if (max() >= count && classes.length > 0)
            throw new IllegalArgumentException("oneHot: a label of class " + max() + " among " + count + " classes");
        int pixels = height * width;
        float[] hot = new float[batch * count * pixels];
        for (int i = 0; i < classes.length; i++)
            if ((classes[i] & 0xff) != IGNORED) hot[(i / pixels * count + (classes[i] & 0xff)) * pixels + i % pixels] = 1;
        return Tensor.of(device, hot, batch, count, height, width);
    }

    /// Labels of two classes: 1 where a pixel has one of the classes `these`, else 0. Ignored pixels stay ignored.
    ///
    /// @throws IllegalArgumentException if one of them cannot be a class
    public Labels union(Collection<Integer> these) {
        byte[] mask = new byte[classes.length], as = new byte[IGNORED + 1];
        for (int c : these) {
            if (c < 0 || c >= IGNORED) throw new IllegalArgumentException("union: a class is a number from 0 to 254, not " + c);
            as[c] = 1;
        }
        as[IGNORED] = (byte) IGNORED;
        for (int i = 0; i < mask.length; i++) mask[i] = as[classes[i] & 0xff];
        return new Labels(batch, height, width, mask);
    }

    /// The largest class that occurs, 0 if none does.
    public int max() {
        int max = 0;
        for (byte c : classes) if ((c & 0xff) != IGNORED) max = Math.max(max, c & 0xff);
        return max;
    }
}
