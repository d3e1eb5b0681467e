package dev.samovar.cli;

import static dev.samovar.cli.Cli.TINY;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.Json;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.Nifti;
import dev.samovar.imaging.format.PictureFile;
import dev.samovar.imaging.format.Png;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataCommandTest {
    private static final Geometry GRID = Geometry.of(4, 4, 3, 1, 1, 8);

    @TempDir
    private Path folder;

    @Test
    void phantomsAreDrawnVerifiedAndSplit() throws IOException {
        Path data = folder.resolve("hearts/of nobody"), split = folder.resolve("folds.json");
        Cli phantom = Cli.run("data", "phantom", "--out", data, "--patients", 3, "--seed", 4);
        assertEquals(0, phantom.exit(), phantom.err());
        assertEquals(data + ": 6 volumes of 3 patients\n", phantom.out());
        assertEquals(2, Cli.run("data", "phantom", "--out", data).exit(), "the folder is not empty now");
        Cli verify = Cli.run("data", "verify", data);
        assertEquals(0, verify.exit(), verify.err());
        for (String words : new String[]{"layout        ACDC", "cases         6, of 3 patients", "3 LV: ", " voxels in 6 cases", "LPI: 6",
            "faults        none"})
            assertTrue(verify.out().contains(words), verify.out());
        Cli folds = Cli.run("data", "split", data, "--out", split, "--folds", 3, "--labelled", 1);
        assertEquals(0, folds.exit(), folds.err());
        assertTrue(folds.out().startsWith("fold 0  1 patient (2 cases) to train on, 1 patient (2 cases) to validate on, 1 patient (2 cases)"),
                folds.out());
        assertEquals(3, Json.read(split).list().size());
        assertEquals("", folds.err());
    }

    @Test
    void verifyNamesEveryFaultAndGoesOn() throws IOException {
        Path data = decathlon(5);
        Files.delete(data.resolve("labelsTr/case0.nii.gz"));
        Files.writeString(data.resolve("imagesTr/case1.nii.gz"), "no volume");
        Files.copy(data.resolve("imagesTr/case2.nii.gz"), data.resolve("imagesTr/case9.nii.gz"));
        Files.copy(data.resolve("labelsTr/case2.nii.gz"), data.resolve("labelsTr/case9.nii.gz"));
        Cli cli = Cli.run("data", "verify", data);
        assertEquals(2, cli.exit());
        List<String> lines = cli.out().lines().toList();
        assertTrue(lines.get(0).startsWith("case1: " + data.resolve("imagesTr/case1.nii.gz") + ": it"), cli.out());
        assertEquals("case9: the image is that of case2, too, and so of two patients, case2 and case9", lines.get(1));
        assertTrue(cli.out().contains("1 images without a label: case0\n"), cli.out());
        assertTrue(lines.get(2).startsWith("layout "), cli.out());
        assertEquals("samovar: " + data + ": there are 2 faults in its 5 cases; fix them, or remove these cases\n", cli.err());

        Cli asJson = Cli.run("data", "verify", data, "--json");
        assertEquals(2, asJson.exit());
        Json json = Json.parse(asJson.out(), "verify");
        assertEquals(List.of(5, 2), List.of(json.at("cases").integer(), json.at("faults").list().size()));
        assertEquals("case9", json.at("faults").list().getLast().at("about").string());
        assertEquals(5, json.at("grids").at("4 × 4 × 3").integer());
        assertEquals(5, json.at("classes").list().get(1).at("cases").integer());
    }

    @Test
    void theSameSeedGivesTheSameSplitAndNoneIsReplacedUnlessTold() throws IOException {
        Path data = decathlon(20), one = folder.resolve("one.json"), two = folder.resolve("two.json");
        Cli cli = Cli.run("data", "split", data, "--out", one, "--seed", 5);
        assertEquals("split  14 patients to train on, 3 patients to validate on, 3 patients to test\n", cli.out());
        assertEquals("each case counts as a patient of its own\n", cli.err());
        assertEquals(0, Cli.run("data", "split", data, "--out", two, "--seed", 5, "--quiet").exit());
        assertEquals(Files.readString(one), Files.readString(two));
        assertEquals(2, Cli.run("data", "split", data, "--out", two, "--seed", 6).exit());
        assertEquals(Files.readString(one), Files.readString(two));
        assertEquals(0, Cli.run("data", "split", data, "--out", two, "--seed", 6, "--labelled", 2, "--overwrite").exit());
        assertEquals(2, Json.read(two).at("train").list().size());
        assertEquals(0, Cli.run("data", "split", data, "--out", two, "--paper", "--overwrite").exit());
        Set<Json> tests = new HashSet<>();
        for (Json fold : Json.read(two).list()) tests.add(fold.at("test"));
        assertEquals(5, tests.size());
        assertEquals(2, Cli.run("data", "split", data, "--out", folder.resolve("x"), "--folds", 21).exit());
        assertEquals(2, Cli.run("data", "split", data, "--out", folder.resolve("x"), "--labelled", 15).exit());
        assertFalse(Files.exists(folder.resolve("x")));
    }

    @Test
    void aHeadIsTrainedOnAFoldOfPicturesAndItsLabelsArePictures() throws IOException {
        Path data = folder.resolve("cells"), split = folder.resolve("folds.json"), run = folder.resolve("run"), labels = folder.resolve("out");
        for (int n = 0; n < 3; n++) {
            picture(data.resolve("images/p" + n + "/a.png"), n, BufferedImage.TYPE_INT_RGB);
            picture(data.resolve("masks/p" + n + "/a_mask.png"), n, BufferedImage.TYPE_BYTE_GRAY);
        }
        assertEquals(0, Cli.run("data", "verify", data).exit());
        assertEquals(0, Cli.run("data", "split", data, "--out", split, "--folds", 3).exit());
        Object[] train = {"train", "--data", data, "--weights", TINY, "--head", "linear", "--epochs", 1, "--side", 16, "--augment",
            "none", "--out", run, "--split", split, "--folds", 1};
        Cli undecided = Cli.run(List.of(train).subList(0, train.length - 2).toArray());
        assertTrue(undecided.err().contains(split + ": it has 3 folds; say --folds 0"), undecided.err());
        Cli trained = Cli.run(train);
        assertEquals(0, trained.exit(), trained.err());
        assertEquals(Json.read(split).list().get(1).at("test"), Json.read(run.resolve("run.json")).at("split").at("test"));
        Cli predicted = Cli.run("predict", "--run", run, "--output", labels);
        assertEquals(0, predicted.exit(), predicted.err());
        String name = Json.read(run.resolve("run.json")).at("split").at("test").strings().getFirst();
        assertTrue(name.matches("p\\d_a"), name);
        assertEquals(labels.resolve(name + ".png") + "\n", predicted.out());
        assertEquals("12 × 10 × 1", PictureFile.labels(labels.resolve(name + ".png")).geometry().size());
        Cli evaluated = Cli.run("evaluate", "--pred", labels, "--truth", data);
        assertTrue(evaluated.exit() == 0 && evaluated.out().contains(name), evaluated.toString());

        Path several = folder.resolve("several");
        List<Object> both = new ArrayList<>(List.of(train).subList(0, train.length - 1));
        both.addAll(List.of("0,2"));
        both.set(both.indexOf(run), several);
        assertEquals(0, Cli.run(both.toArray()).exit());
        String one = several + ": is no run, because it has no run.json; its folders hold runs: give one of them, as "
                + several.resolve("fold-0-seed-1");
        assertTrue(Cli.run("info", several).err().contains(one), Cli.run("info", several).err());
        assertTrue(Cli.run("predict", "--run", several, "--output", folder.resolve("none")).err().contains(one));
    }

    private static void picture(Path file, int n, int type) throws IOException {
        BufferedImage picture = new BufferedImage(12, 10, type);
        for (int i = 0; i < 120; i++) if (i % 12 > 2 + n && i / 12 > 3) picture.setRGB(i % 12, i / 12, 0xFFFFFF);
        ImageIO.write(picture, "png", Files.createDirectories(file.getParent()).resolve(String.valueOf(file.getFileName())).toFile());
    }

    private Path decathlon(int cases) throws IOException {
        Path data = folder.resolve("data"), images = Files.createDirectories(data.resolve("imagesTr"));
        Path labels = Files.createDirectories(data.resolve("labelsTr"));
        for (int n = 0; n < cases; n++) {
            float[] voxels = new float[GRID.voxels()];
            byte[] classes = new byte[voxels.length];
            for (int i = 0; i < voxels.length; i++) voxels[i] = i % (n + 2);
            classes[n] = 1;
            Nifti.write(images.resolve("case" + n + ".nii.gz"), new Volume(GRID, voxels));
            Nifti.write(labels.resolve("case" + n + ".nii.gz"), new LabelVolume(GRID, classes));
        }
        return data;
    }
}
