package dev.samovar.cli;

import static dev.samovar.cli.Cli.TINY;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.Json;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.format.Nifti;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VerbsTest {
    @TempDir
    private Path folder;

    @Test
    void convertSaysWhatIsInACheckpointAndWritesTheSameBytesTwice() throws IOException {
        Path once = folder.resolve("once.safetensors"), twice = folder.resolve("zweimal ü.safetensors");
        Cli cli = Cli.run("convert", TINY, once);
        assertEquals(0, cli.exit(), cli.err());
        for (String words : new String[]{"width 48, depth 4", "missing       none", "unexpected    none", "207,164", "sha256"})
            assertTrue(cli.out().contains(words), cli.out());
        assertEquals(0, Cli.run("convert", TINY, twice).exit());
        assertEquals(-1, Files.mismatch(once, twice));
    }

    @Test
    void convertReplacesAFileOnlyIfTold() throws IOException {
        Path result = Files.writeString(folder.resolve("result"), "precious");
        assertEquals(2, Cli.run("convert", TINY, result).exit());
        assertEquals("precious", Files.readString(result));
        assertEquals(0, Cli.run("convert", TINY, result, "--overwrite").exit());
        assertTrue(Cli.run("info", result).out().contains("safetensors"));
    }

    @Test
    void exportWritesAnEncoderWhoseWeightsMayLieBesideIt() throws IOException {
        Path model = folder.resolve("encoder ü.onnx"), data = folder.resolve("encoder ü.onnx.data");
        Cli cli = Cli.run("export", "--onnx", model, TINY);
        assertEquals(0, cli.exit(), cli.err());
        for (String words : new String[]{"input         image (N, 3, 128, 128)", "output        embedding (N, 32, 8, 8)", "opset 17"})
            assertTrue(cli.out().contains(words), cli.out());
        assertFalse(Files.exists(data));
        Files.writeString(data, "precious");
        assertEquals(2, Cli.run("export", "--onnx", folder.resolve("encoder ü.onnx"), TINY).exit(), "they exist now");
        Cli beside = Cli.run("export", "--onnx", model, "--external-data", "--overwrite", TINY);
        assertEquals(0, beside.exit(), beside.err());
        assertTrue(beside.out().contains("constants     " + data), beside.out());
        assertTrue(Files.size(data) > 500_000 && Files.size(model) < 100_000);
    }

    @Test
    void infoListsTensorsIfAsked() {
        assertFalse(Cli.run("info", TINY).out().contains("pos_embed"));
        assertTrue(Cli.run("info", "--tensors", TINY).out().contains("image_encoder.pos_embed"));
    }

    @Test
    void evaluateWritesATableCsvAndJson() throws IOException {
        Path labels = labels(), out = folder.resolve("a/b");
        Cli cli = Cli.run("evaluate", "--pred", labels, "--truth", labels, "--out", out, "--classes", "anterior,posterior");
        assertEquals(0, cli.exit(), cli.err());
        assertTrue(cli.out().contains("anterior") && cli.out().contains("1.0000"), cli.out());
        assertTrue(Files.readString(out.resolve("evaluation.csv")).startsWith("case,class,name,dice,iou"));
        assertTrue(Json.read(out.resolve("evaluation.json")).isObject());
        Cli further = Cli.run("evaluate", "--pred", labels, "--truth", labels, "--further", "--json", folder.resolve("further.json"));
        assertTrue(!cli.out().contains("Object Dice") && further.out().contains("Object Dice"), further.toString());
        assertEquals(1, Json.read(folder.resolve("further.json")).at("mean").at("boundary_iou").number());
        assertEquals(2, Cli.run("evaluate", "--pred", labels, "--truth", labels, "--out", out).exit(), "they exist now");
        assertEquals(0, Cli.run("evaluate", "--pred", labels, "--truth", labels, "--out", out, "--overwrite").exit());
    }

    @Test
    void evaluateSaysByWhichConventionItScores() throws IOException {
        Path labels = labels(), json = folder.resolve("scores.json");
        Cli mm = Cli.run("evaluate", "--pred", labels, "--truth", labels);
        assertEquals(0, mm.exit(), mm.err());
        assertTrue(mm.out().startsWith("Convention mm: ") && mm.out().contains("NSD within 2 mm"), mm.out());
        Cli paper = Cli.run("evaluate", "--pred", labels, "--truth", labels, "--convention", "paper", "--tolerance", "0.5", "--json", json);
        assertEquals(0, paper.exit(), paper.err());
        assertTrue(paper.out().startsWith("Convention paper: ") && paper.out().contains("NSD within 0.5 px"), paper.out());
        assertEquals("paper", Json.read(json).at("convention").string());
        assertEquals(0.5, Json.read(json).at("tolerance").number());
    }

    @Test
    void evaluateKeepsToTheTestCasesOfASplit() throws IOException {
        Path labels = labels(), split = folder.resolve("split.json"), csv = folder.resolve("scores.csv");
        Files.writeString(split, "{\"train\": [\"case0\"], \"test\": [\"case1\", \"case2\"]}");
        Cli cli = Cli.run("evaluate", "--pred", labels, "--truth", labels, "--split", split, "--csv", csv);
        assertEquals(0, cli.exit(), cli.err());
        assertTrue(cli.out().contains("case1") && !cli.out().contains("case0"), cli.out());
        assertTrue(Files.exists(csv));
    }

    @Test
    void doctorTellsWhatARunFindsHere() throws IOException {
        Files.write(Files.createDirectory(folder.resolve("samovar-cache")).resolve("one"), new byte[3000]);
        Cli cli = Cli.run("doctor", "--threads", 3, "--cache", folder.resolve("samovar-cache"));
        assertEquals(0, cli.exit(), cli.err());
        for (String words : new String[]{"java  ", "JDK-8377811", "vector ", "3 threads", "heap  ", "2.9 KiB in 1 files",
            System.getProperty("java.home")})
            assertTrue(cli.out().contains(words), words + " in " + cli.out());
    }

    @Test
    void doctorSpeaksJson() {
        Json json = Json.parse(Cli.run("doctor", "--json", "--require-backend", "vector").out(), "doctor");
        assertEquals(Runtime.version().toString(), json.at("java").at("version").string());
        assertTrue(json.at("vectors").at("used").truth());
        assertEquals(json.at("vectors").at("bits").integer(), 32 * json.at("vectors").at("lanes").integer());
        assertTrue(json.at("kernels").at("name").string().startsWith("vector " + json.at("vectors").at("bits").integer() + "-bit"));
        assertEquals(Runtime.getRuntime().maxMemory(), json.at("heap").whole());
        assertTrue(json.at("memory").whole() > 1 << 28);
        assertEquals(0, json.at("defects").list().size());
        Json scalar = Json.parse(Cli.run("doctor", "--json", "--require-backend", "scalar", "--threads", 1).out(), "doctor");
        assertEquals("scalar, 1 thread", scalar.at("kernels").at("name").string());
    }

    /// Three label volumes with two classes.
    private Path labels() throws IOException {
        Path labels = Files.createDirectory(folder.resolve("labels"));
        byte[] classes = new byte[4 * 4 * 4];
        for (int i = 0; i < classes.length; i++) classes[i] = (byte) (i % 3);
        for (int n = 0; n < 3; n++)
            Nifti.write(labels.resolve("case" + n + ".nii.gz"), new LabelVolume(Geometry.of(4, 4, 4, 1, 1, 2), classes));
        return labels;
    }
}
