package dev.samovar.cli;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.samovar.core.io.Json;
import dev.samovar.core.testkit.Golden;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.Nifti;
import dev.samovar.imaging.format.Volumes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Real-world volumes, through every verb that reads one: NaN outside the brain, scaled labels, grids that agree only approximately, and formats other than NIfTI.
class VolumeVerbsTest {
    private static final Path CASES = Path.of(System.getProperty("samovar.shared", "../shared"), "cases");
    private static final Path SAM = Golden.path("sam-tiny/sam-tiny-trained.safetensors");
    private static final String PLACE = "one of the two files does not say where its voxels lie: it is taken to lie where the other does";
    private static final String UNIT = "one of the two files does not say its unit of length: it is taken to be the other's";

    @TempDir
    private Path folder;

    private static Cli run(int exit, Object... args) {
        Cli cli = Cli.run(args);
        assertEquals(exit, cli.exit(), cli.toString());
        return cli;
    }

    private static Path shared(String name) {
        assumeTrue(Files.isDirectory(CASES), "the cases are not here: set their folder with -Dsamovar.shared");
        return CASES.resolve(name);
    }

    private Cli train(Path data, Object... more) throws IOException {
        Path split = folder.resolve("split.json");
        run(0, "data", "split", data, "--out", split, "--overwrite");
        return run(0, Stream.concat(Stream.of("train", "--data", data, "--weights", Cli.TINY, "--head", "linear", "--epochs", 1, "--side",
                16,
                "--augment", "none", "--split", split, "--out", folder.resolve("run")), Stream.of(more)).toArray());
    }

    private Cli segment(Path image, Object... more) {
        return run(0,
                Stream.concat(Stream.of("segment", "--weights", SAM, "--image", image, "--out", folder.resolve("out")), Stream.of(more)).toArray());
    }

    private static int times(String text, String part) {
        return (text.length() - text.replace(part, "").length()) / part.length();
    }

    /// Images and labels that the tools that wrote them regard as aligned.
    /// As of a tomograph with a tilted gantry.
    @Test
    void distancesInAShearedVolumeAreMeasuredAsIfItWereStraightAndThatIsSaid() throws IOException {
        Path labels = Files.createDirectory(folder.resolve("labels"));
        for (double tilt : new double[]{0.5, 12})
            Volumes.write(labels.resolve("tilt" + (int) tilt + ".nii.gz"), new LabelVolume(Geometry.of(4, 4, 2, new double[][]{{1, 0, 0, 0}, {0, 1,
                5 * Math.tan(Math.toRadians(tilt)), 0}, {0, 0, 5, 0}}), new byte[32]));
        String says = "tilt12: the axes of its voxels are 12.0° from right angles: distances are measured as if they were not";
        Cli inMillimetres = run(0, "evaluate", "--pred", labels, "--truth", labels),
                inPixels = run(0, "evaluate", "--pred", labels, "--truth", labels,
                        "--convention", "paper");
        assertEquals(List.of(1, 0), List.of(times(inMillimetres.err(), says), times(inPixels.err(), says)));
        assertEquals(1, times(inMillimetres.err(), "from right angles"));
    }

    @ParameterizedTest
    @CsvSource({"nocodes_recipe,3,place", "micron_recipe,3,unit", "q_ne_s,3,none", "quat_pair,2,none"})
    void pairsThatAgreeForTheirToolsAgreeForEveryVerb(String name, int cases, String trust) throws IOException {
        Path data = shared("datasets/" + name);
        String remark = trust.equals("place") ? PLACE : UNIT;
        Cli verify = run(0, "data", "verify", data);
        assertTrue(verify.out().contains("faults        none"), verify.out());
        assertEquals(trust.equals("none") ? 0 : cases, times(verify.out(), remark), verify.out());
        Cli trained = train(data);
        assertEquals(trust.equals("none") ? 0 : cases, times(trained.err(), remark), trained.err());
        Path image = Volumes.list(data.resolve("imagesTr")).firstEntry().getValue(), label = Volumes.list(data.resolve("labelsTr"))
                .firstEntry().getValue();
        Cli followed = segment(image, "--mask", label, "--slice", Volumes.read(image).geometry().nz() / 2, "--propagate");
        assertEquals(trust.equals("none") ? 0 : 1, times(followed.err(), remark), followed.err());
        Path same = Files.createDirectory(folder.resolve("same"));
        Volumes.list(data.resolve("labelsTr")).forEach((n, file) -> Volumes.write(same.resolve(n + ".nii.gz"), new LabelVolume(
                Volumes.read(requireNonNull(Volumes.list(data.resolve("imagesTr")).get(n))).geometry(), Volumes.readLabels(file).classes())));
        Cli scored = run(0, "evaluate", "--pred", same, "--truth", data);
        assertEquals(trust.equals("none") ? 0 : cases, times(scored.err(), remark), scored.err());
    }

    /// The opposite case: a label whose header gives another position is refused, in any format.
    @ParameterizedTest
    @ValueSource(strings = {".nii", ".nrrd", ".mha"})
    void aLabelThatLiesElsewhereIsRefused(String ending) throws IOException {
        Path data = folder.resolve("data");
        Files.createDirectories(data.resolve("imagesTr"));
        Files.createDirectories(data.resolve("labelsTr"));
        for (int i = 0; i < 4; i++) {
            Nifti.write(data.resolve("imagesTr/a" + i + ".nii"), ball(i, 0));
            Volumes.write(data.resolve("labelsTr/a" + i + ending), labels(i == 3 ? 0.5 : i == 2 ? 0.001 : 0));
        }
        Cli verify = run(2, "data", "verify", data);
        assertEquals(1, times(verify.out(), "a3: image and label do not lie on the same grid, but have corners that lie 0.5 mm apart"),
                verify.toString());
        assertTrue(verify.out().contains("faults        1"), verify.out());
    }

    /// The same voxels, stored in another order than those of the image.
    @Test
    void aLabelMayBeStoredInAnotherOrder() throws IOException {
        Path data = folder.resolve("data"), images = Files.createDirectories(data.resolve("imagesTr")), labels = Files.createDirectories(data.resolve(
                "labelsTr")), pred = Files.createDirectory(folder.resolve("pred"));
        Geometry back = Geometry.of(24, 20, 4, new double[][]{{1, 0, 0, -13}, {0, 1, 0, -20}, {0, 0, 3, 5}});
        for (int i = 0; i < 3; i++) {
            Nifti.write(images.resolve("a" + i + ".nii"), ball(i, 0));
            LabelVolume there = labels(0);
            byte[] classes = new byte[there.classes().length];
            for (int v = 0; v < classes.length; v++) classes[v] = there.classes()[v / 24 * 24 + 23 - v % 24];
            Nifti.write(labels.resolve("a" + i + ".nii"), new LabelVolume(back, classes));
            Nifti.write(pred.resolve("a" + i + ".nii"), there);
        }
        Cli verify = run(0, "data", "verify", data);
        assertTrue(verify.out().contains("faults        none"), verify.out());
        Path json = folder.resolve("scores.json");
        run(0, "evaluate", "--pred", pred, "--truth", data, "--json", json);
        assertEquals(1, Json.read(json).at("mean").at("dice").number());
        Cli followed = segment(images.resolve("a0.nii"), "--mask", labels.resolve("a0.nii"), "--slice", 2, "--propagate");
        assertFalse(followed.err().contains("warning"), followed.err());
    }

    private static Geometry grid(double shift) {
        return Geometry.of(24, 20, 4, new double[][]{{-1, 0, 0, 10 + shift}, {0, 1, 0, -20}, {0, 0, 3, 5}});
    }

    private static Volume ball(int seed, double shift) {
        float[] voxels = new float[24 * 20 * 4];
        for (int i = 0; i < voxels.length; i++)
            voxels[i] = (Math.hypot(i % 24 - 12, i / 24 % 20 - 10) < 6 ? 900 : 100) + (i * 7919 + seed * 31) % 13;
        return new Volume(grid(shift), voxels);
    }

    private static LabelVolume labels(double shift) {
        byte[] classes = new byte[24 * 20 * 4];
        for (int i = 0; i < classes.length; i++) classes[i] = (byte) (Math.hypot(i % 24 - 12, i / 24 % 20 - 10) < 6 ? 1 : 0);
        return new LabelVolume(grid(shift), classes);
    }

    @Test
    void labelsThatAreAlmostWholeAreRoundedAndThatIsSaid() throws IOException {
        Path data = shared("datasets/labels-almost-whole");
        String remark = "of its labels are not quite whole numbers, as ";
        Cli verify = run(0, "data", "verify", data);
        assertEquals(2, times(verify.out(), remark), verify.out());
        assertTrue(verify.out().contains("labels        0 is background, 1 is class 1, 2 is class 2"), verify.out());
        Cli trained = train(data);
        assertEquals(2, times(trained.err(), remark), trained.err());
        Cli scored = run(0, "evaluate", "--pred", data.resolve("labelsTr"), "--truth", data);
        assertEquals(2, times(scored.err(), remark), scored.err());       // both sides are these files
        Cli embedded = run(0, "embed", "--data", data, "--weights", Cli.TINY, "--cache", folder.resolve("cache"), "--augment", "none",
                "--side", 16);
        assertEquals(2, times(embedded.err(), remark), embedded.err());
        LabelVolume labels = Volumes.readLabels(shared("volumes/lab_f64_in_i16.nii"));
        assertTrue(labels.max() > 0 && labels.remarks().getFirst().contains(remark), labels.remarks().toString());
    }

    /// The opposite case: labels that differ from whole numbers by more than 0.01 are refused. The message gives the header's scaling and what to do.
    @Test
    void labelsThatAreNotWholeAreRefusedWithTheCure() throws IOException {
        ByteBuffer file = ByteBuffer.allocate(352 + 2 * 8).order(ByteOrder.LITTLE_ENDIAN);
        file.putInt(0, 348).putShort(40, (short) 3).putShort(70, (short) 4).putShort(72, (short) 16).putFloat(108, 352).putFloat(112, 0.5f).put(123,
                (byte) 2);
        for (int i = 1; i < 8; i++) file.putShort(40 + 2 * i, (short) (i < 4 ? 2 : 1)).putFloat(76 + 4 * i, 1);
        file.put(344, new byte[]{'n', '+', '1', 0}).putShort(352, (short) 1);
        Path half = Files.write(folder.resolve("half.nii"), file.array());
        Nifti.write(folder.resolve("image.nii"), new Volume(Geometry.of(2, 2, 2, 1, 1, 1), new float[]{0, 1, 2, 3, 4, 5, 6, 700}));
        Cli cli = run(2, "segment", "--weights", SAM, "--image", folder.resolve("image.nii"), "--mask", half, "--slice", 0, "--propagate",
                "--out", folder.resolve("out"));
        assertTrue(cli.err().contains("half.nii: its voxel (0, 0, 0) holds 0.5, and a label is a whole number from 0 to 255; its header scales "
                + "what is stored by the slope 0.5 and the intercept 0.0: save the labels as whole numbers without scaling"), cli.err());
    }

    /// NaN outside the brain counts as background of an image, which is reported once, and is refused in a label.
    @Test
    void whatIsNotANumberIsBackgroundOfAPictureAndNoLabel() throws IOException {
        Path nan = shared("volumes/nan.nii"), data = folder.resolve("data");
        Geometry grid = Volumes.read(nan).geometry();
        String remark = "1 voxel of it is NaN or infinite and counts as background, 0.0";
        Cli cli = segment(nan, "--slice", 0, "--point", "2,2");
        assertEquals(1, times(cli.err(), remark), cli.err());
        Cli masks = run(0, "masks", "--weights", SAM, "--image", nan, "--slice", 0, "--points-per-side", 2, "--out", folder.resolve("masks"));
        assertEquals(1, times(masks.err(), remark), masks.err());
        Files.createDirectories(data.resolve("imagesTr"));
        Files.createDirectories(data.resolve("labelsTr"));
        byte[] some = new byte[grid.voxels()];
        some[0] = 1;
        for (int i = 0; i < 3; i++) {
            byte[] file = Files.readAllBytes(nan);
            ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putFloat(file.length - 400, 70 + i);
            Files.write(data.resolve("imagesTr/a" + i + ".NII"), file);
            Volumes.write(data.resolve("labelsTr/a" + i + ".nii.gz"), new LabelVolume(grid, some));
        }
        assertEquals(3, times(run(0, "data", "verify", data).out(), remark));
        assertEquals(3, times(train(data).err(), remark));
        assertEquals(1, times(run(0, "predict", "--run", folder.resolve("run"), "--input", nan, "--output", folder.resolve("pred")).err(), remark));
        Files.delete(data.resolve("labelsTr/a1.nii.gz"));
        Files.copy(nan, data.resolve("labelsTr/a1.nii"));
        Cli refused = run(2, "data", "verify", data);
        assertTrue(refused.out().contains("holds NaN, and a label is a whole number from 0 on"), refused.out());
    }

    @Test
    void anEmptySformDoesNotCountBesideAGoodQform() throws IOException {
        Nifti.write(folder.resolve("a.nii"), ball(0, 0));
        byte[] file = Files.readAllBytes(folder.resolve("a.nii"));
        ByteBuffer b = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        assertEquals(348, b.getInt(0));
        for (int i = 0; i < 12; i++) b.putFloat(280 + 4 * i, 0);
        b.putShort(254, (short) 2).putShort(252, (short) 1).putFloat(256, 0).putFloat(260, 0).putFloat(264, 0);
        b.putFloat(76, 1).putFloat(268, 3).putFloat(272, 4).putFloat(276, 5);
        Path empty = Files.write(folder.resolve("EMPTY.NII"), file);
        assertArrayEquals(new double[]{3, 4, 5}, Volumes.read(empty).geometry().world(0, 0, 0));
        segment(empty, "--slice", 1, "--point", "12,10");
        assertArrayEquals(new double[]{3 + 23, 4 + 19, 5 + 9}, Volumes.readLabels(folder.resolve("out/EMPTY.nii.gz")).geometry().world(23,
                19, 3), 1e-5);
    }

    /// Labels have the format and the grid of their image. Capitals in a file ending and dots in a name do not matter.
    @ParameterizedTest
    @CsvSource({"heart.v2.nrrd,heart.v2.nrrd", "HEART.NRRD,HEART.nrrd", "heart.mha,heart.mha", "Heart.MHA,Heart.mha",
        "HEART.NII.GZ,HEART.nii.gz", "heart.1.nii,heart.1.nii.gz"})
    void labelsAreOfTheFormatOfTheirImage(String name, String written) throws IOException {
        LabelVolume bright = new LabelVolume(grid(0), levels());
        String lower = name.toLowerCase(Locale.ROOT);
        Path plain = folder.resolve(lower.endsWith("nrrd")
                ? "x.nrrd"
                : lower.endsWith("mha") ? "x.mha" : lower.endsWith("gz") ? "x.nii.gz" : "x.nii");
        Volumes.write(plain, bright);
        Path image = Files.move(plain, folder.resolve(name));
        segment(image, "--slice", 1, "--point", "12,10");
        LabelVolume found = Volumes.readLabels(folder.resolve("out").resolve(written));
        assertEquals("", found.geometry().difference(grid(0)).orElse(""));
        assertEquals(1, found.max());
        Volumes.write(folder.resolve("y.nii"), bright);
        run(0, "segment", "--weights", SAM, "--image", folder.resolve("y.nii"), "--slice", 1, "--point", "12,10", "--out", folder.resolve("nii"));
        assertArrayEquals(Volumes.readLabels(folder.resolve("nii/y.nii.gz")).classes(), found.classes());
        Cli followed = run(0, "segment", "--weights", SAM, "--image", image, "--slice", 1, "--mask", folder.resolve("out").resolve(written),
                "--propagate", "--out", folder.resolve("followed"));
        assertFalse(followed.err().contains("warning: " + folder), followed.err());
        assertTrue(Files.exists(folder.resolve("followed").resolve(written)));
    }

    private static byte[] levels() {
        Volume ball = ball(0, 0);
        byte[] levels = new byte[ball.voxels().length];
        for (int i = 0; i < levels.length; i++) levels[i] = (byte) (ball.voxels()[i] / 4);
        return levels;
    }

    /// The frames of a 4-D volume are channels if `--channels` asks for it, and each has its own brightness window.
    @Test
    void framesAreChannelsOfAVolumeToo() {
        Volume one = ball(0, 0), other = one.map(v -> 5000 - v);
        Path both = folder.resolve("both.nii");
        Nifti.write(both, List.of(one, other));
        Cli cli = segment(both, "--slice", 1, "--point", "12,10", "--channels", "1,0");
        assertTrue(cli.err().contains("channel 1: brightness: ") && cli.err().contains("channel 0: brightness: "), cli.err());
        Cli refused = run(2, "segment", "--weights", SAM, "--image", both, "--slice", 1, "--point", "12,10", "--out", folder.resolve("no"));
        assertTrue(refused.err().contains("it is 4-D, 2 frames: choose one of its frames, 0 to 1, or up to three of them as channels"),
                refused.err());
        Cli absent = run(2, "segment", "--weights", SAM, "--image", both, "--slice", 1, "--point", "12,10", "--channels", "2", "--out",
                folder.resolve("no"));
        assertTrue(absent.err().contains("it has the frames 0 to 1, and --frame asks for 2"), absent.err());
    }
}
