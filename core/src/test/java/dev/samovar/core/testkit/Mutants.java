package dev.samovar.core.testkit;

import static java.nio.ByteOrder.BIG_ENDIAN;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.nn.Random;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Files damaged at random, for readers that must survive them. The same seed gives the same bytes on every machine.
///
/// A mutant has one to four edits, most often near the head of the file, sometimes at its tail or anywhere: a bit is flipped, a byte changed,
/// or overwritten with a character that has a meaning in text formats; a number of 16, 32 or 64 bits that readers often get wrong is written,
/// in either byte order; or a piece is cut off, added, removed, duplicated, or copied over another.
///
/// ```java
/// int refused = Mutants.survive(Mutants.of(good, 20261121, Mutants.COUNT), bytes -> Json.parse(new String(bytes, UTF_8), "mutant"));
/// assertTrue(refused > Mutants.COUNT / 2, refused + " refused");
/// ```
public final class Mutants {
    /// How many mutants a test tries: 200, or 10,000 in a thorough build, or few where the reader itself is mutated (`build/mutation-tests`).
    public static final int COUNT = Boolean.getBoolean("samovar.thorough") ? 10_000 : Integer.getInteger("samovar.mutants", 200);

    /// How long a reader may take for a mutant.
    public static final Duration PATIENCE = Duration.ofSeconds(5);

    /// A file of at most this many bytes …
    public static final int SMALL_FILE = 1 << 10;

    /// … must not cost more than this many bytes of memory.
    public static final long SMALL_MEMORY = 16 << 20;

    private static final byte[] MEANINGFUL = "{}[]()<>\"'\\,:;/.+-0123456789eE\0\t\n ".getBytes(StandardCharsets.US_ASCII);
    private static final int HEAD = 64, LONGEST_PIECE = 256;

    private Mutants() {}

    /// A damaged file that knows its edits.
    public static final class Mutant {
        private final byte[] bytes;
        private final String history;

        private Mutant(byte[] bytes, String history) {
            this.bytes = bytes;
            this.history = history;
        }

        /// Its bytes, not a copy.
        public byte[] bytes() {
            return bytes;
        }

        /// The mutant after a further step, such as compression, so that the content of an archive is damaged and not the archive.
        public Mutant then(UnaryOperator<byte[]> step) {
            return new Mutant(step.apply(bytes), history);
        }

        /// Seed, number and edits, for the message of a test that fails.
        @Override
        public String toString() {
            return history;
        }
    }

    /// The first `count` mutants of a file for this seed. The mutant of a number does not depend on `count`.
    public static Stream<Mutant> of(byte[] good, long seed, int count) {
        return IntStream.range(0, count).mapToObj(number -> {
            Making making = new Making(good, new Random(seed, "mutant " + number));
            for (int edits = 1 + making.random.below(2) * making.random.below(4); edits > 0; edits--) making.edit();
            return new Mutant(making.bytes, "mutant " + number + " of seed " + seed + " (" + String.join(", ", making.edits) + ")");
        });
    }

    /// Gives all mutants to a reader, and returns how many it refused.
    ///
    /// The reader must read a mutant, or throw a [FormatException] or an [UncheckedIOException] whose message is one line, within [#PATIENCE], and for a
    /// small file within [#SMALL_MEMORY]. Anything else fails the test, with the name of the mutant.
    public static int survive(Stream<Mutant> mutants, Consumer<byte[]> reader) {
        AtomicInteger refused = new AtomicInteger();
        mutants.forEach(mutant -> assertTimeoutPreemptively(PATIENCE, () -> {
            long memory = Allocation.of(() -> {
                if (refuses(mutant, reader)) refused.incrementAndGet();
            });
            assertTrue(mutant.bytes.length > SMALL_FILE || memory <= SMALL_MEMORY,
                    () -> mutant + ": " + mutant.bytes.length + " bytes took " + memory + " bytes of memory");
        }, mutant::toString));
        return refused.get();
    }

    private static boolean refuses(Mutant mutant, Consumer<byte[]> reader) {
        try {
            reader.accept(mutant.bytes);
            return false;
        } catch (FormatException | UncheckedIOException e) {
            String says = String.valueOf(e.getMessage());
            assertTrue(!says.isBlank() && says.lines().count() == 1, () -> mutant + ": \"" + says + "\" is not one sentence");
            return true;
        } catch (Throwable e) {
            throw new AssertionError(mutant + ": " + e + " escaped", e);
        }
    }

    /// A mutant that is being made.
    private static final class Making {
        final Random random;
        final List<String> edits = new ArrayList<>();
        byte[] bytes;

        Making(byte[] good, Random random) {
            this.random = random;
            bytes = good.clone();
        }

        void edit() {
            if (bytes.length == 0) {
                insert(0, new byte[]{(byte) random.bits()}, "a byte");
                return;
            }
            int at = place();
            switch (random.below(10)) {
                case 0, 1 -> put(at, new byte[]{(byte) (bytes[at] ^ 1 << random.below(8))}, "a flipped bit");
                case 2 -> put(at, new byte[]{(byte) random.bits()}, "a byte");
                case 3 -> put(at, new byte[]{MEANINGFUL[random.below(MEANINGFUL.length)]}, "a character");
                case 4, 5, 6 -> number(at);
                case 7 -> end();
                default -> splice(at);
            }
        }

        /// Half of all edits are near the head, where a file states its size, and a quarter near the tail, where archives state it.
        private int place() {
            int near = HEAD << random.below(Math.max(1, Integer.SIZE - Integer.numberOfLeadingZeros(bytes.length / HEAD)));
            return switch (random.below(4)) {
                case 0 -> random.below(bytes.length);
                case 1 -> bytes.length - 1 - random.below(Math.min(near, bytes.length));
                default -> random.below(Math.min(near, bytes.length));
            };
        }

        private void number(int at) {
            int width = 2 << random.below(3);
            ByteBuffer b = ByteBuffer.allocate(width).order(random.below(2) == 0 ? LITTLE_ENDIAN : BIG_ENDIAN);
            double real = List.of(Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, -0.0, -1.0, 0.5, 1e30, 1e-30).get(random.below(8));
            long power = 1L << random.below(8 * width), length = bytes.length;
            long whole = List.of(0L, 1L, -1L, power, power - 1, -power, length, length + 1, length - 1).get(random.below(9));
            boolean isReal = width > 2 && random.below(3) == 0;
            switch (width) {
                case 2 -> b.putShort((short) whole);
                case 4 -> b.putInt(isReal ? Float.floatToIntBits((float) real) : (int) whole);
                default -> b.putLong(isReal ? Double.doubleToLongBits(real) : whole);
            }
            put(at, b.array(), (isReal ? real : whole) + " in " + width + " bytes, " + b.order());
        }

        private void end() {
            if (random.below(3) > 0) {
                bytes = Arrays.copyOf(bytes, bytes.length - 1 - place());
                edits.add("cut to " + bytes.length);
            } else {
                byte[] more = new byte[1 + random.below(LONGEST_PIECE)];
                if (random.below(2) == 0) for (int i = 0; i < more.length; i++) more[i] = (byte) random.bits();
                insert(bytes.length, more, more.length + " more bytes");
            }
        }

        private void splice(int at) {
            int from = place(), length = 1 + random.below(Math.min(LONGEST_PIECE, bytes.length - from));
            byte[] piece = Arrays.copyOfRange(bytes, from, from + length);
            switch (random.below(3)) {
                case 0 -> put(at, piece, length + " bytes from " + from);
                case 1 -> insert(at, piece, length + " bytes from " + from);
                default -> {
                    System.arraycopy(bytes, from + length, bytes, from, bytes.length - from - length);
                    bytes = Arrays.copyOf(bytes, bytes.length - length);
                    edits.add(length + " bytes taken out at " + from);
                }
            }
        }

        private void put(int at, byte[] piece, String what) {
            System.arraycopy(piece, 0, bytes, at, Math.min(piece.length, bytes.length - at));
            edits.add(what + " at " + at);
        }

        private void insert(int at, byte[] piece, String what) {
            byte[] longer = Arrays.copyOf(bytes, bytes.length + piece.length);
            System.arraycopy(bytes, at, longer, at + piece.length, bytes.length - at);
            System.arraycopy(piece, 0, longer, at, piece.length);
            bytes = longer;
            edits.add(what + " put in at " + at);
        }
    }
}
