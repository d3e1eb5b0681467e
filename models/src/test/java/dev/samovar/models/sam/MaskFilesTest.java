package dev.samovar.models.sam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.PictureFile;
import dev.samovar.models.mask.Box;
import dev.samovar.models.mask.Mask;
import dev.samovar.models.mask.Rle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Compares with the files that the reference's own functions write for the masks of the fifth golden case.
class MaskFilesTest {
    private static final List<MaskRecord> MASKS = new AutomaticMaskGenerator(new MockClicks(),
            MockClicks.settings(MockClicks.golden().at("mock").at("cases").list().get(4).at("params"))).generate(MockClicks.picture());

    @TempDir
    private Path folder;

    @Test
    void theTableEqualsTheReferencesToTheLetter() {
        assertEquals(MockClicks.text("automatic-metadata.csv"), MaskFiles.metadata(MASKS));
    }

    @Test
    void theJsonEqualsTheReferences() {
        assertEquals(Json.parse(MockClicks.text("automatic-masks.json"), "automatic-masks.json"), MaskFiles.json(MASKS));
        assertEquals("[]", MaskFiles.json(List.of()).toString());
    }

    @Test
    void masksAreWhiteOnBlack() throws IOException {
        Path to = folder.resolve("new/masks");
        MaskFiles.write(to, MASKS);
        try (Stream<Path> files = Files.list(to)) {
            assertEquals(MASKS.size() + 1, files.count());
        }
        assertEquals(MaskFiles.metadata(MASKS), Files.readString(to.resolve("metadata.csv")));
        for (int i = 0; i < MASKS.size(); i++) {
            Volume read = PictureFile.volume(to.resolve(i + ".png"));
            Mask mask = MASKS.get(i).segmentation().mask();
            assertEquals("240 × 200", read.geometry().nx() + " × " + read.geometry().ny());
            for (int k = 0; k < mask.pixels().length; k++) assertEquals(mask.pixels()[k] ? 255 : 0, read.voxels()[k]);
        }
    }

    @Test
    void aFolderWithSomethingInItIsLeftAlone() throws IOException {
        Files.writeString(folder.resolve("7.png"), "of old");
        String says = assertThrows(FormatException.class, () -> MaskFiles.write(folder, MASKS)).getMessage();
        assertTrue(says.startsWith(folder + ": the folder for the masks is not empty"), says);
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(1, files.count());
        }
    }

    @Test
    void aScoreThatIsNoNumberIsTold() {
        MaskRecord empty = new MaskRecord(new Rle(2, 2, 4), new Box(0, 0, 0, 0), 0.5f, Float.NaN, new Prompt.Point(1, 1e-5, 1), new Crop(0,
                0, 2,
                2, 0));
        assertEquals("0,0,0,0,0,0,1.0,1e-05,0.5,nan,0,0,2,2", MaskFiles.metadata(List.of(empty)).lines().toList().getLast());
        assertTrue(MaskFiles.json(List.of(empty)).list().getFirst().at("stability_score").isNull());
    }

    /// Like `repr` in Python 3.11.
    @ParameterizedTest
    @CsvSource({"0,0.0", "-0.0,-0.0", "1,1.0", "-12.5,-12.5", "0.1,0.1", "123456789,123456789.0", "1.5e15,1500000000000000.0", "1e16,1e+16",
        "1.25e22,1.25e+22", "1e100,1e+100", "0.0001,0.0001", "0.00012345,0.00012345", "0.00001,1e-05", "-1.5e-7,-1.5e-07",
        "1.5e-300,1.5e-300",
        "9999999999999998,9999999999999998.0", "0.30000000000000004,0.30000000000000004", "NaN,nan", "-Infinity,-inf"})
    void numbersAreWrittenAsPythonWritesThem(double x, String python) {
        assertEquals(python, MaskFiles.python(x));
    }
}
