package dev.samovar.models.mask;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Which pixels of a picture belong to an object.
///
/// The pixel in row `r` and column `c` is at index `r · width + c`.
public final class Mask {
    private final int height, width;
    private final boolean[] pixels;

    /// Wraps these pixels, row by row, without a copy.
    ///
    /// @throws IllegalArgumentException if there are not `height · width` of them
    public Mask(int height, int width, boolean[] pixels) {
        if (height < 1 || width < 1 || pixels.length != (long) height * width)
            throw new IllegalArgumentException(pixels.length + " pixels for a mask of " + height + " × " + width);
        this.height = height;
        this.width = width;
        this.pixels = pixels;
    }

    /// The pixels whose logit lies above a threshold, 0 in SAM: strictly, so that a logit of 0 is background.
    public static Mask above(float threshold, int height, int width, float[] logits) {
        boolean[] pixels = new boolean[logits.length];
        for (int i = 0; i < pixels.length; i++) pixels[i] = logits[i] > threshold;
        return new Mask(height, width, pixels);
    }

    /// The pixels of a class.
    public static Mask of(int label, int height, int width, byte[] labels) {
        boolean[] pixels = new boolean[labels.length];
        for (int i = 0; i < pixels.length; i++) pixels[i] = (labels[i] & 0xFF) == label;
        return new Mask(height, width, pixels);
    }

    /// The number of rows.
    public int height() {
        return height;
    }

    /// The number of columns.
    public int width() {
        return width;
    }

    /// Whether each pixel belongs, not a copy.
    public boolean[] pixels() {
        return pixels;
    }

    /// Whether one pixel belongs.
    ///
    /// @throws IndexOutOfBoundsException if there is no such pixel
    public boolean at(int row, int column) {
        Objects.checkIndex(column, width);
        return pixels[row * width + column];
    }

    /// The pixels that do not belong to another mask.
    ///
    /// @throws IllegalArgumentException if it has another size
    public Mask without(Mask other) {
        if (other.height != height || other.width != width) throw new IllegalArgumentException("a " + this + " without a " + other);
        boolean[] left = new boolean[pixels.length];
        for (int i = 0; i < left.length; i++) left[i] = pixels[i] && !other.pixels[i];
        return new Mask(height, width, left);
    }

    /// How many pixels belong.
    public int area() {
        int area = 0;
        for (boolean pixel : pixels) if (pixel) area++;
        return area;
    }

    /// The smallest box around all pixels that belong, null if none does.
    public @Nullable Box box() {
        int top = height, bottom = -1, left = width, right = -1;
        for (int row = 0, i = 0; row < height; row++) for (int column = 0; column < width; column++, i++) {
            if (!pixels[i]) continue;
            top = Math.min(top, row);
            bottom = row;
            left = Math.min(left, column);
            right = Math.max(right, column);
        }
        return bottom < 0 ? null : new Box(left, top, right, bottom);
    }

    /// Whether sizes and pixels are equal.
    @Override
    public boolean equals(Object other) {
        return other instanceof Mask that && width == that.width && Arrays.equals(pixels, that.pixels);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(pixels);
    }

    @Override
    public String toString() {
        return "mask of " + height + " × " + width + " pixels, " + area() + " of them set";
    }
}
