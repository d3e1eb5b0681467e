package dev.samovar.models.train;

import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.models.data.LabelResize;
import dev.samovar.models.sam.ResizeLongestSide;
import java.util.Arrays;

/// How a slice becomes the encoder's input, and where the pixels of that square came from.
public enum Preprocessing {
    /// As in the paper: each slice by itself to [0, 1], a constant one to 0, the same in all three channels, stretched to the square; no mean and deviation.
    PAPER {
        @Override
        Tensor input(Device device, float[] slice, int h, int w, int side) {
            return Tensor.of(device, unit(slice), 1, 1, h, w).resizeBilinear(side, side);
        }

        @Override
        int height(int h, int w, int side) {
            return side;
        }

        @Override
        int width(int h, int w, int side) {
            return side;
        }
    },

    /// As SAM was trained: 8 bits, the longest side resized to the square's, colours normalised, the rest of the square filled with 0.
    SAM {
        private static final float[] MEAN = {123.675f, 116.28f, 103.53f};
        private static final float[] STD = {58.395f, 57.12f, 57.375f};

        @Override
        Tensor input(Device device, float[] slice, int h, int w, int side) {
            var resize = new ResizeLongestSide(side);
            int newH = resize.height(h, w), newW = resize.width(h, w);
            float[] unit = unit(slice);
            int[] grey = new int[unit.length];
            for (int i = 0; i < grey.length; i++) grey[i] = (int) (255 * unit[i] + 0.5f);
            int[] resized = resize.apply(grey, h, w);
            float[] x = new float[3 * side * side];
            for (int c = 0; c < 3; c++) for (int i = 0; i < newH; i++) for (int j = 0; j < newW; j++) {
                x[(c * side + i) * side + j] = (resized[i * newW + j] - MEAN[c]) / STD[c];
            }
            return Tensor.of(device, x, 1, 3, side, side);
        }

        @Override
        int height(int h, int w, int side) {
            return new ResizeLongestSide(side).height(h, w);
        }

        @Override
        int width(int h, int w, int side) {
            return new ResizeLongestSide(side).width(h, w);
        }
    };

    /// The encoder's input for one slice of `h · w` pixels: `(1, 3, side, side)`, or one channel for all three.
    abstract Tensor input(Device device, float[] slice, int h, int w, int side);

    /// Rows of the square that the slice fills.
    abstract int height(int h, int w, int side);

    /// Columns of the square that the slice fills.
    abstract int width(int h, int w, int side);

    /// The encoder's input for one slice: `(1, 3, side, side)`.
    public Tensor prepare(Device device, float[] slice, int h, int w, int side) {
        try (var scope = Scope.open()) {
            Tensor x = input(device, slice, h, w, side);
            return scope.keep(x.dim(1) == 3 ? x : Tensor.concat(1, x, x, x));
        }
    }

    /// Logits over the square, `(1, K, ·, ·)`, as logits over the slice, `(1, K, h, w)`.
    public Tensor restore(Tensor logits, int h, int w, int side) {
        if (this == PAPER) return logits.resizeBilinear(h, w);
        return logits.resizeBilinear(side, side).slice(2, 0, height(h, w, side)).slice(3, 0, width(h, w, side)).resizeBilinear(h, w);
    }

    /// A slice's labels over the square, `side · side` classes, resized as [LabelResize] does; what the slice does not fill is background.
    public byte[] labels(byte[] classes, int h, int w, int side) {
        int toH = height(h, w, side), toW = width(h, w, side);
        byte[] filled = LabelResize.apply(classes, h, w, toH, toW), square = new byte[side * side];
        for (int row = 0; row < toH; row++) System.arraycopy(filled, row * toW, square, row * side, toW);
        return square;
    }

    /// A slice stretched to [0, 1]; zeros if it is constant.
    private static float[] unit(float[] slice) {
        float min = Float.POSITIVE_INFINITY, max = Float.NEGATIVE_INFINITY;
        for (float v : slice) {
            min = Math.min(min, v);
            max = Math.max(max, v);
        }
        float[] unit = new float[slice.length];
        float range = max - min;
        if (range == 0) Arrays.fill(unit, 0);
        else for (int i = 0; i < unit.length; i++) unit[i] = (slice[i] - min) / range;
        return unit;
    }
}
