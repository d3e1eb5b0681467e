package dev.samovar.models.mask;

import dev.samovar.core.io.FormatException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A mask as the lengths of its runs, column after column from the left, each from its top: first the number of pixels that do not belong, then the
/// number of those that do, and so on. A mask whose first pixel belongs begins with a run of 0.
///
/// This is COCO's format for masks, as numbers and as text. In the text, a run is written as its difference from the one before of the same kind, in
/// groups of 5 bits, the lowest first; a sixth bit says that more follow, and adding 48 makes a character of each group.
///
/// Source: segment_anything/utils/amg.py @ dca509f (`mask_to_rle_pytorch`), common/maskApi.c of cocoapi @ 8c9bcc3 (`rleToString`).
public final class Rle {
    /// A mask with more pixels than this is refused.
    public static final int MAX_PIXELS = 1 << 30;

    private static final int BITS = 5, MORE = 1 << BITS, SIGN = MORE >> 1, ZERO = '0', LONGEST = 7;     // groups of a number of 33 bits

    private final int height, width;
    private final int[] counts;

    /// Wraps these runs without a copy.
    ///
    /// @throws IllegalArgumentException if one of them is negative, or all together are not `height · width`, at most [#MAX_PIXELS]
    public Rle(int height, int width, int... counts) {
        long sum = 0;
        for (int count : counts) {
            if (count < 0) throw new IllegalArgumentException("a run of " + count + " pixels");
            sum += count;
        }
        if (!isSize(height, width) || sum != (long) height * width)
            throw new IllegalArgumentException("runs of " + sum + " pixels in all for a mask of " + height + " × " + width);
        this.height = height;
        this.width = width;
        this.counts = counts;
    }

    private static boolean isSize(int height, int width) {
        return height > 0 && width > 0 && (long) height * width <= MAX_PIXELS;
    }

    /// A mask's runs.
    public static Rle of(Mask mask) {
        RunsByRow runs = new RunsByRow(mask.height(), mask.width());
        for (int row = 0; row < mask.height(); row++) runs.row(mask.pixels(), row * mask.width());
        return runs.rle();
    }

    /// The mask itself.
    public Mask mask() {
        boolean[] pixels = new boolean[height * width];
        int[] runs = runs();
        for (int i = 0; i < runs.length; i += 2) {
            int column = runs[i] / height;
            for (int k = runs[i]; k < runs[i + 1]; k++) pixels[(k - column * height) * width + column] = true;
        }
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

    /// The lengths of the runs, not a copy.
    public int[] counts() {
        return counts;
    }

    /// How many pixels belong.
    public int area() {
        int area = 0;
        for (int i = 1; i < counts.length; i += 2) area += counts[i];
        return area;
    }

    /// The smallest box around all pixels that belong, null if none does.
    public @Nullable Box box() {
        int[] starts = starts();
        int left = width, top = height, right = -1, bottom = -1;
        for (int i = 1; i < counts.length; i += 2) {
            int first = starts[i], last = starts[i + 1] - 1, column = first / height;
            if (first > last) continue;
            left = Math.min(left, column);
            right = last / height;
            top = column == right ? Math.min(top, first % height) : 0;            // a run that continues in the next column begins at its top
            bottom = column == right ? Math.max(bottom, last % height) : height - 1;
        }
        return right < 0 ? null : new Box(left, top, right, bottom);
    }

    /// The start of each run, and the end of the last.
    private int[] starts() {
        int[] starts = new int[counts.length + 1];
        for (int i = 0; i < counts.length; i++) starts[i + 1] = starts[i] + counts[i];
        return starts;
    }

    /// This mask in a larger picture, with its first pixel in this column and row.
    ///
    /// @throws IllegalArgumentException if it does not fit
    public Rle placed(int column, int row, int inHeight, int inWidth) {
        if (column < 0 || row < 0 || column + width > inWidth || row + height > inHeight)
            throw new IllegalArgumentException(this + " does not fit at (" + column + ", " + row + ") into " + inHeight + " × " + inWidth);
        if (width == inWidth && height == inHeight) return this;
        int[] runs = runs();
        for (int i = 0; i < runs.length; i += 2) {
            int own = runs[i] / height, shift = (own + column) * inHeight + row - own * height;
            runs[i] += shift;
            runs[i + 1] += shift;
        }
        return ofRuns(inHeight, inWidth, runs);
    }

    /// The mask of all pixels that do not belong to this one.
    Rle inverted() {
        int[] other = counts[0] == 0 ? Arrays.copyOfRange(counts, 1, counts.length) : new int[counts.length + 1];
        if (counts[0] > 0) System.arraycopy(counts, 0, other, 1, counts.length);
        return new Rle(height, width, other);
    }

    /// The runs of pixels that belong, none longer than its column, in pairs: the first place and the one after the last. Places are counted column
    /// by column.
    int[] runs() {
        int[] starts = starts();
        int pieces = 0, n = 0;
        for (int i = 1; i < counts.length; i += 2)
            if (counts[i] > 0) pieces += (starts[i + 1] - 1) / height - starts[i] / height + 1;
        int[] runs = new int[2 * pieces];
        for (int i = 1; i < counts.length; i += 2) {
            for (int k = starts[i]; k < starts[i + 1]; k = runs[n - 1]) {
                runs[n++] = k;
                runs[n++] = Math.min(starts[i + 1], (k / height + 1) * height);
            }
        }
        return runs;
    }

    /// The mask of such runs.
    static Rle ofRuns(int height, int width, int[] runs) {
        int[] counts = new int[runs.length + 1];
        int n = 0, end = 0;
        for (int i = 0; i < runs.length; i += 2) {
            if (n > 0 && runs[i] == end) {
                counts[n - 1] += runs[i + 1] - end;                               // it continues from the column before
            } else {
                counts[n++] = runs[i] - end;
                counts[n++] = runs[i + 1] - runs[i];
            }
            end = runs[i + 1];
        }
        if (n == 0 || end < height * width) counts[n++] = height * width - end;
        return new Rle(height, width, Arrays.copyOf(counts, n));
    }

    // COCO's text ------------------------------------------------------------------------------------------------------

    /// The runs as COCO writes them.
    public String coco() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < counts.length; i++) {
            long x = i > 2 ? (long) counts[i] - counts[i - 2] : counts[i];
            for (boolean more = true; more;) {
                int group = (int) (x & (MORE - 1));
                x >>= BITS;
                more = x != ((group & SIGN) == 0 ? 0 : -1);
                text.append((char) (ZERO + (more ? group | MORE : group)));
            }
        }
        return text.toString();
    }

    /// The mask that COCO writes as this text. It takes memory in proportion to the text, not to the pixels.
    ///
    /// @throws FormatException if the text is malformed, or is that of a mask of another size; a reader of files adds the file's name
    public static Rle parse(int height, int width, String coco) {
        if (!isSize(height, width)) throw new FormatException("a mask cannot have " + height + " × " + width + " pixels");
        int[] counts = new int[coco.length()];
        int all = height * width, n = 0;
        long pixels = 0;
        for (int at = 0, groups; at < coco.length(); at += groups) {
            groups = groups(coco, at);
            long x = 0;
            for (int k = groups - 1; k >= 0; k--) x = x << BITS | ((coco.charAt(at + k) - ZERO) & (MORE - 1));
            int unused = Long.SIZE - BITS * groups;
            long count = (x << unused >> unused) + (n > 2 ? counts[n - 2] : 0);    // the highest bit is the sign
            pixels += count;
            if (count < 0 || pixels > all)
                throw new FormatException("the runs of a mask of " + height + " × " + width + " pixels go wrong at character " + (at + 1)
                        + ": run " + (n + 1) + " would have " + count + " pixels");
            counts[n++] = (int) count;
        }
        if (pixels != all)
            throw new FormatException("the runs of a mask of " + height + " × " + width + " pixels have only " + pixels + " in all");
        return new Rle(height, width, Arrays.copyOf(counts, n));
    }

    /// The number of characters of the number that begins here.
    private static int groups(String coco, int at) {
        for (int k = at; k < Math.min(at + LONGEST, coco.length()); k++) {
            int group = coco.charAt(k) - ZERO;
            if (group < 0 || group >= 2 * MORE)
                throw new FormatException("the runs of a mask are written in characters from 0 to o, and character " + (k + 1) + " is "
                        + FormatException.shown(coco.substring(k, k + 1)));
            if (group < MORE) return k + 1 - at;
        }
        throw new FormatException("the runs of a mask go wrong at character " + (at + 1) + ": the number there "
                + (at + LONGEST > coco.length() ? "has no end" : "is too large"));
    }

    /// Whether sizes and runs are equal.
    @Override
    public boolean equals(Object other) {
        return other instanceof Rle that && height == that.height && width == that.width && Arrays.equals(counts, that.counts);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(counts);
    }

    @Override
    public String toString() {
        return "mask of " + height + " × " + width + " pixels, " + area() + " of them in " + counts.length / 2 + " runs";
    }
}
