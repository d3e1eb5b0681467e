package dev.samovar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShellTest {
    @Test
    void plainNamesStayAsTheyAre() {
        assertEquals("runs/a-1_b.c", Shell.word("runs/a-1_b.c", false));
        assertEquals("/läufe/überall", Shell.word("/läufe/überall", false));
        assertEquals("C:\\runs\\a", Shell.word("C:\\runs\\a", true));
        assertEquals("\"C:\\my runs\\a\"", Shell.word("C:\\my runs\\a", true));
    }

    /// The shell itself says what it understands.
    @ParameterizedTest
    @ValueSource(strings = {"a b", "it's", "a'b'c", "$HOME", "a;b", "a&b", "a\"b", "a\\b", "(x)", "*", "~", "a\tb", "#a", ""})
    void aShellReadsItBackAsOneWord(String name) throws IOException, InterruptedException {
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "not tested: there is no /bin/sh");
        Process sh = new ProcessBuilder("/bin/sh", "-c", "printf %s\\| " + Shell.word(name, false)).start();
        assertEquals(name + "|", new String(sh.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        assertEquals(0, sh.waitFor());
    }
}
