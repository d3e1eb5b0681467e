package dev.samovar.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.DType;
import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.Sha256;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.testkit.Resources;
import dev.samovar.models.sam.SamConfig;
import dev.samovar.models.sam.SamKeys;
import dev.samovar.models.sam.VitConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConverterTest {
    private static final SamConfig TINY = new SamConfig(new VitConfig(48, 4, 3, 5, List.of(1, 3), 128, 16, 192), 32, 64, 32);

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"sam-tiny.pth", "sam-tiny-legacy.pth", "sam-tiny.safetensors"})
    void everyFormatConvertsToExactlyTheTensorsOfTheFixture(String name) throws IOException {
        Path source = Resources.copy("sam-tiny/" + name, folder), result = folder.resolve("out.safetensors"),
                again = folder.resolve("again.safetensors");
        Converter.Report report = Converter.convert(source, result);
        Path fixture = Files.createDirectory(folder.resolve("fixture"));
        try (Safetensors expected = Safetensors.open(Resources.copy("sam-tiny/sam-tiny.safetensors", fixture));
                Safetensors actual = Safetensors.open(result)) {
            assertEquals(Map.copyOf(expected.entries()), Map.copyOf(actual.entries()));
            for (String tensor : expected.entries().keySet()) assertEquals(expected.bytes(tensor), actual.bytes(tensor), tensor);
        }
        assertEquals(TINY, report.source().keys().config());
        assertTrue(report.source().keys().complete(), report.toString());
        assertEquals(Sha256.of(result), report.sha256());
        assertEquals(Sha256.of(source), report.source().sha256());
        Converter.convert(source, again);
        assertEquals(-1, Files.mismatch(result, again), "the same input gives the same bytes");
    }

    @Test
    void bothFormatsOfPyTorchGiveTheSameFile() throws IOException {
        Path a = folder.resolve("a.safetensors"), b = folder.resolve("b.safetensors");
        Converter.convert(Resources.copy("sam-tiny/sam-tiny.pth", folder), a);
        Converter.convert(Resources.copy("sam-tiny/sam-tiny-legacy.pth", folder), b);
        assertEquals(-1, Files.mismatch(a, b));
    }

    @Test
    void theReportTellsWhatWasFound() {
        Path source = Resources.copy("sam-tiny/sam-tiny.pth", folder), result = folder.resolve("out.safetensors");
        String text = Converter.convert(source, result).toString();
        for (String line : List.of("format        PyTorch (zip)",
                "architecture  SAM custom: width 48, depth 4, heads 3, window 5, global blocks [1, 3], image 128",
                "missing       none", "unexpected    none", "tensors       202 {F32=202}", "parameters    ", "result        " + result))
            assertTrue(text.contains(line), text);
        CheckpointInfo info = CheckpointInfo.of(source);
        assertEquals(info.elements() - 32, info.parameters());
        assertEquals(TINY.tensors().values().stream().mapToLong(Shape::size).sum(), info.elements());
        assertEquals(Map.of(DType.F32, 202L), info.dtypes());
        assertEquals(202, info.table().lines().count());
    }

    @Test
    void whatIsMissingUnexpectedOrMisshapenIsNamed() {
        Path source = Resources.copy("sam-tiny/sam-tiny.safetensors", folder), other = folder.resolve("other.safetensors");
        try (Safetensors sam = Safetensors.open(source)) {
            List<Safetensors.Item> items = new ArrayList<>();
            for (String name : sam.entries().keySet())
                if (!name.equals("image_encoder.neck.1.bias") && !name.equals("image_encoder.neck.1.weight"))
                    items.add(Safetensors.Item.of(name, sam));
            items.add(Safetensors.Item.of("image_encoder.neck.1.weight", Shape.of(31), new float[31]));
            items.add(Safetensors.Item.of("extra\n", Shape.of(1), new float[1]));
            Safetensors.write(other, Map.of(), items);
        }
        SamKeys keys = CheckpointInfo.of(other).keys();
        assertEquals(List.of("image_encoder.neck.1.bias"), keys.missing());
        assertEquals(List.of("extra\n"), keys.unexpected());
        assertEquals(List.of("image_encoder.neck.1.weight is (31), should be (32)"), keys.misshapen());
        assertFalse(keys.complete());
        assertTrue(CheckpointInfo.of(other).toString().contains("unexpected    1: extra?\n"));
    }

    @Test
    void aCheckpointOfAnotherModelIsConvertedToo() throws IOException {
        Path source = folder.resolve("head.safetensors"), result = folder.resolve("out.safetensors");
        Safetensors.write(source, Map.of("kind", "head"), List.of(Safetensors.Item.of("w", Shape.of(2), new float[]{1, 2})));
        Converter.Report report = Converter.convert(source, result);
        assertNull(report.source().keys().config());
        assertTrue(report.toString().contains("architecture  unknown (the checkpoint is not a SAM: it has no tensor \"image_encoder.pos_embed\")"),
                report.toString());
        try (Safetensors out = Safetensors.open(result)) {
            assertEquals(Map.of("format", "pt", "kind", "head"), out.metadata());
        }
    }

    @Test
    void theSourceIsNotReplaced() {
        Path source = Resources.copy("sam-tiny/sam-tiny.pth", folder);
        String before = Sha256.of(source);
        assertThrows(IllegalArgumentException.class, () -> Converter.convert(source, folder.resolve(Objects.requireNonNull(source.getFileName()))));
        assertEquals(before, Sha256.of(source));
    }

    @Test
    void aBrokenSourceLeavesNoResult() throws IOException {
        Path source = Resources.copy("sam-tiny/sam-tiny.pth", folder), result = folder.resolve("out.safetensors");
        byte[] bytes = Files.readAllBytes(source);
        bytes[bytes.length / 2] ^= 1;                                       // in some tensor: its checksum fails when half of the file is written
        Files.write(source, bytes);
        var e = assertThrows(FormatException.class, () -> Converter.convert(source, result));
        assertTrue(e.getMessage().contains("checksum"), e.getMessage());
        try (var files = Files.list(folder)) {
            assertEquals(List.of(source), files.toList());
        }
    }

    @ParameterizedTest
    @CsvSource({"'',it is empty", "'<!DOCTYPE html><html>',web page", "'version https://git-lfs.github.com/spec/v1',git lfs pull",
        "hello,neither", "PK,neither"})
    void whatIsNoCheckpointIsToldByItsContent(String content, String part) throws IOException {
        Path file = Files.writeString(folder.resolve("x.pth"), content);
        var e = assertThrows(FormatException.class, () -> Checkpoints.open(file).close());
        assertTrue(e.getMessage().contains(part), e.getMessage());
    }

    @Test
    void aNameSaysNothing() throws IOException {
        Path wrong = folder.resolve("sam.safetensors");
        Files.move(Resources.copy("sam-tiny/sam-tiny.pth", folder), wrong);
        assertEquals("PyTorch (zip)", CheckpointInfo.of(wrong).format());
    }
}
