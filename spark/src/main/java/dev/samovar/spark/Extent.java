package dev.samovar.spark;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Slices;
import dev.samovar.imaging.format.Volumes;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/// The size of an item, read from the first bytes of its file, or guessed from the file's length if they do not tell.
///
/// @param slices how many there are
/// @param pixels of each
record Extent(long slices, long pixels) implements Serializable {
    private static final int START = 1 << 16;                                      // bytes; enough for nearly every header
    private static final long SEEN = 1 << 20;                                      // pixels that the image encoder sees of any slice

    /// The size of an item. Errors in its files are reported later, when they are read.
    static Extent of(Item item, Desk desk) {
        String first = item.images().getFirst();
        try {
            long[] size = desk.storage().size(first);                              // bytes, and files
            if (size[1] > 1) return new Extent(size[1], size[0] / size[1]);        // a series, a slice in each file
            String name = Storage.nameOf(first);
            if (name.toLowerCase(Locale.ROOT).matches(".*\\.(png|jpe?g|tiff?|dcm)")) return new Extent(1, size[0]);
            Path start = desk.folder().resolve(name);
            Files.write(start, desk.storage().start(first, START));
            try {
                Slices slices = Slices.of(Volumes.geometry(start));
                return new Extent(slices.count(), (long) slices.height() * slices.width());
            } catch (FormatException | UncheckedIOException _) {
                return new Extent(1, size[0]);
            } finally {
                Files.delete(start);
            }
        } catch (IOException _) {
            return new Extent(1, 1);
        }
    }

    /// Its relative cost: for each slice, that of the square that the encoder sees and that of the slice's own pixels.
    long cost() {
        return slices * (SEEN + pixels);
    }

    /// Bytes of memory that the item and its results take.
    long memory() {
        return 3 * Float.BYTES * slices * pixels;
    }
}
