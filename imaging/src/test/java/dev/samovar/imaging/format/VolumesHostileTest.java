package dev.samovar.imaging.format;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.testkit.Mutants;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Broken and malicious NRRD, MetaImage and MGH files: one sentence each, quickly, and in memory proportional to the file.
@Tag("hostile")
class VolumesHostileTest {
    private static final long SEED = 20261129;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"itk.nrrd", "unu.nrrd", "frames.nrrd", "vector.nrrd", "itk.mha", "itk_raw.mha", "ct_i16.mgz", "ct_f32.mgh",
        "two.mgz"})
    void mutantsAreReadOrRefused(String name) throws IOException {
        byte[] good = Files.readAllBytes(ForeignVolumesTest.file(name));
        Path file = folder.resolve(name);
        int refused = Mutants.survive(Mutants.of(good, SEED, Mutants.COUNT), bytes -> use(put(file, bytes)));
        assertTrue(refused > Mutants.COUNT / 10 && refused < Mutants.COUNT, refused + " refused");
    }

    /// Headers whose voxels are in another file.
    @ParameterizedTest
    @CsvSource({"unu_detached.nhdr,unu_detached.raw", "itk.mhd,itk.zraw"})
    void mutantsOfHeadersAreReadOrRefused(String name, String beside) throws IOException {
        Files.copy(ForeignVolumesTest.file(beside), folder.resolve(beside));
        byte[] good = Files.readAllBytes(ForeignVolumesTest.file(name));
        Path file = folder.resolve(name);
        int refused = Mutants.survive(Mutants.of(good, SEED, Mutants.COUNT), bytes -> use(put(file, bytes)));
        assertTrue(refused > Mutants.COUNT / 10 && refused < Mutants.COUNT, refused + " refused");
    }

    private static Path put(Path file, byte[] bytes) {
        try {
            return Files.write(file, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Uses what was read. If it is small, labels can be written on its grid.
    private void use(Path file) {
        int frames = Volumes.frames(file);
        Volume volume = frames > 1 ? Volumes.read(file, frames - 1) : Volumes.read(file);
        for (float number : volume.voxels()) assertTrue(Float.isFinite(number));
        Geometry grid = volume.geometry();
        if (grid.voxels() > 1000) return;
        for (String ending : new String[]{".nrrd", ".mha"}) {
            Path labels = folder.resolve("labels" + ending);
            Volumes.write(labels, new LabelVolume(grid, new byte[grid.voxels()]));
            grid.difference(Volumes.readLabels(labels).geometry()).ifPresent(difference -> {
                throw new AssertionError(ending + ": " + difference);
            });
        }
    }

    @Test
    void aHeaderThatClaimsMuchOrPointsElsewhereIsOneSentence() throws IOException {
        String nrrd = "NRRD0004\ntype: short\ndimension: 3\nsizes: 5 4 3\nendian: little\nencoding: gzip\n";
        String mha = "ObjectType = Image\nNDims = 3\nDimSize = 5 4 3\nElementType = MET_SHORT\n";
        refused("a.nrrd", nrrd.replace("5 4 3", "100000 100000 100000") + "\n", "voxels");
        refused("a.nrrd", nrrd.replace("5 4 3", "1000 1000 1000") + "\nxxxx", "gzip");
        refused("a.nrrd", nrrd.replace("5 4 3", "1e9 1 1") + "\n", "it ends too early");
        refused("a.nrrd", nrrd + "data file: ../../etc/passwd\n", "only a single file beside it is read");
        refused("a.nrrd", nrrd + "data file: x%03d.raw 1 3 1\n", "only a single file beside it is read");
        refused("a.nrrd", nrrd.replace("gzip", "bzip2") + "\n", "only raw and gzip are read");
        refused("a.nrrd", nrrd, "its header does not end");
        refused("a.nrrd", nrrd.replace("sizes: 5 4 3\n", "") + "\n", "its header has no field \"sizes\"");
        refused("a.nrrd", nrrd + "space directions: (0,0,0) (0,1,0) (0,0,1)\n\n", "is not one of voxels in millimetres");
        refused("a.mha", mha + "ElementDataFile = /etc/passwd\n", "only a single file beside it is read");
        refused("a.mha", mha + "ElementDataFile = LIST\n", "only a single one is read: save it as .mha");
        refused("a.nrrd", nrrd + "data file: LIST\na.raw\nb.raw\n", "only a single one is read: save it as one by unu save");
        refused("a.mha", mha + "CompressedData = True\nElementDataFile = LOCAL\nxxxx", "damaged");
        refused("a.mha", mha + "ElementDataFile = LOCAL\nxxxx", "it ends too early");
        refused("a.mha", mha.replace("5 4 3", "5 4 -3") + "ElementDataFile = LOCAL\n", "which makes no sense");
        refused("a.mha", mha, "its header has no field \"ElementDataFile\"");
    }

    private void refused(String name, String content, String says) throws IOException {
        Path file = Files.write(folder.resolve(name), content.getBytes(StandardCharsets.ISO_8859_1));
        FormatException e = assertThrows(FormatException.class, () -> Volumes.read(file), content);
        assertTrue(e.getMessage().startsWith(file + ": ") && e.getMessage().contains(says) && e.getMessage().lines().count() == 1, e.getMessage());
    }
}
