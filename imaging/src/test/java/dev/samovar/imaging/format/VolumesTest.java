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

    private static String refusal(Runnable reading) {
        return assertThrows(FormatException.class, reading::run).getMessage();
    }
}
