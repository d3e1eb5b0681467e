package dev.samovar.core.testkit;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class MutantsTest {
    private static final long SEED = 7;
    private final byte[] good = "A file of no great length, which says {\"size\": 1234} and ends.".repeat(9).getBytes(US_ASCII);

    @Test
    void theSameSeedGivesTheSameMutantsHoweverMany() {
        List<Mutants.Mutant> few = Mutants.of(good, SEED, 20).toList(), many = Mutants.of(good, SEED, 40).toList();
        for (int i = 0; i < 20; i++) {
            assertArrayEquals(few.get(i).bytes(), many.get(i).bytes());
            assertEquals(few.get(i).toString(), many.get(i).toString());
        }
        assertTrue(many.get(3).toString().startsWith("mutant 3 of seed 7 ("), many.get(3).toString());
    }

    @Test
    void nearlyAllDifferFromTheFileAndFromEachOtherAndTheFileStaysAsItIs() {
        byte[] before = good.clone();
        List<Mutants.Mutant> mutants = Mutants.of(good, SEED, 500).toList();
        assertArrayEquals(before, good);
        assertTrue(mutants.stream().filter(m -> Arrays.equals(m.bytes(), good)).count() < 30);
        assertTrue(mutants.stream().map(m -> Arrays.hashCode(m.bytes())).distinct().count() > 400);
        for (String kind : List.of("flipped bit", "a byte", "a character", "in 2 bytes, LITTLE_ENDIAN", "in 8 bytes, BIG_ENDIAN",
                "NaN in 4",
                "cut to", "more bytes", "taken out", "bytes from", "put in at"))
            assertTrue(mutants.stream().anyMatch(m -> m.toString().contains(kind)), kind);
    }

    @Test
    void tinyFilesHaveMutantsToo() {
        for (int length = 0; length < 4; length++)
            assertEquals(300, Mutants.of(new byte[length], SEED, 300).map(Mutants.Mutant::bytes).count());
    }

    @Test
    void theRefusedAreCounted() {
        int refused = Mutants.survive(Mutants.of(good, SEED, 100), bytes -> {
            if (bytes.length != good.length) throw new FormatException("it has another length");
        });
        assertTrue(refused > 10 && refused < 90, refused + " of 100");
    }

    @Test
    void aReaderThatFailsOtherwiseIsCaughtWithTheNameOfTheMutant() {
        caught("IndexOutOfBounds", bytes -> good[bytes.length] = 0);
        caught("StackOverflowError", this::recurse);
        caught("is not one sentence", _ -> {
            throw new FormatException("two\nlines");
        });
        caught("bytes of memory", _ -> assertEquals(1 << 25, new byte[1 << 25].length));
    }

    private void recurse(byte[] bytes) {
        if (bytes.length > 0) recurse(bytes);
    }

    private void caught(String says, java.util.function.Consumer<byte[]> reader) {
        AssertionError e = assertThrows(AssertionError.class, () -> Mutants.survive(Mutants.of(good, SEED, 100), reader));
        assertTrue(String.valueOf(e.getMessage()).contains(says) && String.valueOf(e.getMessage()).contains("of seed 7 ("), e.getMessage());
    }
}
