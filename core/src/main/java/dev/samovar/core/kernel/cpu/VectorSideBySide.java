package dev.samovar.core.kernel.cpu;

import dev.samovar.core.kernel.Conv2dShape;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// 3×3 convolutions of pictures that are too small to fill [VectorWinograd]'s vectors, as in the depth of a U-Net: side by side they make one picture
/// that is wide enough.
///
/// Each picture takes whole tiles of columns, and at least one column of zeros is left after it: the padding of both neighbours.
final class VectorSideBySide {
    private final Parallel parallel;
    private final CpuMemory pool;
    private final VectorWinograd winograd;

    VectorSideBySide(Parallel parallel, CpuMemory pool, VectorWinograd winograd) {
        this.parallel = parallel;
        this.pool = pool;
        this.winograd = winograd;
    }

    /// Whether it handles a convolution, and with at most half of a plain product's multiplications.
    static boolean handles(Conv2dShape s) {
        if (s.padding() != 1 || s.height() < VectorWinograd.OUT || VectorWinograd.handles(s)) return false;
        Conv2dShape wide = wide(s);
        return VectorWinograd.canDo(wide) && 2 * VectorWinograd.multiplications(wide) <= 9L * s.batch() * s.outPixels();
    }

    /// The distance between the first columns of neighbouring pictures.
    private static int pitch(Conv2dShape s) {
        return Math.ceilDiv(s.width() + 1, VectorWinograd.OUT) * VectorWinograd.OUT;
    }

    /// The convolution of one picture that holds all of them.
    private static Conv2dShape wide(Conv2dShape s) {
        return new Conv2dShape(1, s.inChannels(), s.height(), s.batch() * pitch(s), s.outChannels(), s.kernel(), s.stride(), s.padding(), s.groups(),
                s.exact());
    }

    void forward(Conv2dShape s, float[] x, float[] w, float @Nullable [] bias, float[] y) {
        forward(s, x, w, false, bias, y);
    }

    void gradInput(Conv2dShape s, float[] dy, float[] w, float @Nullable [] bias, float[] dx) {
        forward(new Conv2dShape(s.batch(), s.outChannels(), s.height(), s.width(), s.inChannels(), 3, 1, 1), dy, w, true, bias, dx);
    }

    private void forward(Conv2dShape s, float[] x, float[] w, boolean turned, float @Nullable [] bias, float[] y) {
        Conv2dShape wide = wide(s);
        float[] from = pool.take(s.inChannels() * wide.outPixels()), to = pool.take(s.outChannels() * wide.outPixels());
        try {
            join(s, s.inChannels(), x, from);
            winograd.forwardOfFew(wide, from, w, turned, bias, to);
            part(s, s.outChannels(), to, y);
        } finally {
            pool.give(to);
            pool.give(from);
        }
    }

    void gradWeight(Conv2dShape s, float[] x, float[] dy, float[] dw) {
        Conv2dShape wide = wide(s);
        float[] from = pool.take(s.inChannels() * wide.outPixels()), by = pool.take(s.outChannels() * wide.outPixels());
        try {
            join(s, s.inChannels(), x, from);
            join(s, s.outChannels(), dy, by);                                      // there is no gradient between the pictures
            winograd.gradWeight(wide, from, by, dw);
        } finally {
            pool.give(by);
            pool.give(from);
        }
    }

    /// `(B, channels, H, W) → (channels, H, B · pitch)`
    private void join(Conv2dShape s, int channels, float[] x, float[] wide) {
        final int w = s.width(), pitch = pitch(s), line = s.batch() * pitch;
        Split.run(parallel, channels * s.height(), line, (first, end) -> {
            for (int row = first; row < end; row++) {
                for (int b = 0; b < s.batch(); b++) {
                    int at = row * line + b * pitch;
                    System.arraycopy(x, (b * channels * s.height() + row) * w, wide, at, w);
                    Arrays.fill(wide, at + w, at + pitch, 0);
                }
            }
        });
    }

    /// `(channels, H, B · pitch) → (B, channels, H, W)`
    private void part(Conv2dShape s, int channels, float[] wide, float[] y) {
        final int w = s.width(), pitch = pitch(s), line = s.batch() * pitch;
        Split.run(parallel, channels * s.height(), line, (first, end) -> {
            for (int row = first; row < end; row++)
                for (int b = 0; b < s.batch(); b++)
                    System.arraycopy(wide, row * line + b * pitch, y, (b * channels * s.height() + row) * w, w);
        });
    }
}
