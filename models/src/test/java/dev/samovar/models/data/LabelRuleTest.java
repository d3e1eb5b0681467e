package dev.samovar.models.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.Nifti;
import dev.samovar.imaging.testkit.NiftiBytes;
import dev.samovar.imaging.testkit.PngBytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Variants of the cases in [DatasetCasesTest], which these tests write themselves.
class LabelRuleTest {
    @TempDir
    private Path folder;

    private static LabelCoding decide(LabelRule rule, Declaration declared, Integer... numbers) {
        return rule.decide(declared, List.of(numbers));
    }

    private static LabelRule said(String... entries) {
        return LabelRule.of(List.of(entries), List.of());
    }

    private static final LabelRule IGNORE_255 = LabelRule.of(List.of(), List.of("255"));

    @Test
    void withoutAWordTheNumbersAreTheClassesOrWhiteIsOne() {
        assertEquals("0 is background, 1 is class 1, 2 is class 2", decide(LabelRule.NONE, Declaration.NONE, 0, 2).toString());
        assertEquals("0 is background, 255 is class 1, 65535 is class 1", decide(LabelRule.NONE, Declaration.NONE, 0, 255, 65535).toString());
        assertEquals("0 is background, 1 is class 1, 255 is ignored", decide(IGNORE_255, Declaration.NONE, 0, 1, 255).toString());
        assertEquals("0 is background, 255 is ignored", decide(IGNORE_255, Declaration.NONE, 0, 255).toString());
        assertEquals("0 is background", decide(LabelRule.NONE, Declaration.NONE, 0).toString());
    }

    @Test
    void whiteBesideTheDeclaredClassIsIt() {
        Declaration one = Declaration.of(List.of("background", "liver")), two = Declaration.of(List.of("background", "liver", "tumour"));
        assertEquals("0 is background, 1 is liver, 255 is liver", decide(LabelRule.NONE, one, 0, 255).toString());
        assertEquals("0 is background, 1 is liver, 2 is tumour", decide(LabelRule.NONE, two, 0, 255).toString());
        assertEquals("0 is background, 1 is liver", decide(LabelRule.NONE, one, 0, 1, 255).toString());
    }

    @Test
    void farMoreClassesThanOccurAreRefusedWithTheCure() {
        refused("which would be 256 classes: say what they mean, as with --classes 0,85:1,170:2,255:3, or that 255 does not count", 0, 85,
                170, 255);
        refused("as with --classes 0,1,2,255:ignore, or that 255 does not count with --ignore-label 255", 0, 1, 2, 255);
        refused("with --classes 0,1,255:1 if 255 is white in masks of 0 and 255, or with --ignore-label 255 if it does not count", 0, 1, 255);
        refused("as with --classes 0,17:1,53:2", 0, 17, 53);
        refused("as with --classes 0,1000:1,2035:2", 0, 1000, 2035);
        assertEquals(6, decide(LabelRule.NONE, Declaration.NONE, 0, 1, 2, 5).names().size());
    }

    private static void refused(String says, Integer... numbers) {
        String message = assertThrows(FormatException.class, () -> decide(LabelRule.NONE, Declaration.NONE, numbers)).getMessage();
        assertTrue(message.contains(says), message);
    }

    @Test
    void whatIsSaidCounts() {
        LabelCoding coding = decide(said("0", "85:1", "170:2", "255:ignore"), Declaration.of(List.of("background", "plate", "artery")), 0, 85);
        assertEquals("0 is background, 85 is plate, 170 is artery, 255 is ignored", coding.toString());
        assertEquals(coding, LabelCoding.of(Json.parse(coding.json().toString(), "coding")));
        assertEquals("#000000 is background, #ff0000 is class 1", decide(said("#000000:0", "#FF0000:1"), Declaration.NONE, 0).toString());
        for (String wrong : List.of("x", "1:y", "1:256", "-1:0", "#12:1", "", "1:"))
            assertThrows(FormatException.class, () -> said("0", wrong), wrong);
        assertThrows(FormatException.class, () -> said("0:0", "#ff0000:1"));
        assertThrows(FormatException.class, () -> said("1:0", "1:1"));
    }

    @Test
    void overlappingRegionsLoseNothing() throws IOException {
        Files.writeString(folder.resolve("dataset.json"),
                """
            {"labels": {"background": 0, "whole": [1, 2, 3], "core": [2, 3], "enhancing": 3, "ignore": 4}, "regions_class_order": [1, 2, 3]}""");
        Declaration regions = Declaration.read(folder);
        assertEquals(List.of("background", "whole", "whole + core", "whole + core + enhancing"), regions.names());
        assertEquals(LabelCoding.IGNORED, regions.classes().get(4));
    }

    @Test
    void ignoreMayHaveAnyNumberThatIsFree() throws IOException {
        Files.writeString(folder.resolve("dataset.json"), "{\"labels\": {\"background\": 0, \"ignore\": 1, \"x\": 2}}");
        assertEquals("0 is background, 1 is ignored, 2 is x", decide(LabelRule.NONE, Declaration.read(folder), 0).toString());
    }

    @Test
    void colouredMasksAreReadByATable() throws IOException {
        for (String part : List.of("images", "masks")) Files.createDirectory(folder.resolve(part));
        NiftiBytes.write(folder.resolve("images/a.png"), PngBytes.of(3, 1, 8, PngBytes.GREY, false, 1, 2, 3));
        NiftiBytes.write(folder.resolve("masks/a.png"), PngBytes.of(3, 1, 8, PngBytes.RGB, false, 0, 0, 0, 255, 0, 0, 0, 128, 0));
        FormatException e = assertThrows(FormatException.class, () -> Dataset.open(folder).coding());
        assertTrue(e.getMessage().contains("is coloured") && e.getMessage().contains("--classes #000000:0,#ff0000:1"), e.getMessage());
        Files.writeString(folder.resolve("dataset.json"),
                "{\"labels\": {\"background\": \"#000000\", \"plate\": \"#ff0000\", \"artery\": \"#008000\"}}");
        Dataset dataset = Dataset.open(folder);
        assertEquals(List.of("background", "plate", "artery"), dataset.classNames());
        assertEquals("[0, 1, 2]", Arrays.toString(dataset.load(dataset.cases().getFirst()).label().classes()));
        Dataset said = Dataset.open(folder, Reading.PLAIN, said("#000000:0", "#ff0000:1", "#008000:ignore"));
        assertEquals("[0, 1, -1]", Arrays.toString(said.load(said.cases().getFirst()).label().classes()));
        Files.delete(folder.resolve("masks/a.png"));
        NiftiBytes.write(folder.resolve("masks/a.png"), PngBytes.of(3, 1, 8, PngBytes.GREY, false, 0, 0, 0));
        assertEquals("[0, 0, 0]", Arrays.toString(dataset.load(dataset.cases().getFirst()).label().classes()));
    }

    @Test
    void channelsAreGroupedIfTheyAreSome() {
        assertEquals("{a=[a_0000, a_0001], b=[b_0000, b_0001]}", group("a_0000", "a_0001", "b_0000", "b_0001"));
        assertEquals("{ISIC_0000001=[ISIC_0000001]}", group("ISIC_0000001"));
        assertEquals("{v_0001=[v_0001], v_0002=[v_0002]}", group("v_0001", "v_0002"));
        assertEquals("{a_0000=[a_0000], b=[b]}", group("a_0000", "b"));
        assertTrue(group(IntStream.range(0, 12).mapToObj("v_%04d"::formatted).toArray(String[]::new)).startsWith("{v_0000=[v_0000]"));
    }

    private static String group(String... names) {
        var files = new TreeMap<String, Path>();
        for (String name : names) files.put(name, Path.of(name));
        return Channels.group(files, Set.of()).toString();
    }

    @Test
    void namesWithDotsAndCapitalsAndJpegsAndWhatDoesNotCount() throws IOException {
        Geometry grid = Geometry.of(2, 1, 1, 1, 1, 1);
        for (String part : List.of("images", "masks")) Files.createDirectory(folder.resolve(part));
        Nifti.write(folder.resolve("images/x.nii.gz"), new Volume(grid, new float[]{1, 2}));
        Files.move(folder.resolve("images/x.nii.gz"), folder.resolve("images/1.2.840.NII.GZ"));
        Nifti.write(folder.resolve("masks/1.2.840_segmentation.nii"), new LabelVolume(grid, new byte[]{0, 1}));
        Nifti.write(folder.resolve("masks/p0.nii"), new LabelVolume(grid, new byte[]{0, 1}));
        Files.writeString(folder.resolve("images/p0.bmp"), "BM");
        Dataset dataset = Dataset.survey(folder);
        assertEquals(List.of("1.2.840"), dataset.cases().stream().map(Case::name).toList());
        assertEquals(1, dataset.load(dataset.cases().getFirst()).label().max());
        assertEquals("[p0: has no image: there is " + folder.resolve("images/p0.bmp") + ", which is none of the kinds that are read (",
                dataset.faults().toString().replaceFirst("\\(.*", "("));
    }
}
