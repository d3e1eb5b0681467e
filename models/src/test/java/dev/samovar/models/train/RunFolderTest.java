package dev.samovar.models.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.FormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFolderTest {
    private static final String JSON = "run.json", SETTINGS = "{\"steps\": 3}";

    @TempDir
    private Path parent;

    private Path folder;

    @BeforeEach
    void name() {
        folder = parent.resolve("run");
    }

    private String refusal(Runnable work) {
        String message = assertThrows(FormatException.class, work::run).getMessage();
        assertTrue(message.startsWith(folder + ": "), message);
        return message;
    }

    @Test
    void whileARunIsBeingMadeNoOtherCanBeginThere() throws IOException {
        RunFolder.make(folder, JSON, SETTINGS, () -> {
            AtomicFile.write(folder.resolve("start"), "first");
            assertTrue(refusal(() -> RunFolder.make(folder, JSON, SETTINGS)).contains("exists already"));
            assertTrue(refusal(() -> RunFolder.make(folder, JSON, SETTINGS, () -> AtomicFile.write(folder.resolve("start"), "second")))
                    .contains("exists already"));
            assertTrue(refusal(() -> RunFolder.read(folder, JSON)).contains("is being made by another process, or that was interrupted"));
        });
        assertEquals(3, RunFolder.read(folder, JSON).at("steps").integer());
        assertEquals("first", Files.readString(folder.resolve("start")));
    }

    @Test
    void whatCannotBeCompletedLeavesNothing() {
        assertThrows(IllegalStateException.class, () -> RunFolder.make(folder, JSON, SETTINGS, () -> {
            AtomicFile.write(folder.resolve("start"), "first");
            throw new IllegalStateException("disk full");
        }));
        assertFalse(Files.exists(folder.resolve("start")));
        RunFolder.make(folder, JSON, SETTINGS);
    }
}
