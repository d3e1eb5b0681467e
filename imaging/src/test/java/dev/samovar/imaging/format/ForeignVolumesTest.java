package dev.samovar.imaging.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// One volume of 5 × 4 × 3 random numbers, rotated by 0.3 rad, written by nibabel 5.0 (`ct.nii`, `.mgh`, `.mgz`), ITK 5.4 (itk-wasm, `itk.*`) and teem 1.12 (the others).
class ForeignVolumesTest {
    private static final int[] FIRST = {1651, 1564, 1042, 990, 300, 1522};
    private static final double[] LAST = {8.645018, -28.61625, 12};

    @TempDir
    private Path folder;

    static Path file(String name) {
        try {
            return Path.of(Objects.requireNonNull(ForeignVolumesTest.class.getResource("volumes/" + name)).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static float[] expected() {
        return Nifti.read(file("ct.nii")).voxels();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ct.nii", "ct_i16.mgz", "itk.nrrd", "itk.mha", "itk_raw.mha", "itk.mhd", "unu_detached.nhdr"})
    void theSameNumbersLieAtTheSamePlaceInEveryFormat(String name) {
        Volume volume = Volumes.read(file(name));
        for (int i = 0; i < FIRST.length; i++) assertEquals(FIRST[i], volume.voxels()[i]);
        assertEquals(488, volume.at(4, 3, 2));
        assertArrayEquals(expected(), volume.voxels());
        assertArrayEquals(new double[]{12.5, -30.25, 7}, volume.geometry().world(0, 0, 0), 1e-5);
        assertArrayEquals(LAST, volume.geometry().world(4, 3, 2), 1e-5);
        assertTrue(volume.geometry().isPlaced());
        assertEquals(List.of(), volume.remarks());
    }

    @Test
    void floatsOfFreeSurferAreRead() {
        float[] quarters = Volumes.read(file("ct_f32.mgh")).voxels(), whole = expected();
        for (int i = 0; i < whole.length; i++) assertEquals(whole[i] / 4, quarters[i]);
    }

    @Test
    void aFileWithoutASpaceHasSpacingsAndNoPlace() {
        Volume volume = Volumes.read(file("unu.nrrd"));
        assertArrayEquals(expected(), volume.voxels());
        assertFalse(volume.geometry().isPlaced());
        assertEquals(0.9, volume.geometry().spacing(1), 1e-6);
    }

    @ParameterizedTest
    @CsvSource({"frames.nrrd,true", "two.mgz,true", "vector.nrrd,false"})
    void framesAndNumbersOfAVoxelAreChannels(String name, boolean isFrames) {
        Volume both = Volumes.readChannels(file(name), List.of(1, 0));
        float[] first = expected();
        for (int i = 0; i < first.length; i++) {
            assertEquals(first[i] + 1, both.voxels()[i]);
            assertEquals(first[i], both.voxels()[first.length + i]);
        }
        assertEquals(isFrames ? 2 : 1, Volumes.frames(file(name)));
        assertThrows(FormatException.class, () -> Volumes.readChannels(file(name), List.of(2)));
        if (isFrames) assertEquals(first[7] + 1, Volumes.read(file(name), 1).voxels()[7]);
        else assertEquals(2, Volumes.read(file(name)).channels());
    }

    /// Labels are written on the grid of their image, with the digits of the image's header.
    @ParameterizedTest
    @CsvSource({"itk.nrrd,.nrrd", "unu_detached.nhdr,.nrrd", "unu.nrrd,.nrrd", "itk_raw.mha,.mha", "itk.mhd,.mha", "ct_i16.mgz,.nii.gz",
        "ct.nii,.mha", "ct.nii,.nrrd", "itk.mha,.nii"})
    void labelsAreOnTheGridOfTheirImage(String name, String ending) throws IOException {
        Geometry grid = Volumes.read(file(name)).geometry();
        byte[] classes = new byte[60];
        for (int i = 0; i < 60; i++) classes[i] = (byte) (i % 7 * 40);
        Path written = folder.resolve("labels" + ending);
        Volumes.write(written, new LabelVolume(grid, classes));
        LabelVolume read = Volumes.readLabels(written);
        assertArrayEquals(classes, read.classes());
        assertEquals("", read.geometry().difference(grid).orElse(""));
        assertEquals(grid.isPlaced(), read.geometry().isPlaced());
        if (ending.equals(".nrrd") && name.startsWith("itk")) {
            String head = new String(Files.readAllBytes(written), StandardCharsets.ISO_8859_1);
            assertTrue(head.contains("space directions: (0.76426920230860618,0.23641617008160284,0)"), head);
        }
    }
}
