package dev.samovar.models.mask;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.nn.Random;
import dev.samovar.core.testkit.Mutants;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Texts that are not masks are refused with one sentence.
@Tag("hostile")
class RleHostileTest {
    static Stream<Arguments> broken() {
        return Stream.of(
                arguments(3, 4, "", "have only 0 in all"),
                arguments(3, 4, ";", "have only 11 in all"),
                arguments(3, 4, "111O", "have only 3 in all"),
                arguments(3, 4, "=", "go wrong at character 1: run 1 would have 13 pixels"),
                arguments(3, 4, "0=", "go wrong at character 2: run 2 would have 13 pixels"),
                arguments(3, 4, "O", "go wrong at character 1: run 1 would have -1 pixels"),
                arguments(3, 4, "111N", "go wrong at character 4: run 4 would have -1 pixels"),
                arguments(3, 4, "1l", "go wrong at character 2: the number there has no end"),
                arguments(3, 4, "PPPPPPP0", "go wrong at character 1: the number there is too large"),
                arguments(3, 4, "ooooooo", "go wrong at character 1: the number there is too large"),
                arguments(3, 4, "oooooo?", "run 1 would have 17179869183 pixels"),
                arguments(3, 4, "PPPPPP@", "run 1 would have -17179869184 pixels"),
                arguments(3, 4, "/", "characters from 0 to o, and character 1 is \"/\""),
                arguments(3, 4, "1p", "characters from 0 to o, and character 2 is \"p\""),
                arguments(3, 4, "1\n", "characters from 0 to o, and character 2 is \"?\""),
                arguments(3, 4, "é", "characters from 0 to o, and character 1 is \"é\""),
                arguments(0, 4, "0", "a mask cannot have 0 × 4 pixels"),
                arguments(-1, -4, "4", "a mask cannot have -1 × -4 pixels"),
                arguments(65536, 65536, "0", "a mask cannot have 65536 × 65536 pixels"),
                arguments(32768, 32769, "0", "a mask cannot have 32768 × 32769 pixels"));
    }

    @ParameterizedTest
    @MethodSource("broken")
    void whatIsNoMaskIsOneSentence(int height, int width, String text, String says) {
        String message = assertThrows(FormatException.class, () -> Rle.parse(height, width, text)).getMessage();
        assertTrue(message.contains(says) && message.lines().count() == 1, message);
    }

    @Test
    void aHugeMaskTakesNoMoreMemoryThanItsText() {
        Rle huge = new Rle(1, Rle.MAX_PIXELS, 5, Rle.MAX_PIXELS - 5);
        assertEquals(huge, Rle.parse(1, Rle.MAX_PIXELS, huge.coco()));
        assertEquals(new Box(5, 0, Rle.MAX_PIXELS - 1, 0), huge.box());
    }

    @Test
    void mutantsAreReadOrRefused() {
        byte[] good = Rle.of(Masks.random(new Random(Masks.SEED, "mutants"), 60, 80)).coco().getBytes(StandardCharsets.ISO_8859_1);
        int refused = Mutants.survive(Mutants.of(good, Masks.SEED, Mutants.COUNT), bytes -> Rle.parse(60, 80, new String(bytes,
                StandardCharsets.ISO_8859_1)).box());
        assertTrue(refused > Mutants.COUNT / 2, refused + " refused");
    }
}
