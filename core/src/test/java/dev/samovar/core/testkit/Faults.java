package dev.samovar.core.testkit;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Decides which operation of [FaultyFiles] fails, and how. Creating, writing, syncing, renaming and removing below one folder are counted; reading is not.
public final class Faults {
    /// How an operation fails.
    public enum Kind {
        /// The disk is full for this one operation.
        NO_SPACE("No space left on device"),
        /// The disk cannot be written to for this one operation.
        BROKEN("Input/output error"),
        /// The disk is full from now on. Operations that need no space still work.
        FULL("No space left on device"),
        /// Nothing can be written or removed from now on.
        READ_ONLY("Read-only file system");

        /// All kinds but that of a read-only disk.
        public static final List<Kind> FAULTS = List.of(NO_SPACE, BROKEN, FULL);

        private final String message;

        Kind(String message) {
            this.message = message;
        }

        /// The system's message.
        public String message() {
            return message;
        }
    }

    private static final List<String> DONE = new ArrayList<>();
    private static @Nullable Path below;
    private static int failing;
    private static Kind kind = Kind.NO_SPACE;
    private static boolean failed;

    private Faults() {}

    /// Starts to count the operations below a folder.
    ///
    /// @param number which operation fails, from 1; 0 for none
    public static synchronized void arm(Path folder, int number, Kind how) {
        below = FaultyFiles.unwrapped(folder.toAbsolutePath());
        failing = number;
        kind = how;
        failed = false;
        DONE.clear();
    }

    /// Stops counting, and returns the operations, each with the name of its file.
    public static synchronized List<String> disarm() {
        below = null;
        return List.copyOf(DONE);
    }

    /// Whether an operation has failed since [#arm].
    public static synchronized boolean failed() {
        return failed;
    }

    private static boolean goesOn(String operation) {
        return switch (kind) {
            case NO_SPACE, BROKEN -> false;
            case FULL -> !operation.equals("delete") && !operation.equals("sync");
            case READ_ONLY -> true;
        };
    }

    static synchronized void happens(String operation, Path file) throws IOException {
        if (below == null || !file.toAbsolutePath().startsWith(below)) return;
        DONE.add(operation + " " + below.relativize(file.toAbsolutePath()));
        if (failing == 0 || DONE.size() < failing || (DONE.size() > failing && !goesOn(operation))) return;
        failed = true;
        throw operation.equals("write") || operation.equals("sync")
                ? new IOException(kind.message())
                : new FileSystemException(file.toString(), null, kind.message());
    }
}
