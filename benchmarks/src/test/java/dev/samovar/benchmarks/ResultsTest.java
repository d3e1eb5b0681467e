package dev.samovar.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ResultsTest {
    @Test
    void thePageIsWhatTheProgramMakesOfTheRows() throws IOException {
        assertEquals(new Results(Path.of("results.json")).markdown(), Files.readString(Path.of("RESULTS.md")));
    }
}
