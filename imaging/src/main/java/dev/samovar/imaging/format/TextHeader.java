package dev.samovar.imaging.format;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.samovar.core.io.FormatException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The fields of a header made of lines, as in NRRD and MetaImage: each a name and a value.
final class TextHeader {
    private static final int LONGEST = 1 << 20;                         // bytes

    private final Map<String, String> fields = new LinkedHashMap<>();

    /// The first bytes of a file, as characters, up to 1 MiB.
    static String start(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return new String(in.readNBytes(LONGEST), ISO_8859_1);
        }
    }

    void put(String name, String value) {
        fields.put(name.strip().toLowerCase(Locale.ROOT), value.strip());
    }

    /// The value of the first of these fields that is present.
    @Nullable
    String get(String... names) {
        for (String name : names) {
            String value = fields.get(name.toLowerCase(Locale.ROOT));
            if (value != null) return value;
        }
        return null;
    }

    /// The value of a field that must be there.
    String need(String... names) {
        String value = get(names);
        if (value == null) throw new FormatException("its header has no field " + FormatException.shown(names[0]));
        return value;
    }

    boolean is(String name, String value) {
        return value.equalsIgnoreCase(get(name));
    }

    /// The numbers of a field, separated by blanks.
    double[] numbers(String name, String value) {
        if (value.isBlank()) throw wrong(name, value);
        String[] words = value.strip().split("[\\s,]+", -1);
        double[] numbers = new double[words.length];
        try {
            for (int i = 0; i < words.length; i++) numbers[i] = Double.parseDouble(words[i]);
        } catch (NumberFormatException e) {
            throw wrong(name, value);
        }
        for (double number : numbers) if (!Double.isFinite(number)) throw wrong(name, value);
        return numbers;
    }

    /// Whole numbers of a field, each from `least` to 2³¹ − 1.
    int[] wholes(String name, String value, int least) {
        double[] numbers = numbers(name, value);
        int[] wholes = new int[numbers.length];
        for (int i = 0; i < wholes.length; i++) {
            wholes[i] = (int) numbers[i];
            if (wholes[i] != numbers[i] || wholes[i] < least) throw wrong(name, value);
        }
        return wholes;
    }

    /// The only whole number of a field, or a default without the field.
    int whole(String name, int least, int otherwise) {
        String value = get(name);
        if (value == null) return otherwise;
        int[] wholes = wholes(name, value, least);
        if (wholes.length != 1) throw wrong(name, value);
        return wholes[0];
    }

    static FormatException wrong(String name, String value) {
        return new FormatException("its header says " + FormatException.shown(name + ": " + value) + ", which makes no sense");
    }

    /// The file beside a header that it names.
    static Path beside(Path header, String name) {
        String plain = name.startsWith("./") ? name.substring(2) : name;
        if (plain.isBlank() || plain.contains("/") || plain.contains("\\") || plain.contains("%") || plain.contains("\0") || plain.startsWith("."))
            throw new FormatException("its voxels are in " + FormatException.shown(name) + ", and only a single file beside it is read");
        Path file = header.resolveSibling(plain);
        if (!Files.isRegularFile(file))
            throw new FormatException("its voxels are missing: there is no " + FormatException.shown(plain) + " beside it");
        return file;
    }
}
