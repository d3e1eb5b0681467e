package dev.samovar.imaging.dicom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.dicom.Segment.Code;
import dev.samovar.imaging.dicom.Segment.Meaning;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CodesTest {
    @TempDir
    private Path folder;

    private Path table(String text) throws IOException {
        return Files.writeString(folder.resolve("codes.tsv"), text);
    }

    @Test
    void aTableNamesConceptsAndPerhapsTheirCategories() throws IOException {
        Map<String, Meaning> meanings = Codes
                .read(Files.write(folder.resolve("lines.tsv"), List.of("# a comment", "", "heart\t80891009\tSCT\tHeart", "  ",
                        " a tumour \t4147007 \t SCT\tMass\t49755003\tSCT\tMorphologically Altered Structure")));
        assertEquals(Map.of("heart", new Meaning(Meaning.ANATOMICAL_STRUCTURE, new Code("80891009", "SCT", "Heart")), "a tumour", new Meaning(
                new Code("49755003", "SCT", "Morphologically Altered Structure"), new Code("4147007", "SCT", "Mass"))), meanings);
        String longest = "x".repeat(16) + "\t" + "y".repeat(16) + "\t" + "z".repeat(64);
        assertEquals(1, Codes.read(table("a\t" + longest)).size());
        assertEquals(Map.of(), Codes.read(table("")));
    }

    /// Blanks stand for tabs.
    @ParameterizedTest
    @CsvSource({"a b c, line 1 has 3 columns", "a b c d e, line 1 has 5 columns", "'#\na b c d\na e f g', line 3: there is a line of \"a\" already",
        "a  c d, line 1: code and scheme are 1 to 16", "a b  d, line 1: code and scheme are 1 to 16", "a b c , line 1 has 3 columns",
        "a b\\ c d, line 1: code and scheme", "a b cé d, line 1: code and scheme", "a b c \\, line 1: a meaning is 1 to 64",
        "a 12345678901234567 c d, line 1: code and scheme", "a b 12345678901234567 d, line 1: code and scheme",
        "a b c é, line 1: a meaning is 1 to 64", "'a b c d e f ', line 1 has 6 columns", "a b c d e f é, line 1: a meaning is",
        "a b c d é f g, line 1: code and scheme"})
    void whatIsNoTableIsRefused(String lines, String says) throws IOException {
        Path file = table(lines.replace(' ', '\t'));
        String message = assertThrows(FormatException.class, () -> Codes.read(file)).getMessage();
        assertTrue(message.startsWith(file + ": ") && message.contains(says), message);
    }

    @Test
    void soIsWhatIsTooLargeOrNoText() throws IOException {
        assertTrue(assertThrows(FormatException.class, () -> Codes.read(table("a\tb\tc\t" + "d".repeat(65)))).getMessage().contains("a meaning is"));
        assertTrue(
                assertThrows(FormatException.class, () -> Codes.read(table("#".repeat((1 << 20) + 1)))).getMessage().contains("larger than 1 MiB"));
        assertEquals(Map.of(), Codes.read(table("#".repeat(1 << 20))));
        Path file = Files.write(folder.resolve("bytes"), new byte[]{'a', (byte) 0xFF});
        assertTrue(assertThrows(FormatException.class, () -> Codes.read(file)).getMessage().endsWith("bytes: it is not text in UTF-8"));
        assertEquals("cannot read " + folder.resolve("none") + ": there is no such file",
                assertThrows(UncheckedIOException.class, () -> Codes.read(folder.resolve("none"))).getMessage());
    }
}
