package dev.samovar.core.tensor;

/// A batch of label pictures: one class per pixel, `(batch, height, width)`, row-major, classes 0 … 255 as unsigned bytes. Class 0 is the background.
public final class Labels {
    private final int batch;
    private final int height;
    private final int width;
    private final byte[] classes;

    /// Of `batch · height · width` classes.
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

    /// Pictures.
    public int batch() {
        return batch;
    }

    /// Rows.
    public int height() {
        return height;
    }

    /// Columns.
    public int width() {
        return width;
    }

    /// The classes themselves, not a copy.
    public byte[] classes() {
        return classes;
    }

    /// 1 where a pixel has the class, 0 elsewhere: `(batch, count, height, width)`.
    public Tensor oneHot(Device device, int count) {
        int pixels = height * width;
        float[] hot = new float[batch * count * pixels];
        for (int i = 0; i < classes.length; i++) hot[(i / pixels * count + (classes[i] & 0xff)) * pixels + i % pixels] = 1;
        return Tensor.of(device, hot, batch, count, height, width);
    }

    /// The largest class that occurs.
    public int max() {
        int max = 0;
        for (byte c : classes) max = Math.max(max, c & 0xff);
        return max;
    }
}
