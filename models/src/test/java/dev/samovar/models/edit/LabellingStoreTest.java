package dev.samovar.models.edit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.Nifti;
import dev.samovar.imaging.format.Png;
import dev.samovar.imaging.format.Volumes;
import dev.samovar.imaging.testkit.DicomFiles;
import dev.samovar.models.data.Reading;
import dev.samovar.models.mask.Mask;
import dev.samovar.models.mask.Rle;
import dev.samovar.models.sam.Prompt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The state that is stored while labels are made, and the files for other programs.
class LabellingStoreTest {
    private static final String ME = "me";

    @TempDir
    private Path folder;

    /// A volume whose axes run from right to left, from front to back, and downwards.
    private OpenedImage volume() {
        Geometry grid = Geometry.of(5, 4, 3, new double[][]{{-1, 0, 0, 4}, {0, -1, 0, 3}, {0, 0, -2, 4}});
        float[] voxels = new float[60];
        for (int i = 0; i < voxels.length; i++) voxels[i] = 10 * i;
        Path file = folder.resolve("scan.nii.gz");
        Nifti.write(file, new Volume(grid, voxels));
        return OpenedImage.open("scan", List.of(file), Reading.PLAIN);
    }

    private OpenedImage picture() {
        byte[] grey = new byte[48];
        for (int i = 0; i < grey.length; i++) grey[i] = (byte) (5 * i);
        Path file = folder.resolve("cells.png");
        Png.writeGrey(file, 6, 8, grey);
        return OpenedImage.open("cells", List.of(file), Reading.PLAIN);
    }

    private static Mask pixels(int height, int width, int... pixels) {
        boolean[] all = new boolean[height * width];
        for (int pixel : pixels) all[pixel] = true;
        return new Mask(height, width, all);
    }

    @Test
    void labelsComeBackAndLieOnTheGridOfTheFile() {
        OpenedImage image = volume();
        assertEquals("RAS", image.grid().orientation());
        LabellingStore store = new LabellingStore(folder.resolve("work"));
        assertNull(store.summary("scan"));
        Labelling labelling = store.load(image, List.of(new LabelledObject(3, "heart", 0xABCDEF)));
        labelling.brush(ME, 3, 2, 0, pixels(4, 5, 0, 7), false, true);
        assertEquals(1, store.save(image, labelling, null));
        Labelling again = new LabellingStore(folder.resolve("work")).load(image, List.of());
        assertArrayEquals(labelling.labels().classes(), again.labels().classes());
        assertEquals(List.of(new LabelledObject(3, "heart", 0xABCDEF)), again.objects());
        assertEquals(1, again.state(ME).revision());
        LabelVolume inFile = Volumes.readLabels(folder.resolve("work/labels/scan.nii.gz"));
        assertTrue(inFile.geometry().difference(Volumes.read(folder.resolve("scan.nii.gz")).geometry()).isEmpty());
        assertEquals(3, inFile.at(4, 3, 2), "the first voxel to the left, the back and below is the last of the file");
        assertEquals(3, inFile.at(2, 2, 2));
        var summary = store.summary("scan");
        assertNotNull(summary);
        assertEquals(2, summary.voxels());
    }

    /// Labels that another tool has put there.
    @Test
    void foreignLabelsLieWhereTheirHeaderSays() throws IOException {
        OpenedImage image = volume();
        Path file = Files.createDirectories(folder.resolve("labels")).resolve("scan.nii.gz");
        byte[] classes = new byte[60];
        classes[1] = 1;
        Nifti.write(file, new LabelVolume(Geometry.of(5, 4, 3, new double[][]{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 2, 0}}), classes));
        assertEquals(1, new LabellingStore(folder).load(image, List.of()).labels().at(1, 0, 0));
        Nifti.write(file, new LabelVolume(Geometry.of(5, 4, 3, new double[][]{{1, 0, 0, 3}, {0, 1, 0, 0}, {0, 0, 2, 0}}), classes));
        assertEquals(file + ": it and the image scan do not lie on the same grid, but have corners that lie 3.0 mm apart; move it away",
                assertThrows(FormatException.class, () -> new LabellingStore(folder).load(image, List.of())).getMessage());
    }

    /// The server is killed after it has written the labels and before it writes the rest: the labels count.
    @Test
    void aKilledServerLosesNothing() throws IOException {
        OpenedImage image = picture();
        LabellingStore store = new LabellingStore(folder);
        Labelling labelling = new Labelling(image.grid());
        store.save(image, labelling, null);
        byte[] before = Files.readAllBytes(folder.resolve("state/cells.json"));
        labelling.add(ME, "second", null);
        labelling.brush(ME, 2, 2, 0, pixels(6, 8, 9), false, true);
        store.save(image, labelling, null);
        Files.write(folder.resolve("state/cells.json"), before);
        Labelling again = store.load(image, List.of());
        assertEquals(2, again.slice(2, 0)[9]);
        assertEquals(List.of("object 1", "object 2"), again.objects().stream().map(LabelledObject::name).toList());
        Files.delete(folder.resolve("state/cells.json"));
        assertEquals(2, store.load(image, List.of()).slice(2, 0)[9]);
    }

    @Test
    void anOpenPromptGoesOn() {
        OpenedImage image = picture();
        LabellingStore store = new LabellingStore(folder);
        Labelling labelling = new Labelling(image.grid());
        labelling.add(ME, null, null);
        labelling.brush(ME, 2, 2, 0, pixels(6, 8, 3), false, true);
        Asked asked = new Asked(1, 2, 0, List.of(new Prompt.Point(2.5, 1, 1), new Prompt.Point(7, 5, 0)), new Prompt.Box(0, 1, 6, 4),
                List.of(new Asked.Answer(0.75, 3)), 0);
        labelling.prompt(ME, asked, pixels(6, 8, 2, 3, 4));
        store.save(image, labelling, null);
        Labelling again = store.load(image, List.of());
        assertEquals(asked, again.state(ME).open());
        again.prompt(ME, asked, pixels(6, 8, 20));
        byte[] slice = again.slice(2, 0);
        assertEquals(List.of(0, 2, 0, 1), List.of((int) slice[2], (int) slice[3], (int) slice[4], (int) slice[20]));
    }

    @Test
    void twoDoNotWriteOverEachOther() {
        OpenedImage image = picture();
        Labelling labelling = new Labelling(image.grid());
        labelling.change(ME, new LabelledObject(1, "cell", 0xFF0000));
        try (LabellingStore other = new LabellingStore(folder)) {
            try (LabellingStore one = new LabellingStore(folder)) {
                one.save(image, labelling, null);
                assertThrows(FormatException.class, () -> other.save(image, new Labelling(image.grid()), null));
            }
            other.save(image, labelling, null);
            assertEquals(List.of(new LabelledObject(1, "cell", 0xFF0000)), other.lastObjects());
        }
    }

    @Test
    void labelsOfAnotherImageAreRefused() {
        OpenedImage image = picture();
        LabellingStore store = new LabellingStore(folder);
        store.save(image, new Labelling(image.grid()), null);
        Png.writeGrey(folder.resolve("cells.png"), 2, 3, new byte[6]);
        OpenedImage other = OpenedImage.open("cells", List.of(folder.resolve("cells.png")), Reading.PLAIN);
        assertThrows(FormatException.class, () -> store.load(other, List.of()));
    }

    @Test
    void whatARunProposedIsComparedWithWhatWasMadeOfIt() {
        OpenedImage image = picture();
        LabellingStore store = new LabellingStore(folder);
        Labelling labelling = new Labelling(image.grid());
        labelling.brush(ME, 1, 2, 0, pixels(6, 8, 1, 2, 3), false, true);
        var proposal = new LabellingStore.Proposal("cnn-1", labelling.labels());
        store.propose(image, proposal);
        labelling.brush(ME, 1, 2, 0, pixels(6, 8, 3), true, true);
        labelling.brush(ME, 1, 2, 0, pixels(6, 8, 10), false, true);
        store.save(image, labelling, proposal);
        var summary = store.summary("cells");
        assertNotNull(summary);
        assertEquals("cnn-1", summary.run());
        assertEquals(2, summary.corrected());
        var again = store.proposed(image);
        assertNotNull(again);
        assertArrayEquals(proposal.labels().classes(), again.labels().classes());
    }

    @Test
    void otherProgramsGetTheirFiles() {
        OpenedImage image = picture();
        Labelling labelling = new Labelling(image.grid());
        labelling.change(ME, new LabelledObject(1, "cell", 0xFF0000));
        labelling.add(ME, "nothing", null);
        Mask mask = pixels(6, 8, 9, 10, 17, 18, 19);
        labelling.brush(ME, 1, 2, 0, mask, false, true);
        Path out = folder.resolve("saved");
        var all = Set.of(LabelFiles.Format.LABELS, LabelFiles.Format.PNG, LabelFiles.Format.COCO, LabelFiles.Format.GEOJSON,
                LabelFiles.Format.IMAGEJ);
        List<Path> files = LabelFiles.write(out, image, labelling.labels(), labelling.objects(), all, "test");
        assertEquals(5, files.size());
        assertArrayEquals(labelling.labels().classes(), Volumes.readLabels(out.resolve("cells.png")).classes());
        assertArrayEquals(labelling.labels().classes(), Volumes.readLabels(out.resolve("cells_mask_1.png")).classes());
        Json coco = Json.read(out.resolve("cells_coco.json")), annotation = coco.at("annotations").list().getFirst();
        assertEquals(mask, Rle.parse(6, 8, annotation.at("segmentation").at("counts").string()).mask());
        assertEquals("cell", coco.at("categories").list().getFirst().at("name").string());
        assertTrue(Json.read(out.resolve("cells.geojson")).toString().contains("cell"));
        assertThrows(FormatException.class,
                () -> LabelFiles.write(out, image, labelling.labels(), labelling.objects(), Set.of(LabelFiles.Format.DICOMSEG), "test"));
        OpenedImage volume = volume();
        assertThrows(FormatException.class,
                () -> LabelFiles.write(out, volume, new LabelVolume(volume.grid(), new byte[60]), List.of(), Set.of(LabelFiles.Format.COCO), "test"));
    }

    @Test
    void theMaskOfAnObjectThatIsGoneIsRemoved() {
        OpenedImage image = picture();
        Labelling labelling = new Labelling(image.grid());
        labelling.add(ME, "second", null);
        for (int object = 1; object <= 2; object++) labelling.brush(ME, object, 2, 0, pixels(6, 8, object), false, true);
        var png = Set.of(LabelFiles.Format.PNG);
        assertEquals(2, LabelFiles.write(folder, image, labelling.labels(), labelling.objects(), png, "test").size());
        labelling.remove(ME, 2);
        assertEquals(1, LabelFiles.write(folder, image, labelling.labels(), labelling.objects(), png, "test").size());
        assertTrue(Files.exists(folder.resolve("cells_mask_1.png")));
        assertFalse(Files.exists(folder.resolve("cells_mask_2.png")));
    }

    @Test
    void aDicomSeriesGetsASegmentationOfItsOwn() {
        Path series = DicomFiles.series(folder.resolve("study"), 1, 12, 10, 4, (i, j, k) -> 20 * i + j + 100 * k);
        OpenedImage image = OpenedImage.open("study", List.of(series), Reading.PLAIN);
        LabellingStore store = new LabellingStore(folder.resolve("work"));
        Labelling labelling = store.load(image, List.of(new LabelledObject(2, "Heart", 0xFF0000)));
        labelling.brush(ME, 2, 0, 3, pixels(4, 10, 11, 12, 25), false, true);
        store.save(image, labelling, null);
        assertArrayEquals(labelling.labels().classes(), store.load(image, List.of()).labels().classes());
        Path file = LabelFiles
                .write(folder.resolve("saved"), image, labelling.labels(), labelling.objects(), Set.of(LabelFiles.Format.DICOMSEG), "test")
                .getFirst();
        LabelVolume found = Volumes.readLabels(file);
        assertEquals(2, found.geometry().nz(), "only the slices with labels");
        int voxels = 0;
        for (byte label : found.classes()) if (label == 2) voxels++;
        assertEquals(3, voxels);
    }

    @Test
    void runsAreTheLabels() {
        byte[] labels = {0, 0, (byte) 200, 3, 3, 3};
        assertArrayEquals(new int[]{0, 2, 200, 1, 3, 3}, Runs.of(labels));
        assertArrayEquals(labels, Runs.values(Runs.of(labels), 6));
        assertArrayEquals(new int[]{1, 2, 4, 1}, Runs.of(new boolean[]{false, true, true, false, true}));
        for (int[] wrong : List.of(new int[]{0, 5}, new int[]{0, 7}, new int[]{0}, new int[]{-1, 6}, new int[]{0, -1, 0, 7}))
            assertThrows(FormatException.class, () -> Runs.values(wrong, 6));
    }
}
