package dev.samovar.models.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(20)
class ReadAheadTest {
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void everythingComesInItsOrderAndThenNothing(boolean ahead) {
        for (int count = 0; count < 5; count++) {
            List<Integer> seen = new ArrayList<>();
            try (var reading = new ReadAhead<>(count, n -> 10 * n, ahead)) {
                reading.forEachRemaining(seen::add);
                assertThrows(NoSuchElementException.class, reading::next);
            }
            assertEquals(List.of(0, 10, 20, 30).subList(0, count), seen);
        }
    }

    @Test
    void oneIsReadWhileTheOneBeforeItIsUsedAndNoMore() throws InterruptedException {
        List<CountDownLatch> begun = Collections.nCopies(6, 1).stream().map(CountDownLatch::new).toList();
        try (var reading = new ReadAhead<>(6, n -> {
            begun.get(n).countDown();
            return n;
        }, true)) {
            for (int n = 0; n < 6; n++) {
                assertEquals(n, reading.next());
                if (n < 5) assertTrue(begun.get(n + 1).await(10, TimeUnit.SECONDS), "it has not read number " + (n + 1));
                for (int later = n + 2; later < 6; later++)
                    assertEquals(1, begun.get(later).getCount(), "number " + later + " is read at " + n);
            }
        }
    }

    @Test
    void onlyWhatIsAllowedToIsReadByAnotherThread() {
        try (var ahead = new ReadAhead<>(1, _ -> Thread.currentThread(), true);
                var here = new ReadAhead<>(1, _ -> Thread.currentThread(), false)) {
            assertNotSame(Thread.currentThread(), ahead.next());
            assertSame(Thread.currentThread(), here.next());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatAReadingThrowsComesOutInItsPlaceAndNoneFollows(boolean ahead) {
        var damaged = new FormatException("the third is damaged");
        var last = new AtomicInteger();
        try (var reading = new ReadAhead<>(9, n -> {
            last.set(n);
            if (n == 2) throw damaged;
            return n;
        }, ahead)) {
            assertEquals(0, reading.next());
            assertEquals(1, reading.next());
            assertTrue(reading.hasNext());
            assertSame(damaged, assertThrows(FormatException.class, reading::next));
            assertFalse(reading.hasNext());
        }
        assertEquals(2, last.get());
        try (var reading = new ReadAhead<Integer>(1, _ -> {
            throw new OutOfMemoryError("as if");
        }, ahead)) {
            assertThrows(OutOfMemoryError.class, reading::next);
        }
    }

    @Test
    void closingWaitsForTheReadingUnderWayAndNoneFollows() throws InterruptedException {
        var started = new CountDownLatch(1);
        var finished = new AtomicInteger();
        var reading = new ReadAhead<>(9, n -> {
            started.countDown();
            for (long end = System.nanoTime() + 50_000_000; System.nanoTime() < end;) Thread.onSpinWait();
            return finished.incrementAndGet();
        }, true);
        assertTrue(started.await(10, TimeUnit.SECONDS));
        Thread.currentThread().interrupt();
        reading.close();
        assertEquals(1, finished.get(), "it closed before the current reading had finished");
        assertTrue(Thread.interrupted(), "an interruption was swallowed");
        assertFalse(reading.hasNext());
        reading.close();
        assertEquals(1, finished.get());
    }
}
