package dev.samovar.models.train;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.imaging.Picture;
import dev.samovar.imaging.Range;
import dev.samovar.models.data.LabelResize;
import dev.samovar.models.medsam.MedSamFraming;
import dev.samovar.models.medsam.MedSamInput;
import dev.samovar.models.sam.Framing;
import dev.samovar.models.sam.ResizeLongestSide;
import dev.samovar.models.sam.SamFraming;
import java.util.Arrays;
import java.util.Locale;

/// How a slice becomes the encoder's input, and how results are mapped back onto the slice.
///
/// The step in between is the *frame*, a square of `side` pixels, in which slices are augmented and the loss is computed.
public enum Preprocessing {
    /// As in the paper: each slice is scaled by itself to [0, 1] (a constant one to 0), with grey in all three channels; it is stretched to the
    /// frame, and that to the encoder's square, without normalisation by mean and deviation.
    PAPER {
        @Override
        public Picture frame(Device device, Picture unit, int side) {
            return resized(device, unit, side, side);
        }

        @Override
        public Tensor input(Device device, Picture frame, int size) {
            return tensor(device, frame).resizeBilinear(size, size);
        }

        @Override
        public Tensor prepare(Device device, Picture slice, int side, int size) {
            try (var scope = Scope.open()) {
                return scope.keep(input(device, frame(device, unit(slice), side), size));
            }
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

    /// As in SAM's training: 8 bits, the longest side resized to the square's, colours normalised, the rest of the square filled with 0.
    ///
    /// Without augmentation a slice is resized directly to the encoder's size; a frame is only used for augmentation, and is not rounded to 8 bits.
    SAM {
        @Override
        public Picture frame(Device device, Picture unit, int side) {
            int h = height(unit.height(), unit.width(), side), w = width(unit.height(), unit.width(), side);
            float[] resized = resized(device, unit, h, w).pixels(), frame = new float[3 * side * side];
            for (int c = 0; c < 3; c++) {
                Arrays.fill(frame, c * side * side, (c + 1) * side * side, SamFraming.mean(c) / 255);              // the colour that normalisation maps to 0
                for (int i = 0; i < h; i++) System.arraycopy(resized, (c * h + i) * w, frame, (c * side + i) * side, w);
            }
            return new Picture(3, side, side, frame);
        }

        @Override
        public Tensor input(Device device, Picture frame, int size) {
            float[] x = frame.pixels().clone();
            int n = x.length / 3;
            for (int i = 0; i < x.length; i++) x[i] = SamFraming.normalised(i / n, 255 * x[i]);
            return tensor(device, new Picture(3, frame.height(), frame.width(), x)).resizeBilinear(size, size);
        }

        @Override
        public Tensor prepare(Device device, Picture slice, int side, int size) {
            return framing().input(device, stretched(slice), size);
        }

        @Override
        int height(int h, int w, int side) {
            return new ResizeLongestSide(side).height(h, w);
        }

        @Override
        int width(int h, int w, int side) {
            return new ResizeLongestSide(side).width(h, w);
        }
    },

    /// As in MedSAM's training: 8 bits, stretched to the square by splines, and scaled from the least number, 0, to the greatest, 1.
    MEDSAM {
        @Override
        public Picture frame(Device device, Picture unit, int side) {
            return new MedSamInput(side).prepare(eightBits(unit));
        }

        @Override
        public Tensor input(Device device, Picture frame, int size) {
            return tensor(device, frame).resizeBilinear(size, size);
        }

        @Override
        public Tensor prepare(Device device, Picture slice, int side, int size) {
            return framing().input(device, stretched(slice), size);
        }

        @Override
        int height(int h, int w, int side) {
            return side;
        }

        @Override
        int width(int h, int w, int side) {
            return side;
        }
    };

    /// Its name in files and on the command line.
    public String title() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// The preprocessing of this name.
    ///
    /// @throws FormatException if there is none
    public static Preprocessing of(String name) {
        for (Preprocessing p : values()) if (p.title().equals(name)) return p;
        throw new FormatException("there is no preprocessing " + FormatException.shown(name) + ": it is paper, sam or medsam");
    }

    /// A slice that was stretched to [0, 1], `(3, h, w)`, as a frame of `side · side` pixels.
    public abstract Picture frame(Device device, Picture unit, int side);

    /// A frame as the encoder's input, `(1, 3, size, size)`, in the innermost scope.
    public abstract Tensor input(Device device, Picture frame, int size);

    /// The encoder's input for a slice as it is in its file: `(1, 3, size, size)`, in the innermost scope.
    public abstract Tensor prepare(Device device, Picture slice, int side, int size);

    /// Rows of the square that the slice fills.
    abstract int height(int h, int w, int side);

    /// Columns of the square that the slice fills.
    abstract int width(int h, int w, int side);

    /// Logits over the square, `(1, K, ·, ·)`, as logits over the slice, `(1, K, h, w)`.
    public Tensor restore(Tensor logits, int h, int w, int size) {
        return this == PAPER ? logits.resizeBilinear(h, w) : framing().masks(logits, h, w, size);
    }

    /// The same for pictures of 8 bits, in which prompts have a place.
    ///
    /// @throws FormatException if it is the paper's, which knows no prompts
    public Framing framing() {
        return switch (this) {
            case PAPER -> throw new FormatException("slices that are prepared as in the paper are not asked about by prompts");
            case SAM -> new SamFraming();
            case MEDSAM -> new MedSamFraming();
        };
    }

    /// A slice's labels over the frame, `side · side` classes, resized as [LabelResize] does; pixels that the slice does not fill are background.
    public byte[] labels(byte[] classes, int h, int w, int side) {
        int toH = height(h, w, side), toW = width(h, w, side);
        byte[] filled = LabelResize.apply(classes, h, w, toH, toW), square = new byte[side * side];
        for (int row = 0; row < toH; row++) System.arraycopy(filled, row * toW, square, row * side, toW);
        return square;
    }

    /// A slice with all its channels together stretched to [0, 1], or zeros if it is constant. The result has three channels; a grey one is repeated.
    ///
    /// @throws IllegalArgumentException if a number is not finite
    public static Picture unit(Picture slice) {
        float[] from = slice.pixels(), unit = new float[3 * slice.height() * slice.width()];
        for (float v : from) if (!Float.isFinite(v)) throw new IllegalArgumentException("a slice with the number " + v + "; replace it");
        Range range = Range.of(from);
        float least = range.least(), length = range.length();
        for (int i = 0; length > 0 && i < unit.length; i++) {
            float v = from[i % from.length];
            unit[i] = Float.isFinite(length) ? (v - least) / length : (v / 2 - least / 2) / (range.greatest() / 2 - least / 2);
        }
        return new Picture(3, slice.height(), slice.width(), unit);
    }

    /// A slice stretched from its least to its greatest number and rounded to 8 bits, in three channels: what SAM sees.
    public static Picture stretched(Picture slice) {
        return eightBits(unit(slice));
    }

    /// A slice in [0, 1], rounded to 8 bits.
    public static Picture eightBits(Picture unit) {
        float[] pixels = unit.pixels().clone();
        for (int i = 0; i < pixels.length; i++) pixels[i] = (int) (255 * pixels[i] + 0.5f);
        return new Picture(3, unit.height(), unit.width(), pixels);
    }

    private static Picture resized(Device device, Picture picture, int h, int w) {
        if (picture.height() == h && picture.width() == w) return picture;
        try (var _ = Scope.open()) {
            return new Picture(picture.channels(), h, w, tensor(device, picture).resizeBilinear(h, w).toArray());
        }
    }

    private static Tensor tensor(Device device, Picture picture) {
        return Tensor.of(device, picture.pixels(), 1, picture.channels(), picture.height(), picture.width());
    }
}
