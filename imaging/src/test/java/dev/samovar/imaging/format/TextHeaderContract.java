package dev.samovar.imaging.format;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.testkit.NiftiBytes;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;

/// What the tests of formats share whose header is text: files made by hand, usually of `2 × 3 × 2` voxels of 8 bits.
abstract class TextHeaderContract {
    @TempDir
    protected Path folder;

    /// The end of a file's name.
    protected abstract String extension();

    /// The header of the usual file. Other fields replace those with the same name; one without a value removes it.
    protected abstract String header(String... others);

    /// The usual fields and others, by name; a sign stands between name and value.
    protected static Map<String, String> fields(char sign, List<String> usual, String... others) {
        Map<String, String> fields = new LinkedHashMap<>();
        for (List<String> lines : List.of(usual, List.of(others)))
            for (String line : lines) fields.put(line.substring(0, line.indexOf(sign)).strip(), line.substring(line.indexOf(sign) + 1).strip());
        return fields;
    }

    protected final Path file(String header, byte... voxels) {
        return NiftiBytes.write(folder.resolve("a." + extension()), NiftiBytes.join(header.getBytes(ISO_8859_1), voxels));
    }

    protected final Volume read(String header, byte... voxels) {
        return Volumes.read(file(header, voxels));
    }

    /// Voxels of the values 0, 1, 2, …
    protected static byte[] counting(int n) {
        return NiftiBytes.countingBytes(n);
    }

    protected final Geometry grid(String... fields) {
        return read(header(fields), counting(12)).geometry();
    }

    /// The rows of a grid's matrix, one after the other.
    protected static double[] affine(Geometry grid) {
        double[] affine = new double[12];
        for (int i = 0; i < 12; i++) affine[i] = grid.affine(i / 4, i % 4);
        return affine;
    }

    protected final void refused(String sentence, String header) {
        Path file = file(header, counting(12));
        assertEquals(file + ": " + sentence, assertThrows(FormatException.class, () -> Volumes.read(file)).getMessage());
    }

    /// Reads −3 and 5 as numbers of so many bits; below 0, they have a sign.
    protected final void assertWholeNumbersAreRead(int bits, ByteOrder order, String header) {
        int n = Math.abs(bits);
        double minusThree = bits < 0 ? -3 : Math.pow(2, n) - 3;         // as it is read with and without a sign
        assertArrayEquals(new float[]{(float) minusThree, 5}, read(header, NiftiBytes.whole(order, n, -3, 5)).voxels());
    }

    /// The bytes, as text, of labels that were written and read again.
    protected final String writtenLabels(Geometry grid) throws IOException {
        Path file = folder.resolve("labels." + extension());
        Volumes.write(file, new LabelVolume(grid, counting(12)));
        LabelVolume read = Volumes.readLabels(file);
        assertArrayEquals(counting(12), read.classes());
        assertArrayEquals(affine(grid), affine(read.geometry()), 1e-6);
        return Files.readString(file, ISO_8859_1);
    }
}
