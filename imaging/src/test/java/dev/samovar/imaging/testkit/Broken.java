package dev.samovar.imaging.testkit;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.testkit.Allocation;
import dev.samovar.core.testkit.Mutants;
import java.nio.file.Path;
import java.util.function.Consumer;

/// A file that is refused.
///
/// @param why what is wrong with it, for the name of the test
/// @param bytes its content
/// @param says what the error message must contain
@SuppressWarnings("ArrayRecordComponent")
public record Broken(String why, byte[] bytes, String says) {
    /// A copy of the bytes with one of them replaced.
    public static byte[] with(byte[] bytes, int at, int value) {
        byte[] changed = bytes.clone();
        changed[at] = (byte) value;
        return changed;
    }

    /// Reads it from a file, and checks that it is refused in one sentence that names the file, within the memory limit of a small file.
    public void refusedBy(Consumer<Path> reader, Path file) {
        Path path = NiftiBytes.write(file, bytes);
        long memory = Allocation.of(() -> {
            String message = String.valueOf(assertThrows(FormatException.class, () -> reader.accept(path)).getMessage());
            assertTrue(message.startsWith(path + ": it") || message.startsWith(path + ": none of it"), message);
            assertTrue(message.contains(says) && message.lines().count() == 1, message);
        });
        assertTrue(memory < Mutants.SMALL_MEMORY, memory + " bytes of memory");
    }

    @Override
    public String toString() {
        return why;
    }
}
