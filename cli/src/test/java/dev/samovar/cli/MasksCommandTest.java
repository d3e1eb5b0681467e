package dev.samovar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.Json;
import dev.samovar.core.testkit.Golden;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.Nifti;
import dev.samovar.imaging.format.Volumes;
import dev.samovar.models.mask.Mask;
import dev.samovar.models.mask.Rle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MasksCommandTest {
    private static final Path WEIGHTS = Golden.path("sam-tiny/sam-tiny-trained.safetensors"), PICTURE = Golden.path("sam-tiny/picture.png");

    @TempDir
    private Path folder;

    private Cli masks(Path image, Object... options) {
        return Cli.run(Stream.concat(Stream.of("masks", "--weights", WEIGHTS, "--image", image, "--out", folder.resolve("out")), Stream.of(options))
                .toArray());
    }

    @Test
    void everythingInAPictureIsWrittenAsTheReferencesScriptDoes() throws IOException {
        Json golden = Json.read(Golden.path("sam-tiny/automatic.json")).at("strict");
        Cli cli = masks(PICTURE, "--points-per-side", 8, "--pred-iou-thresh", 0.3, "--stability-score-thresh", 0.3,
                "--stability-score-offset", 0.3,
                "--box-nms-thresh", 0.5);
        assertEquals(0, cli.exit(), cli.err());
        List<Json> expected = golden.at("records").list(), found = Json.read(folder.resolve("out/masks.json")).list();
        assertEquals(expected.size(), found.size());
        List<String> rows = Files.readAllLines(folder.resolve("out/metadata.csv"));
        assertEquals(expected.size() + 1, rows.size());
        assertTrue(rows.getFirst().startsWith("id,area,bbox_x0"), rows.getFirst());
        for (int i = 0; i < found.size(); i++) {
            Json runs = found.get(i).at("segmentation");
            Mask mask = Rle.parse(178, 267, runs.at("counts").string()).mask();
            byte[] png = Volumes.readLabels(folder.resolve("out/" + i + ".png")).classes();
            assertEquals(Mask.of(1, 178, 267, png), mask, "mask " + i);
            assertEquals(expected.get(i).at("area").integer(), mask.area(), 2, "mask " + i);
            assertTrue(rows.get(i + 1).startsWith(i + "," + mask.area() + ","), rows.get(i + 1));
        }
        assertEquals(267, ImageIO.read(folder.resolve("out/overlay.png").toFile()).getWidth());
        assertTrue(cli.err().contains(found.size() + " mask"), cli.err());
    }

    @Test
    void aSliceOfAVolumeIsAPictureToo() throws IOException {
        float[] voxels = new float[40 * 30 * 4];
        for (int i = 0; i < voxels.length; i++) voxels[i] = Math.hypot(i % 40 - 15, i / 40 % 30 - 14) < 8 ? 900 : 100;
        Path volume = folder.resolve("volume.nii.gz");
        Nifti.write(volume, new Volume(Geometry.of(40, 30, 4, 1, 1, 5), voxels));
        Cli cli = masks(volume, "--slice", 2, "--points-per-side", 4, "--pred-iou-thresh", 0.1, "--stability-score-thresh", 0.1);
        assertEquals(0, cli.exit(), cli.err());
        assertEquals(40, ImageIO.read(folder.resolve("out/overlay.png").toFile()).getWidth());
        Cli whole = Cli.run("masks", "--weights", WEIGHTS, "--image", volume, "--out", folder.resolve("whole"));
        assertEquals(2, whole.exit());
        assertTrue(whole.err().contains("say with --slice which slice of it"), whole.err());
    }

    @Test
    void whereNothingIsGoodEnoughThatIsSaid() {
        Cli cli = masks(PICTURE, "--points-per-side", 2, "--pred-iou-thresh", 5);
        assertEquals(0, cli.exit(), cli.err());
        assertTrue(cli.err().contains("lower --pred-iou-thresh"), cli.err());
        assertTrue(Files.exists(folder.resolve("out/metadata.csv")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --points-per-side 0          | samovar: --points-per-side 0: it must be from 1 to 500
            --crop-n-layers 9            | --crop-n-layers 9: it must be from 0 to 6
            --pred-iou-thresh high       | high
            --points-per-side 3 --crop-n-layers 2 --crop-n-points-downscale-factor 2 | --crop-n-points-downscale-factor 2 leaves none in layer 2: take more --points-per-side or fewer --crop-n-layers
            --min-mask-region-area -1    | --min-mask-region-area -1: it must be 0 or more
            """)
    void settingsThatMakeNoSenseAreToldInASentence(String options, String sentence) {
        Cli cli = masks(PICTURE, (Object[]) options.split(" "));
        assertEquals(2, cli.exit(), cli.err());
        assertTrue(cli.err().contains(sentence), cli.err());
        assertFalse(Files.exists(folder.resolve("out")));
    }

    @Test
    void aFolderWithSomethingInItIsLeftAlone() throws IOException {
        Files.createDirectories(folder.resolve("out"));
        Files.writeString(folder.resolve("out/precious.txt"), "mine");
        Cli cli = masks(PICTURE, "--points-per-side", 2);
        assertEquals(2, cli.exit());
        assertTrue(cli.err().contains("there is something in this folder already"), cli.err());
        assertEquals("mine", Files.readString(folder.resolve("out/precious.txt")));
    }
}
