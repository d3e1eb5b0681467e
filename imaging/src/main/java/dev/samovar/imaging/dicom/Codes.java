package dev.samovar.imaging.dicom;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.dicom.Segment.Code;
import dev.samovar.imaging.dicom.Segment.Meaning;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A table with the meaning of each class: a line with the class's name and its code, scheme and meaning, separated by tabs, perhaps followed by
/// those of a category.
///
/// ```
/// heart	80891009	SCT	Heart
/// tumour	4147007	SCT	Mass	49755003	SCT	Morphologically Altered Structure
/// ```
///
/// Empty lines and those that begin with `#` are skipped. The default category is "Anatomical Structure".
public final class Codes {
    private static final int NAME_COLUMNS = 4, ALL_COLUMNS = 7, LONGEST_CODE = 16, LONGEST_MEANING = 64, MAX_BYTES = 1 << 20;

    private Codes() {}

    /// Reads a table: the concept for each name.
    ///
    /// @throws FormatException if a line has another form, or a name comes twice
    /// @throws UncheckedIOException if the file cannot be read
    public static Map<String, Meaning> read(Path file) {
        Map<String, Meaning> meanings = new HashMap<>();
        try {
            if (Files.size(file) > MAX_BYTES) throw new FormatException(file + ": it is larger than 1 MiB, which no table of codes is");
            List<String> lines = Files.readAllLines(file, UTF_8);
            for (int i = 0; i < lines.size(); i++) {
                String line = lines.get(i);
                if (line.isBlank() || line.startsWith("#")) continue;
                String[] parts = line.strip().split("\t", -1);
                String where = file + ": line " + (i + 1);
                if (parts.length != NAME_COLUMNS && parts.length != ALL_COLUMNS)
                    throw new FormatException(where + " has " + parts.length
                            + " columns; it is a name, a code, its scheme and its meaning, and perhaps those of a category, separated by tabs");
                Code category = parts.length == ALL_COLUMNS ? code(parts, 4, where) : Meaning.ANATOMICAL_STRUCTURE;
                if (meanings.put(parts[0].strip(), new Meaning(category, code(parts, 1, where))) != null)
                    throw new FormatException(where + ": there is a line of " + FormatException.shown(parts[0]) + " already");
            }
        } catch (CharacterCodingException e) {
            throw new FormatException(file + ": it is not text in UTF-8", e);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file + ": " + (Files.exists(file) ? e.getMessage() : "there is no such file"), e);
        }
        return meanings;
    }

    private static Code code(String[] parts, int from, String where) {
        Code code = new Code(parts[from].strip(), parts[from + 1].strip(), parts[from + 2].strip());
        if (!code.value().matches("[\\x21-\\x7e&&[^\\\\]]{1," + LONGEST_CODE + "}") || !code.scheme().matches("[\\x21-\\x7e&&[^\\\\]]{1,"
                + LONGEST_CODE
                + "}"))
            throw new FormatException(where + ": code and scheme are 1 to " + LONGEST_CODE + " plain characters without spaces");
        if (!code.meaning().matches("[\\x20-\\x7e&&[^\\\\]]{1," + LONGEST_MEANING + "}"))
            throw new FormatException(where + ": a meaning is 1 to " + LONGEST_MEANING + " characters of ASCII, without a backslash");
        return code;
    }
}
