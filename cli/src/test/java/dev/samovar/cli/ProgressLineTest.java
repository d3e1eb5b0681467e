package dev.samovar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ProgressLineTest {
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private long seconds;

    @Test
    void withoutATerminalThereIsALineNowAndThen() {
        run(new Console(Cli.stream(new ByteArrayOutputStream()), Cli.stream(err), false), 1);
        assertEquals("""
                encode: 10 of 100, 1 min 30 s left, slice 10
                encode: 20 of 100, 1 min 20 s left, slice 20
                encode: 30 of 100, 1 min 10 s left, slice 30
                encode: 40 of 100, 1 min 00 s left, slice 40
                encode: 50 of 100, 50 s left, slice 50
                encode: 60 of 100, 40 s left, slice 60
                encode: 70 of 100, 30 s left, slice 70
                encode: 80 of 100, 20 s left, slice 80
                encode: 90 of 100, 10 s left, slice 90
                encode: done in 1 min 40 s
                """, text());
    }

    @Test
    void aShortStageIsNotMentionedInALog() {
        run(new Console(Cli.stream(new ByteArrayOutputStream()), Cli.stream(err), false), 0);
        assertEquals("", text());
    }

    @Test
    void onATerminalOneLineIsDrawnOverAndOver() {
        Console console = new Console(Cli.stream(new ByteArrayOutputStream()), Cli.stream(err), true);
        run(console, 1);
        String text = text();
        assertTrue(text.contains("\rencode: 99 of 100, 1 s left, slice 99"), text);
        assertEquals(1, text.lines().filter(line -> line.endsWith("encode: done in 1 min 40 s")).count(), text);
        for (String line : text.replace('\r', '\n').lines().toList()) assertTrue(line.length() <= 79, line);
    }

    @Test
    void aRemarkDoesNotRunIntoTheDrawnLine() {
        Console console = new Console(Cli.stream(new ByteArrayOutputStream()), Cli.stream(err), true);
        console.draw("a long line");
        console.draw("short");
        console.say("remark");
        console.draw("again");
        console.clear();
        console.draw("once more");
        console.leave();
        assertEquals("\ra long line\rshort      \r     \rremark\n\ragain\r     \r\ronce more\n".replace("\n", System.lineSeparator()), text());
    }

    @Test
    void quietIsSilent() {
        Stream.of(true, false).forEach(terminal -> {
            Console console = new Console(Cli.stream(new ByteArrayOutputStream()), Cli.stream(err), terminal);
            console.setQuiet(true);
            run(console, 1);
        });
        assertEquals("", text());
    }

    @Test
    void timesAreAsPeopleSayThem() {
        assertEquals("0 s", Sizes.time(Duration.ofMillis(300)));
        assertEquals("59 s", Sizes.time(Duration.ofSeconds(59)));
        assertEquals("1 min 00 s", Sizes.time(Duration.ofMillis(59_600)));
        assertEquals("2 h 05 min", Sizes.time(Duration.ofMinutes(125)));
        assertEquals("1023 bytes", Sizes.bytes(1023));
        assertEquals("1.5 KiB", Sizes.bytes(1536));
        assertEquals("2.0 GiB", Sizes.bytes(2L << 30));
    }

    private void run(Console console, int step) {
        try (ProgressLine progress = new ProgressLine(console, () -> seconds * 1_000_000_000L)) {
            progress.begin("encode", 100);
            for (int i = 1; i <= 100; i++) {
                seconds += step;
                progress.done(i, "slice " + i);
            }
        }
    }

    private String text() {
        return err.toString(StandardCharsets.UTF_8);
    }
}
