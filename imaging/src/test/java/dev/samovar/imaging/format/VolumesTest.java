package dev.samovar.imaging.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VolumesTest {
    private static final LabelVolume LABELS = new LabelVolume(Geometry.of(2, 1, 1, 1, 1, 1), new byte[]{0, 2});

    @TempDir
    private Path folder;

    @Test
    void aFileIsReadByWhatIsInIt() throws IOException {
        for (String name : List.of("a.png", "a.nii", "a.nii.gz")) {
            Volumes.write(folder.resolve(name), LABELS);
            assertEquals(LABELS, Volumes.readLabels(folder.resolve(name)));
        }
        assertEquals(3, Volumes.read(folder.resolve("a.png")).channels());
        assertEquals(2, Volumes.read(folder.resolve("a.nii")).at(1, 0, 0));
        Files.copy(folder.resolve("a.png"), folder.resolve("picture"));
        assertEquals(LABELS, Volumes.readLabels(folder.resolve("picture")));
        Files.copy(folder.resolve("a.nii"), folder.resolve("volume"));
        assertEquals(LABELS, Volumes.readLabels(folder.resolve("volume")));
        Files.copy(folder.resolve("a.nii"), folder.resolve("volume.png"));
        assertTrue(refusal(() -> Volumes.read(folder.resolve("volume.png"))).contains("volume.png: it is neither PNG, JPEG nor TIFF"));
        assertThrows(FormatException.class, () -> Volumes.write(folder.resolve("a.jpg"), LABELS));
    }

    @Test
    void aFolderIsListedByName() throws IOException {
        for (String name : List.of("b.nii.gz", "a.png", "c.PNG", "d.nii", ".e.png", "f.txt", "g.jpg"))
            Files.write(folder.resolve(name), new byte[1]);
        assertEquals("[a, b, c, d, g]", Volumes.list(folder).keySet().toString());
        assertEquals(folder.resolve("c.PNG"), Volumes.list(folder).get("c"));
        Files.write(folder.resolve("d.png"), new byte[1]);
        assertEquals(folder + ": d.nii and d.png have the same name", refusal(() -> Volumes.list(folder)));
        assertEquals(folder.resolve("absent") + ": there is no such folder", refusal(() -> Volumes.list(folder.resolve("absent"))));
    }

    @Test
    void labelsAreOfTheKindOfTheirImage() {
        assertEquals(folder.resolve("x.png"), Volumes.labels(folder, "x", Path.of("data/x_0000.PNG")));
        assertEquals(folder.resolve("x.nii.gz"), Volumes.labels(folder, "x", Path.of("data/x.nii")));
        assertEquals("a.b", Volumes.name(Path.of("data/a.b.nii.gz")));
        assertEquals("a", Volumes.name(Path.of("data/a.png")));
        assertEquals("a", Volumes.name(Path.of("data/a.TIF")));
        assertFalse(Volumes.isVolume("a.txt"));
        assertTrue(Volumes.isVolume(".nii.gz") && Volumes.isVolume(".png"));
    }

    /// Numbers between −0.1 and 0 are written as -0.0…, with a minus sign before the zeros.
    @ParameterizedTest
    @ValueSource(strings = {"a.nrrd", "a.mha", "a.nii.gz"})
    void labelsOfAGridThatIsTurnedALittleLieOnIt(String name) {
        double[][] turned = {{1, -0.05, 0.03, -0.07}, {0.05, 1, -0.02, 0.06}, {-0.03, 0.02, 2, -0.01}};
        LabelVolume labels = new LabelVolume(Geometry.of(20, 30, 10, turned), new byte[6000]);
        Volumes.write(folder.resolve(name), labels);
        Geometry read = Volumes.readLabels(folder.resolve(name)).geometry();
        for (int r = 0; r < 3; r++) for (int c = 0; c < 4; c++) assertEquals(turned[r][c], read.affine(r, c), 1e-6, r + ", " + c);
    }

    private static String refusal(Runnable reading) {
        return assertThrows(FormatException.class, reading::run).getMessage();
    }
}
