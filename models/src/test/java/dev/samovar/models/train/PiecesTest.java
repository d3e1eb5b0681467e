package dev.samovar.models.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

/// The work itself advances the clock, and the compiler is busy at the beginning.
class PiecesTest {
    private double now, compiling = 1.5;
    private double present = 1;
    private final Pieces pieces = new Pieces(() -> Math.round(now * 1e9), () -> Math.round(Math.min(now, compiling) * 1e9),
            () -> Math.round(present * now * 1e9));

    private IntConsumer taking(IntToDoubleFunction seconds) {
        return n -> now += seconds.applyAsDouble(n);
    }

    @Test
    void workIsToldByWhatItTakesOnceTheCompilerIsIdle() {
        Pieces.Piece one = pieces.of(5000, taking(_ -> now < 0.2 ? 0.1 : now < compiling ? 0.05 : 0.004));
        assertTrue(pieces.rehearse());
        assertEquals(0.004, one.seconds(), 1e-9);
        assertTrue(now > 2.2 && now < 3, now + " s");                              // 1.5, and a window of one second, a fifth of which may be compiling
    }

    @Test
    void piecesBecomeFasterTogether() {
        IntToDoubleFunction compiled = _ -> now < compiling ? 0.02 : 0.005;
        Pieces.Piece first = pieces.of(3000, taking(compiled)), second = pieces.of(3000, taking(compiled)), never = pieces.of(0,
                Pieces.NOTHING);
        assertTrue(pieces.rehearse());
        for (Pieces.Piece piece : List.of(first, second)) assertEquals(0.005, piece.seconds(), 1e-9);
        assertEquals(0, never.seconds());
    }

    @Test
    void littleShapesAreForTheCompiler() {
        compiling = 0.5;
        Pieces.Piece one = pieces.of(5000, taking(_ -> now < 0.5 ? 0.2 : 0.01), taking(_ -> 0.001));
        assertTrue(pieces.rehearse());
        assertEquals(0.01, one.seconds(), 1e-9);
        assertTrue(now < 1.5, now + " s");
    }

    @Test
    void whatHasNotSettledIsSaidToBeSo() {
        pieces.of(1e6, taking(n -> 0.5 / Math.sqrt(n + 1.0)));
        assertFalse(pieces.rehearse());
        assertTrue(now > 5 && now < 20.1, now + " s");                               // plus the step that had begun
    }

    @Test
    void nothingSettlesWhereOthersHaveTheProcessors() {
        compiling = 0;
        present = 0.2;
        pieces.of(5000, taking(_ -> 0.01));
        assertFalse(pieces.rehearse());
    }

    /// Time in which other processes had the processors does not count, up to three times the limit.
    @Test
    void whereAllIsCrowdedItIsTriedForLongerByTheClock() {
        compiling = 1e9;
        for (double share : new double[]{0.5, 0.1}) {
            present = share;
            double start = now;
            Pieces crowded = new Pieces(() -> Math.round(now * 1e9), () -> Math.round(now * 1e9), () -> Math.round(present * now * 1e9));
            crowded.of(1e6, taking(_ -> 0.01));
            assertFalse(crowded.rehearse());
            assertEquals(20 * Math.min(3, 1 / share), now - start, 0.1);
        }
    }

    @Test
    void nothingIsRehearsedForMoreThanAFifthOfItsTime() {
        pieces.of(100, taking(_ -> 0.05), taking(_ -> 0.01));
        assertFalse(pieces.rehearse());
        assertTrue(now < 1.1, now + " s");                                           // plus the step that had begun
    }

    @Test
    void whatTakesLongIsDoneTwiceAndWhatHardlyMattersNotOften() {
        Pieces.Piece one = pieces.of(100, taking(_ -> 6));
        pieces.of(100, taking(n -> 0.1 / (n + 1)));
        assertTrue(pieces.rehearse());
        assertEquals(6, one.seconds(), 1e-9);
        assertEquals(12.1, now, 1e-9);
    }
}
