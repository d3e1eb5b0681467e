package dev.samovar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class AheadTest {
    @Test
    void anotherThreadMakesIt() {
        assertNotEquals(Thread.currentThread(), Ahead.of(Thread::currentThread).get());
    }

    @Test
    void whatIsThrownThereIsThrownHere() {
        Problem problem = Problem.input("no such file");
        assertSame(problem, assertThrows(Problem.class, () -> Ahead.of(() -> { throw problem; }).get()));
        OutOfMemoryError memory = new OutOfMemoryError();
        assertSame(memory, assertThrows(OutOfMemoryError.class, () -> Ahead.of(() -> { throw memory; }).get()));
    }

    @Test
    void anInterruptEndsTheWaiting() {
        var never = new CountDownLatch(1);
        Ahead<Integer> waiting = Ahead.of(() -> {
            try {
                never.await();
            } catch (InterruptedException _) {
                return 0;
            }
            return 1;
        });
        Thread.currentThread().interrupt();
        assertThrows(CancellationException.class, waiting::get);
        assertTrue(Thread.interrupted(), "the interrupt stays");
        never.countDown();
        assertEquals(1, waiting.get());
    }
}
