package dev.samovar.imaging.format;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Brightness;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.Intensity;
import dev.samovar.imaging.Numbers;
import dev.samovar.imaging.Picture;
import dev.samovar.imaging.Volume;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// A flat picture with the numbers of its file, before they become a picture for viewing ([#shown]), a volume of one slice ([#volume]), or labels
/// ([#label]). It is upright, according to the file's orientation, and without transparency.
///
/// Its numbers are those of the file, in as few bytes: of 8 or 16 bits, or else as `float`.
public final class StoredPicture {
    /// What the numbers of a pixel are.
    public enum Kind {
        /// Each number is the brightness of one channel; there may be any number of channels.
        GREY,
        /// The first three are red, green and blue; others may follow.
        COLOUR,
        /// One number, the index of a colour in [#colour].
        PALETTE
    }

    private static final int EIGHT = 8, WHITE = 255, GREY = 0x010101, MOST_COLOURS = 3;

    private final Kind kind;
    private final int height, width, channels, bits;
    private final boolean whiteIsZero, greys, reversed;
    private final Samples samples;
    private final int[] palette;
    private final @Nullable PixelSize size;

    /// @param bits of a number without a sign; 0 for all other numbers
    /// @param palette red, green and blue, 8 bits each, of every index; empty if it has none
    StoredPicture(Kind kind, int height, int width, int bits, boolean whiteIsZero, Samples samples, int... palette) {
        this(null, kind, height, width, bits, whiteIsZero, samples, palette);
    }

    private StoredPicture(@Nullable PixelSize size, Kind kind, int height, int width, int bits, boolean whiteIsZero, Samples samples,
            int... palette) {
        this.size = size;
        this.kind = kind;
        this.height = height;
        this.width = width;
        this.bits = bits;
        this.whiteIsZero = whiteIsZero;
        this.samples = samples;
        this.palette = palette;
        channels = samples.length() / height / width;
        greys = palette.length > 0 && IntStream.of(palette).allMatch(colour -> colour == (colour & WHITE) * GREY);
        reversed = greys && IntStream.range(0, palette.length).allMatch(i -> palette[i] == (WHITE - i) * GREY);
    }

    /// This picture, with pixels of a size that is known or not.
    StoredPicture sized(@Nullable PixelSize to) {
        return new StoredPicture(to, kind, height, width, bits, whiteIsZero, samples, palette);
    }

    /// This picture, turned according to Exif's orientation.
    StoredPicture upright(int orientation) {
        boolean turned = Exif.turned(orientation);
        return new StoredPicture(size == null || !turned ? size : size.turned(), kind, turned ? width : height, turned ? height : width, bits,
                whiteIsZero, samples.upright(height, width,
                        orientation),
                palette);
    }

    /// Channels of one picture that came from several pages.
    ///
    /// @throws FormatException if they are not alike, in words that follow the name of the file
    static StoredPicture join(List<StoredPicture> pages) {
        StoredPicture first = pages.getFirst();
        if (pages.size() == 1) return first;
        for (StoredPicture page : pages)
            if (page.kind != Kind.GREY || page.height != first.height || page.width != first.width || page.bits != first.bits
                    || page.whiteIsZero != first.whiteIsZero)
                throw new FormatException("its pages, which are channels of one picture, are not alike");
        if ((long) first.samples.length() * pages.size() > Integer.MAX_VALUE - EIGHT)
            throw new FormatException("it has " + pages.size() + " channels, too many for one picture");
        return new StoredPicture(first.size, Kind.GREY, first.height, first.width, first.bits, first.whiteIsZero,
                Samples.join(pages.stream().map(p -> p.samples).toList()));
    }

    /// What the numbers are.
    public Kind kind() {
        return kind;
    }

    /// The number of rows.
    public int height() {
        return height;
    }

    /// The number of columns.
    public int width() {
        return width;
    }

    /// How many numbers a pixel has.
    public int channels() {
        return channels;
    }

    /// How many bits each whole number without a sign has in the file; 0 if they have a sign, or are floating-point numbers.
    public int bits() {
        return bits;
    }

    /// A number as it is stored.
    ///
    /// @param pixel `row · width + column`
    public float number(int channel, int pixel) {
        return samples.get(channel * height * width + pixel);
    }

    /// The colour of an index in the palette: red, green and blue as `0xRRGGBB`.
    ///
    /// @throws FormatException if there is none, in words that follow the name of the file
    public int colour(int index) {
        if (index < 0 || index >= palette.length)
            throw new FormatException("it has a pixel of colour " + index + ", which its palette lacks");
        return palette[index];
    }

    // To look at ------------------------------------------------------------------------------------------------------------

    /// A picture of red, green and blue from 0 to 255, and remarks on how it was made.
    ///
    /// @param picture `(3, h, w)`
    /// @param grid of its pixels, whose size is known or not
    /// @param remarks sentences without a full stop, in words that follow the name of the file; empty if there is nothing to say
    public record Shown(Picture picture, Geometry grid, List<String> remarks) {}

    /// The picture for a network that was trained on photographs. The channels of a colour are stretched together; other channels are stretched
    /// separately.
    ///
    /// @param intensity how numbers become brightness
    /// @param chosen which channels are red, green and blue: one (grey), two (of which the first is blue, too) or three; null for the first ones
    /// @throws FormatException if it has no such channel, or its numbers do not allow the intensity, in words that follow the name of the file
    public Shown shown(Intensity intensity, @Nullable List<Integer> chosen) {
        List<String> remarks = new ArrayList<>();
        List<Integer> taken = taken(chosen, remarks);
        List<List<Integer>> groups = kind == Kind.GREY || taken.size() < MOST_COLOURS
                ? taken.stream().map(List::of).toList()
                : List.of(taken);
        int n = height * width, to = 0;
        float[] pixels = new float[3 * n];
        for (List<Integer> group : groups) {
            Brightness brightness = intensity.brightness(portion -> group.forEach(channel -> hand(channel, portion)));
            if (!brightness.isSame()) remarks.add((groups.size() > 1 ? "channel " + group.getFirst() + ", " : "") + brightness.words());
            for (int channel : group) {
                for (int y = 0; y < height; y++) bright(channel, y, pixels, to + y * width);
                if (!brightness.isSame()) for (int i = to; i < to + n; i++) pixels[i] = brightness.of(pixels[i]);
                to += n;
            }
        }
        for (int c = taken.size(); c < 3; c++) System.arraycopy(pixels, 0, pixels, c * n, n);
        return new Shown(new Picture(3, height, width, pixels), geometry(), List.copyOf(remarks));
    }

    private void hand(int channel, Numbers.Portion portion) {
        float[] row = new float[width];
        for (int y = 0; y < height; y++) {
            bright(channel, y, row, 0);
            portion.accept(row, width);
        }
    }

    private List<Integer> taken(@Nullable List<Integer> chosen, List<String> remarks) {
        int there = kind == Kind.PALETTE ? MOST_COLOURS : channels;
        List<Integer> taken = chosen != null ? chosen : IntStream.range(0, Math.min(there, MOST_COLOURS)).boxed().toList();
        if (taken.isEmpty() || taken.size() > MOST_COLOURS)
            throw new FormatException("one, two or three channels make a picture, and --channels asks for " + taken.size());
        for (int c : taken)
            if (c < 0 || c >= there)
                throw new FormatException((there == 1 ? "it has a single channel, 0" : "it has the channels 0 to " + (there - 1))
                        + ", and --channels asks for " + c);
        if (chosen == null && (there > MOST_COLOURS || (kind == Kind.GREY && there > 1)))
            remarks.add(asColours(there));
        return taken;
    }

    /// Says how two channels, or the first three of more, are shown.
    static String asColours(int channels) {
        return "it has " + channels + " channels: "
                + (channels == 2 ? "0 is shown as red and blue, 1 as green" : "0, 1 and 2 are shown as red, green and blue")
                + "; --channels chooses others";
    }

    /// A number, with black less than white; for a palette, a channel of the colour.
    private float rising(int channel, int pixel) {
        if (kind == Kind.PALETTE) return colour((int) number(0, pixel)) >> (16 - 8 * channel) & WHITE;
        float number = number(channel, pixel);
        if (!whiteIsZero) return number;
        return bits == 0 ? -number : (float) ((1L << Math.min(bits, Long.SIZE - 2)) - 1) - number;
    }

    /// The same for a row, with numbers of fewer than 8 bits scaled to 8.
    private void bright(int channel, int row, float[] to, int at) {
        boolean scaled = kind != Kind.PALETTE && bits > 0 && bits < EIGHT;
        int first = row * width, most = (1 << Math.min(bits, EIGHT)) - 1;
        if (kind != Kind.PALETTE && !whiteIsZero) samples.copy(channel * height * width + first, to, at, width);
        else for (int x = 0; x < width; x++) to[at + x] = rising(channel, first + x);
        for (int x = at; scaled && x < at + width; x++) {
            int spread = ((int) (WHITE * to[x]) + most / 2) / most;
            to[x] = spread;
        }
    }

    // As numbers ------------------------------------------------------------------------------------------------------------

    /// A volume of one slice: x runs along the rows, y down. Numbers as they are stored, but that black is less than white; a palette is
    /// three channels, the colours.
    ///
    /// @throws FormatException if a pixel's colour is missing, in words that follow the name of the file
    public Volume volume() {
        int n = height * width, planes = kind == Kind.PALETTE ? 3 : channels;
        float[] voxels = new float[planes * n];
        for (int c = 0; c < planes; c++) for (int i = 0; i < n; i++) voxels[c * n + i] = rising(c, i);
        return new Volume(geometry(), planes, voxels);
    }

    /// A volume of one slice with the number for each pixel's class ([#label]).
    ///
    /// @throws FormatException as [#label]
    Volume numbers() {
        float[] numbers = new float[height * width];
        for (int i = 0; i < numbers.length; i++) numbers[i] = label(i);
        return new Volume(geometry(), numbers);
    }

    /// The grid of its pixels, of 1 mm if their size is not known.
    Geometry geometry() {
        return PictureStack.grid(width, height, size);
    }

    /// The number that stands for the class of a pixel, whatever it means: the index in a palette, or how grey it is. In a palette that has only
    /// greys, the grey is the class, because programs that make files smaller reorder the palette. A palette that only exchanges black and white,
    /// such as ImageJ's inverting lookup table, is an exception: there the index is the class, as in ImageJ.
    ///
    /// @throws FormatException if a pixel is coloured without a palette, or its number is no whole one from 0 to 65535, in words that follow the name of the file
    public int label(int pixel) {
        int index = whole(number(0, pixel), pixel);
        if (kind == Kind.PALETTE) return greys && !reversed ? colour(index) & WHITE : index;
        for (int c = 1; c < channels; c++)
            if (kind == Kind.COLOUR ? number(c, pixel) != index : number(c, pixel) != 0)
                throw new FormatException(place(pixel) + (kind == Kind.COLOUR
                        ? "is coloured, and no class can be told from a colour: "
                                + "say which colour is which class, as with --classes #000000:0,#ff0000:1, or save the labels in grey or with a palette"
                        : "has a number in channel " + c + ", and labels have one channel; save that alone"));
        return index;
    }

    private int whole(float number, int pixel) {
        if (number == (int) number && number >= 0 && number <= Character.MAX_VALUE) return (int) number;
        throw new FormatException(place(pixel) + "holds " + number + ", and a class is a whole number from 0 to 255");
    }

    /// Which pixel, at the start of a sentence.
    String place(int pixel) {
        return "its pixel (" + pixel % width + ", " + pixel / width + ") ";
    }

    /// Whether its numbers are classes or how grey a pixel is, so that black and white may be a mask; of a coloured palette they are classes.
    boolean isGrey() {
        return kind != Kind.PALETTE || greys;
    }
}
