package dev.samovar.models.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.tensor.Watch;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.Nifti;
import dev.samovar.imaging.testkit.NiftiBytes;
import dev.samovar.imaging.testkit.PngBytes;
import dev.samovar.models.data.Inspection.Content;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A dataset of five hearts, into which the tests put every kind of fault.
class InspectionTest {
    private static final Geometry GRID = Geometry.of(2, 2, 2, 1, 1, 8);

    @TempDir
    private Path folder;

    private final List<String> seen = new ArrayList<>();

    @BeforeEach
    void fiveHearts() throws IOException {
        for (int patient = 1; patient <= 5; patient++) for (int frame = 1; frame <= 2; frame++) {
            Files.createDirectories(file(patient, frame, "").getParent());
            Nifti.write(file(patient, frame, ""), new Volume(GRID, new float[]{patient, frame, 3, 4, 5, 6, 7, 8}));
            Nifti.write(file(patient, frame, "_gt"), new LabelVolume(GRID, new byte[]{0, 0, 1, 2, 3, 3, 3, 0}));
        }
    }

    private Path file(int patient, int frame, String kind) {
        return folder.resolve("patient00" + patient + "/patient00" + patient + "_frame0" + frame + kind + ".nii.gz");
    }

    private Inspection inspect() {
        return Inspection.of(Dataset.survey(folder), one -> seen.add(one.name()));
    }

    @Test
    void itCanBeCancelled() {
        Watch watch = new Watch((_, done, _) -> seen.add("after " + done));
        watch.run(this::inspect);
        assertEquals("after 0", seen.getFirst());
        watch.cancel();
        assertEquals("cases: cancelled after 0 of 10", assertThrows(CancellationException.class, () -> watch.run(this::inspect)).getMessage());
    }

    @Test
    void aSoundDatasetIsCounted() {
        Inspection inspection = inspect();
        assertEquals(List.of(), inspection.faults());
        assertEquals(List.of(), inspection.remarks());
        assertEquals(List.of(10, 5), List.of(inspection.cases(), inspection.patients()));
        assertEquals(List.of(new Content("background", 30, 10), new Content("RV", 10, 10), new Content("Myo", 10, 10), new Content("LV", 30,
                10)), inspection.classes());
        assertEquals(Map.of("2 × 2 × 2", 10), inspection.grids());
        assertEquals(Map.of("1.0 × 1.0 × 8.0 mm", 10), inspection.spacings());
        assertEquals(Map.of("RAS", 10), inspection.orientations());
        assertEquals(10, seen.size());
    }

    @Test
    void everyFaultIsFoundAndNoneEndsTheInspection() throws IOException {
        Files.delete(file(1, 1, "_gt"));
        Files.delete(file(1, 2, ""));
        NiftiBytes.write(file(2, 1, ""), new byte[400]);
        NiftiBytes.write(file(2, 1, "_gt"), new byte[3]);
        Nifti.write(file(3, 1, "_gt"), new LabelVolume(Geometry.of(2, 2, 1, 1, 1, 8), new byte[]{0, 1, 2, 4}));
        Nifti.write(file(3, 2, ""), new Volume(GRID, new float[]{7, 7, 7, 7, 7, 7, 7, 7}));
        Files.copy(file(4, 1, ""), Files.createDirectories(folder.resolve("patient006")).resolve("patient006_frame01.nii.gz"));
        Files.copy(file(4, 1, "_gt"), folder.resolve("patient006/patient006_frame01_gt.nii.gz"));
        Inspection inspection = inspect();
        List<String> faults = inspection.faults().stream().map(Fault::toString).toList();
        assertEquals(7, faults.size(), faults.toString());
        assertEquals("patient001_frame02: has no image", faults.getFirst());
        assertEquals(List.of("patient001_frame01"), inspection.unlabelled());
        assertTrue(faults.get(1).startsWith("patient002_frame01: " + file(2, 1, "") + ": it"), faults.get(1));
        assertTrue(faults.get(2).startsWith("patient002_frame01: " + file(2, 1, "_gt") + ": it"), faults.get(2));
        assertEquals(List.of("patient003_frame01: image and label do not lie on the same grid, but have 2 × 2 × 2 voxels against 2 × 2 × 1",
                "patient003_frame01: the label holds 4, which means nothing here (0 is background, 1 is RV, 2 is Myo, 3 is LV); say what it "
                        + "means with --classes, or that it does not count with --ignore-label 4",
                "patient003_frame02: the image is constant: every voxel is 7.0",
                "patient006_frame01: the image is that of patient004_frame01, too, and so of two patients, patient004 and patient006"),
                faults.subList(3, 7));
        assertEquals(List.of(10, 5), List.of(inspection.cases(), inspection.patients()));
        assertEquals(List.of("patient002_frame01", "patient002_frame02"), seen.subList(0, 2));
    }

    @Test
    void whatNeedNotBeWrongIsRemarked() throws IOException {
        for (int patient = 1; patient <= 5; patient++)
            for (int frame = 1; frame <= 2; frame++)
                Nifti.write(file(patient, frame, "_gt"), new LabelVolume(GRID, new byte[]{0, 0, 0, 2, 2, 2, 2, 2}));
        Nifti.write(file(1, 1, "_gt"), new LabelVolume(GRID, new byte[8]));
        Nifti.write(file(2, 1, ""), new Volume(GRID, new float[]{2, 2, 3, 4, 5, 6, 7, 8}));
        Inspection inspection = inspect();
        assertEquals(List.of(), inspection.faults());
        assertEquals(List.of("patient001_frame01: the label is empty",
                "patient002_frame02: the image is that of patient002_frame01, too", "classes: no label has a voxel of RV, LV"),
                inspection.remarks().stream().map(Fault::toString).toList());
        NiftiBytes.write(file(5, 1, "_gt"), new byte[3]);                          // it may have them
        assertTrue(inspect().remarks().stream().noneMatch(remark -> remark.about().equals("classes")));
    }

    @Test
    void farMoreClassesThanOccurAreAFaultThatSaysWhatToDo() throws IOException {
        Path pairs = Files.createDirectories(folder.resolve("pairs"));
        for (String part : List.of("images", "masks"))
            NiftiBytes.write(Files.createDirectory(pairs.resolve(part)).resolve("a.png"), PngBytes.of(3, 1, 8, PngBytes.GREY, false, 0, 85, 170));
        Inspection inspection = Inspection.of(Dataset.survey(pairs), one -> {});
        assertEquals("[labels: " + pairs
                + ": its labels hold 3 different numbers up to 170, which would be 171 classes: say what they mean, as "
                + "with --classes 0,85:1,170:2]", inspection.faults().toString());
        assertEquals(List.of("number 0", "number 85", "number 170"), inspection.classes().stream().map(Content::name).toList());
    }
}
