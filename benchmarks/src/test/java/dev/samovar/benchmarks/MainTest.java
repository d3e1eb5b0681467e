package dev.samovar.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class MainTest {
    @Test
    void everyRowOfTheTableIsACommand() {
        for (String command : Main.commands()) Main.commandLine().parseArgs(command.split(" ", -1));
    }

    @Test
    void theHelpNamesWorkAndEngines() {
        String help = Main.commandLine().getUsageMessage();
        assertTrue(help.contains("gemm-qkv") && help.contains("onnxruntime") && help.contains("SAMOVAR_PYTHON"), help);
    }

    @Test
    void anEngineThatIsNotThereIsNamed() {
        var said = new StringWriter();
        CommandLine line = Main.commandLine().setErr(new PrintWriter(said));
        assertEquals(2, line.execute("compare", "gelu", "samovar", "nobody", "1"));
        assertTrue(said.toString().contains("there is no engine nobody: they are samovar, "), said.toString());
    }
}
