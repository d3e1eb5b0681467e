package dev.samovar.core.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
    private static final String SPLIT = """
            {
              "train": ["case 1", "case 2"],
              "spacing": [1, 0.5, 2.0],
              "size": [512, 512],
              "nested": {"yes": true, "no": false, "none": null, "big": 9007199254740993}
            }
            """;

    @Test
    void valuesComeBackInOrderAndExactly() {
        Json json = Json.parse(SPLIT, "split.json");
        assertEquals(List.of("train", "spacing", "size", "nested"), json.keys());
        assertEquals(List.of("case 1", "case 2"), json.at("train").strings());
        assertArrayEquals(new double[]{1, 0.5, 2}, json.at("spacing").numbers());
        assertArrayEquals(new int[]{512, 512}, json.at("size").integers());
        assertTrue(json.at("nested").at("yes").truth());
        assertFalse(json.at("nested").at("no").truth());
        assertTrue(json.at("nested").at("none").isNull());
        assertEquals((1L << 53) + 1, json.at("nested").at("big").whole());
        assertTrue(json.has("train"));
        assertFalse(json.has("test"));
        assertFalse(json.at("nested").has("none"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"{}|object", "[]|list", "\"\"|string", "null|null", "true|none", "0|none"})
    void eachValueIsOfOneKind(String text, String kind) {
        Json value = Json.parse("[" + text + "]", "a.json").list().getFirst();
        assertEquals(kind.equals("object"), value.isObject());
        assertEquals(kind.equals("list"), value.isList());
        assertEquals(kind.equals("string"), value.isString());
        assertEquals(kind.equals("null"), value.isNull());
    }

    /// Two files that say the same are equal, in whatever order they say it.
    @Test
    void equalValuesAreEqualWhereverTheyWereRead() {
        Json one = Json.parse("{\"a\": [1, null], \"b\": \"x\"}", "one.json"), other = Json.parse("{\"b\": \"x\", \"a\": [1, null]}", "other.json");
        assertEquals(one, other);
        assertEquals(one.hashCode(), other.hashCode());
        assertNotEquals(one, one.at("a"));
        assertNotEquals(0, one.hashCode());
        assertFalse(one.equals((Object) "x"));
    }

    @Test
    void numbersOfEveryJavaTypeAreWritten() {
        Json json = Json.parse("{}", "a.json").with("byte", (byte) 1).with("short", (short) 2).with("int", 3).with("long", 4L).with("float", 0.1f)
                .with("double", 0.25).with("nothing", null);
        assertEquals("{\"byte\":1,\"short\":2,\"int\":3,\"long\":4,\"float\":0.1,\"double\":0.25,\"nothing\":null}", json.toString());
    }

    @Test
    void theWrongKindIsToldWithFileAndPath() {
        Json json = Json.parse(SPLIT, "split.json");
        assertSays("split.json: \"test\" is missing", () -> json.at("test"));
        assertSays("split.json: \"nested.maybe\" is missing", () -> json.at("nested").at("maybe"));
        assertSays("split.json: \"train[0]\" must be a number, but is a text", () -> json.at("train").numbers());
        assertSays("split.json: \"spacing[1]\" must be a whole number, but is the number 0.5", () -> json.at("spacing").integers());
        assertSays("split.json: \"nested.big\" is 9007199254740993, which is out of range", () -> json.at("nested").at("big").integer());
        assertSays("split.json must be a list, but is an object", json::list);
    }

    @Test
    void mistakesAreToldWithLineAndColumn() {
        assertSays("f.json, line 3, column 3: ',' or '}' is expected, not '\"'", () -> Json.parse("{\n\"a\": 1\n  \"b\": 2}", "f.json"));
        assertSays("f.json, line 1, column 1: the text ends where a value is expected", () -> Json.parse("", "f.json"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "{", "}", "[", "]", "[1", "[1,", "[1,]", "[,1]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}",
        "{'a':1}",
        "{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}", "01", "-", "+1", "1.", ".5", "1e", "1e+", "0x10", "1e999", "-1e999", "NaN",
        "Infinity",
        "-Infinity", "9223372036854775808", "tru", "nul", "True", "\"", "\"\\", "\"\\x\"", "\"\\u12\"", "\"\\u00g0\"", "\"\\ud800\"",
        "\"\\udc00\\ud800\"", "\"\\ud800x\"", "\"tab\there\"", "\"nul\u0000\"", "1 2", "{} {}", "// c\n1", "/* */1", "\uFEFF1", "\u00a01", "1\u0000"})
    void strictlyRefused(String text) {
        assertThrows(FormatException.class, () -> Json.parse(text, "f.json"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-0.5", "1e3", "1E-3", "true", "null", "\"\\u00e4\\n\\/\\\\\"", "\"\\ud83d\\ude00 😀\"", " [ ] ", "{ }",
        "[[[]]]",
        "9223372036854775807", "-9223372036854775808"})
    void writtenAndReadAgainItIsEqual(String text) {
        Json json = Json.parse(text, "f.json");
        assertEquals(json, Json.parse(json.toString(), "again"));
        assertEquals(json, Json.parse(json.pretty(), "again"));
    }

    @Test
    void limitsHold() {
        assertEquals("[".repeat(64) + "]".repeat(64), Json.parse("[".repeat(64) + "]".repeat(64), "f").toString());
        assertSays("f, line 1, column 65: it is nested more than 64 deep", () -> Json.parse("[".repeat(65), "f"));
        assertThrows(FormatException.class, () -> Json.parse("[".repeat(1_000_000), "f"));
        assertThrows(FormatException.class, () -> Json.parse("{\"a\":".repeat(100_000), "f"));
        assertThrows(FormatException.class, () -> Json.parse("1".repeat(2000), "f"));
        assertThrows(FormatException.class, () -> Json.parse("0." + "1".repeat(2000), "f"));
        StringBuilder many = new StringBuilder("{\"0\":0");
        for (int i = 1; i <= Json.MAX_MEMBERS; i++) many.append(",\"").append(i).append("\":0");
        assertThrows(FormatException.class, () -> Json.parse(many.append('}').toString(), "f"));
    }

    @Test
    void bytesMustBeUtf8() {
        assertEquals("ä", Json.parse(ByteBuffer.wrap(new byte[]{'"', (byte) 0xC3, (byte) 0xA4, '"'}), "f").string());
        for (byte[] bad : List.of(new byte[]{'"', (byte) 0xFF, '"'}, new byte[]{'"', (byte) 0xC0, (byte) 0x80, '"'}, new byte[]{'"',
            (byte) 0xC3}))
            assertSays("f is not UTF-8 text; save it as UTF-8", () -> Json.parse(ByteBuffer.wrap(bad), "f"));
    }

    @Test
    void theTextForPeopleKeepsShortListsOnALine() {
        Json json = Json.object().with("epochs", 120).with("lr", 5e-4f).with("classes", List.of("a", "b"))
                .with("rows", List.of(new int[]{1, 2}, new double[]{0.5})).with("empty", Json.object()).with("none", null).with("epochs", 60);
        assertEquals("""
                {
                  "epochs": 60,
                  "lr": 5.0E-4,
                  "classes": ["a", "b"],
                  "rows": [
                    [1, 2],
                    [0.5]
                  ],
                  "empty": {},
                  "none": null
                }
                """, json.pretty());
        assertEquals("{\"epochs\":60,\"lr\":5.0E-4,\"classes\":[\"a\",\"b\"],\"rows\":[[1,2],[0.5]],\"empty\":{},\"none\":null}", json.toString());
        assertThrows(IllegalArgumentException.class, () -> Json.of(Double.NaN));
        assertThrows(IllegalArgumentException.class, () -> Json.of(new Object()));
        assertThrows(IllegalArgumentException.class, () -> Json.of(Map.of(1, "a")));
    }

    @Test
    void aFileIsReadByItsName(@TempDir Path folder) {
        Path file = folder.resolve("x.json");
        AtomicFile.write(file, Json.of(List.of(1, 2)).pretty());
        assertArrayEquals(new int[]{1, 2}, Json.read(file).integers());
        assertSays(file + " must be an object, but is a list", () -> Json.read(file).at("a"));
    }

    @Test
    void mutantsFailAsFormatOnly() {
        Random random = new Random(7);
        for (int i = 0; i < 2000; i++) {
            char[] text = SPLIT.toCharArray();
            for (int k = random.nextInt(3); k >= 0; k--) text[random.nextInt(text.length)] = (char) random.nextInt(128);
            try {
                Json.parse(new String(text), "mutant").at("nested").at("yes").truth();
            } catch (FormatException e) {
                assertTrue(e.getMessage().startsWith("mutant"), e.getMessage());
            }
        }
    }

    private static void assertSays(String sentence, Runnable action) {
        assertEquals(sentence, assertThrows(FormatException.class, action::run).getMessage());
    }
}
