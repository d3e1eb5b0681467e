package dev.samovar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.Json;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.testkit.Golden;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.Intensity;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Picture;
import dev.samovar.imaging.Slices;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.Nifti;
import dev.samovar.imaging.format.PictureFile;
import dev.samovar.imaging.format.Png;
import dev.samovar.imaging.format.Volumes;
import dev.samovar.models.mask.Mask;
import dev.samovar.models.mask.Rle;
import dev.samovar.models.medsam.MedSamFraming;
import dev.samovar.models.medsam.VolumePredictor;
import dev.samovar.models.medsam.VolumePrompt;
import dev.samovar.models.sam.Prompt;
import dev.samovar.models.sam.Sam;
import dev.samovar.models.sam.SamPredictor;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SegmentCommandTest {
    private static final Path WEIGHTS = Golden.path("sam-tiny/sam-tiny-trained.safetensors"), PICTURE = Golden.path("sam-tiny/picture.png");
    private static final Sam SAM = Sam.load(Safetensors.open(WEIGHTS), Device.cpu());
    private static final SamPredictor PREDICTOR = new SamPredictor(SAM);
    private static final String NAME = PICTURE.getFileName().toString().replace(".png", "");

    @TempDir
    private Path folder;

    @AfterAll
    static void free() {
        SAM.close();
    }

    private static Cli segment(Path image, Path out, Object... options) {
        return Cli.run(Stream.concat(Stream.of("segment", "--weights", WEIGHTS, "--image", image, "--out", out), Stream.of(options)).toArray());
    }

    private Path out(String name) {
        return folder.resolve("out").resolve(name);
    }

    private static Mask mask(Path png) {
        LabelVolume labels = Volumes.readLabels(png);
        return Mask.of(1, labels.geometry().ny(), labels.geometry().nx(), labels.classes());
    }

    @Test
    void aSmallNetworksOnlyPictureIsNotWorthCompilingVectorKernelsFor() {
        Cli plain = segment(PICTURE, folder.resolve("plain"), "--point", "172,47");
        assertTrue(plain.err().contains("kernels: scalar") && plain.err().contains("start sooner"), plain.err());
        Cli vector = segment(PICTURE, folder.resolve("vector"), "--point", "172,47", "--require-backend", "vector");
        assertTrue(vector.err().contains("kernels: vector"), vector.err());
        assertEquals(mask(folder.resolve("vector/" + NAME + "_mask.png")), mask(folder.resolve("plain/" + NAME + "_mask.png")));
        assertTrue(Cli.run("masks", "--weights", WEIGHTS, "--image", PICTURE, "--out", folder.resolve("all"), "--points-per-side", 2).err()
                .contains("kernels: vector"), "everything is much work");
    }

    @Test
    void ofAClickTheBestMaskIsWrittenWithItsRunsAndAnOverlay() throws IOException {
        Cli cli = segment(PICTURE, folder.resolve("out"), "--point", "172,47");
        assertEquals(0, cli.exit(), cli.err());
        var best = PREDICTOR.best(PREDICTOR.embed(PictureFile.read(PICTURE)), Prompt.click(172, 47));
        assertEquals(best.mask(), mask(out(NAME + "_mask.png")));
        assertTrue(cli.err().contains("predicted IoU"), cli.err());
        for (String file : List.of("_mask.png", "_overlay.png", "_masks.json"))
            assertTrue(cli.out().contains(out(NAME + file) + "\n"), cli.out());
        Json json = Json.read(out(NAME + "_masks.json")).at("masks").list().getFirst();
        Json runs = json.at("segmentation");
        assertEquals(best.mask(), Rle.parse(runs.at("size").integers()[0], runs.at("size").integers()[1], runs.at("counts").string()).mask());
        assertEquals(best.mask().area(), json.at("area").integer());
        BufferedImage overlay = ImageIO.read(out(NAME + "_overlay.png").toFile());
        assertEquals(267, overlay.getWidth());
    }

    @Test
    void severalBoxesAreSeveralThings() {
        Cli cli = segment(PICTURE, folder.resolve("out"), "--box", "130,30,210,65", "--box", "140,65,210,110");
        assertEquals(0, cli.exit(), cli.err());
        var image = PREDICTOR.embed(PictureFile.read(PICTURE));
        assertEquals(PREDICTOR.best(image, Prompt.box(130, 30, 210, 65)).mask(), mask(out(NAME + "_mask_1.png")));
        assertEquals(PREDICTOR.best(image, Prompt.box(140, 65, 210, 110)).mask(), mask(out(NAME + "_mask_2.png")));
    }

    @Test
    void theNextPromptRefinesWhatTheFirstOneGave() {
        Cli first = segment(PICTURE, folder.resolve("first"), "--point", "172,47", "--multimask", "--logits");
        assertEquals(0, first.exit(), first.err());
        Path logits = folder.resolve("first/" + NAME + "_logits.safetensors");
        Cli second = segment(PICTURE, folder.resolve("out"), "--point", "172,47", "--point", "100,100,0", "--mask", logits);
        assertEquals(0, second.exit(), second.err());
        var image = PREDICTOR.embed(PictureFile.read(PICTURE));
        var best = PREDICTOR.best(image, Prompt.click(172, 47));
        var points = Prompt.points(new Prompt.Point(172, 47, 1), new Prompt.Point(100, 100, 0));
        assertEquals(PREDICTOR.best(image, points.and(best.lowRes())).mask(), mask(out(NAME + "_mask.png")));

        Cli third = segment(PICTURE, folder.resolve("third"), "--mask", folder.resolve("first/" + NAME + "_mask_2.png"));
        assertEquals(0, third.exit(), third.err());
        Mask drawn = mask(folder.resolve("first/" + NAME + "_mask_2.png"));
        assertEquals(PREDICTOR.best(image, PREDICTOR.prompt(drawn)).mask(), mask(folder.resolve("third/" + NAME + "_mask.png")));
    }

    @Test
    void aMaskInWhichThereIsNothingSaysNothing() {
        Picture picture = PictureFile.read(PICTURE);
        Path empty = folder.resolve("empty.png");
        Png.writeGrey(empty, picture.height(), picture.width(), new byte[picture.height() * picture.width()]);
        Cli alone = segment(PICTURE, folder.resolve("out"), "--mask", empty), besideAPoint = segment(PICTURE, folder.resolve("out"), "--mask", empty,
                "--point", "172,47");
        assertEquals(2, alone.exit());
        assertTrue(alone.err().contains(empty + ": there is nothing in it, and no point or box says what to segment"), alone.err());
        assertEquals(0, besideAPoint.exit(), besideAPoint.err());
    }

    @Test
    void anEmbeddingIsKeptAndUsedForTheSamePictureAlone() throws IOException {
        Path kept = folder.resolve("kept.safetensors");
        assertEquals(0, segment(PICTURE, folder.resolve("out"), "--point", "172,47", "--embedding", kept).exit());
        long written = Files.getLastModifiedTime(kept).toMillis();
        Cli again = segment(PICTURE, folder.resolve("again"), "--point", "172,47", "--embedding", kept);
        assertEquals(0, again.exit(), again.err());
        assertEquals(written, Files.getLastModifiedTime(kept).toMillis());
        assertEquals(mask(out(NAME + "_mask.png")), mask(folder.resolve("again/" + NAME + "_mask.png")));

        Path other = folder.resolve("other.png");
        Png.writeGrey(other, 20, 30, new byte[600]);
        Cli refused = segment(other, folder.resolve("refused"), "--point", "3,4", "--embedding", kept);
        assertEquals(2, refused.exit());
        assertTrue(refused.err().contains("the embedding of another picture"), refused.err());
        Cli framed = segment(PICTURE, folder.resolve("framed"), "--point", "3,4", "--embedding", kept, "--preprocessing", "medsam");
        assertEquals(2, framed.exit());
        assertTrue(framed.err().contains(kept + ": the image was framed for sam"), framed.err());
        Cli weights = Cli.run("segment", "--weights", Cli.TINY, "--image", PICTURE, "--out", folder.resolve("w"), "--point", "3,4",
                "--embedding", kept);
        assertEquals(2, weights.exit());
        assertTrue(weights.err().contains("embedded with other weights"), weights.err());
    }

    @Test
    void aPhotographIsRead() throws IOException {
        BufferedImage picture = new BufferedImage(80, 60, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 80 * 60; i++) picture.setRGB(i % 80, i / 80, Math.hypot(i % 80 - 30, i / 80 - 25) < 14 ? 0xE0D040 : 0x203040);
        Path jpeg = folder.resolve("photo.of.mine.jpg");
        ImageIO.write(picture, "jpg", jpeg.toFile());
        Cli cli = segment(jpeg, folder.resolve("out"), "--point", "30,25");
        assertEquals(0, cli.exit(), cli.err());
        Mask mask = mask(out("photo.of.mine_mask.png"));
        assertTrue(mask.at(25, 30) && !mask.at(55, 75));
    }

    // ---- volumes

    private Volume ball() {
        int n = 48;
        float[] voxels = new float[n * n * 10];
        for (int i = 0; i < voxels.length; i++)
            voxels[i] = Math.hypot(Math.hypot(i % n - 20, i / n % n - 24), 3 * (i / (n * n) - 5)) < 12 ? 180 : -700;
        return new Volume(Geometry.of(n, n, 10, new double[][]{{-0.8, 0, 0, 30}, {0, 0.8, 0.1, -20}, {0, 0, 2.5, 5}}), voxels);
    }

    @Test
    void aBoxInThreeDimensionsBecomesLabelsOnTheGridOfTheVolume() {
        Path ct = folder.resolve("ct.nii.gz");
        Nifti.write(ct, ball());
        Cli cli = segment(ct, folder.resolve("out"), "--box", "7,11,3,33,37,6", "--point", "20,24", "--intensity", "soft");
        assertEquals(0, cli.exit(), cli.err());
        LabelVolume found = Nifti.readLabels(out("ct.nii.gz"));
        Volume eightBit = Intensity.of("soft").apply(Nifti.read(ct));
        var through = new VolumePredictor(PREDICTOR, eightBit, Slices.of(eightBit.geometry()));
        Prompt prompt = Prompt.box(7, 11, 33, 37).and(Prompt.click(20, 24));
        assertEquals(through.segment(List.of(new VolumePrompt(prompt, 3, 6)), _ -> {}), found);
        assertEquals(1, found.at(20, 24, 5));
        assertTrue(Files.exists(out("ct_overlay.png")));
    }

    @Test
    void aBoxInVoxelsIsTheSameBoxWhateverTheAxisOfTheCut() {
        Path ct = folder.resolve("ct.nii.gz");
        Nifti.write(ct, ball());
        Volume eightBit = Intensity.of("soft").apply(Nifti.read(ct));
        int[] from = {7, 11, 3}, to = {33, 37, 7};
        for (int axis = 0; axis < 3; axis++) {
            Path out = folder.resolve("axis" + axis);
            Cli cli = segment(ct, out, "--box", "7,11,3,33,37,7", "--intensity", "soft", "--axis", "xyz".substring(axis, axis + 1));
            assertEquals(0, cli.exit(), cli.err());
            Slices slices = new Slices(eightBit.geometry(), axis);
            Prompt box = Prompt.box(from[slices.columns()], from[slices.rows()], to[slices.columns()], to[slices.rows()]);
            var expected = new VolumePredictor(PREDICTOR, eightBit, slices).segment(List.of(new VolumePrompt(box, from[axis],
                    to[axis])), _ -> {});
            assertEquals(expected, Nifti.readLabels(out.resolve("ct.nii.gz")), "axis " + axis);
        }
    }

    @Test
    void aSliceIsSegmentedAndItsThingFollowedFromAPromptOrFromAMask() {
        Path ct = folder.resolve("ct.nii.gz");
        Nifti.write(ct, ball());
        assertEquals(0, segment(ct, folder.resolve("slice"), "--point", "20,24", "--slice", "5", "--intensity", "soft").exit());
        LabelVolume one = Nifti.readLabels(folder.resolve("slice/ct.nii.gz"));
        for (int z = 0; z < 10; z++) assertEquals(z == 5, any(one, z), "slice " + z);
        Cli told = segment(ct, folder.resolve("told"), "--point", "20,24", "--slice", "5", "--intensity", "soft");
        assertTrue(told.err().contains("thing 1: slices 5 to 5 across z, "), told.err());

        Cli followed = segment(ct, folder.resolve("followed"), "--point", "20,24", "--slice", "5", "--intensity", "soft", "--propagate",
                "--stop", "0.1");
        assertEquals(0, followed.exit(), followed.err());
        Cli fromMask = segment(ct, folder.resolve("masked"), "--mask", folder.resolve("slice/ct.nii.gz"), "--slice", "5", "--intensity",
                "soft", "--propagate",
                "--stop", "0.1");
        assertEquals(0, fromMask.exit(), fromMask.err());
        assertEquals(Nifti.readLabels(folder.resolve("followed/ct.nii.gz")), Nifti.readLabels(folder.resolve("masked/ct.nii.gz")));
    }

    private static boolean any(LabelVolume labels, int z) {
        for (byte c : new Slices(labels.geometry(), 2).cut(labels, z)) if (c != 0) return true;
        return false;
    }

    @Test
    void medSamHasAWayOfItsOwn() {
        Cli cli = segment(PICTURE, folder.resolve("out"), "--box", "130,30,210,65", "--preprocessing", "medsam");
        assertEquals(0, cli.exit(), cli.err());
        var predictor = new SamPredictor(SAM, new MedSamFraming());
        Picture picture = PictureFile.read(PICTURE);
        assertEquals(predictor.best(predictor.embed(picture), Prompt.box(130, 30, 210, 65)).mask(), mask(out(NAME + "_mask.png")));
    }

    // ---- what is wrong

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --point 300,4                              | lies outside of the picture, which is 267 wide and 178 high
            --point 3,-4                               | lies outside of the picture
            --point 3,4,2                              | the label is 1 (on the thing) or 0 (beside it)
            --point 3                                  | --point 3: it takes x,y or x,y,label
            --point a,b                                | --point a,b: it takes
            --point NaN,3                              | --point NaN,3: it takes
            --box 10,10,5,20                           | ends before it begins
            --box 1,2,3                                | --box 1,2,3: it takes x0,y0,x1,y1
            --box 1,2,3,400                            | lies outside of the picture
            --box 1,2,268.1,9                          | lies outside of the picture
            --multimask                                | nothing says what to segment; give --point, --box or --mask
            --box 1,2,9,9 --box 3,4,9,9 --point 4,4    | several boxes are several things
            --box 1,2,9,9 --box 3,4,9,9 --multimask    | --multimask is for one thing
            --point 3,4 --propagate                    | --propagate is for volumes
            --point 3,4 --axis z                       | --axis and --frame are for volumes
            --point 3,4 --slice 2                      | it has no page 2
            --point 3,4 --channels 3                   | it has the channels 0 to 2, and --channels asks for 3
            --point 3,4 --format svg                   | --format svg: it is geojson, roi or tif
            --point 3,4 --format tif --multimask       | alternatives
            --box 1,2,3,9,9,9                          | six numbers are a box in a volume
            --point 3,4 --preprocessing paper          | it is sam, medsam or lite-medsam
            --mask nowhere.png                         | nowhere.png: there is no such file
            """)
    void whatMeansNothingIsToldInASentenceAndNothingIsWritten(String options, String sentence) {
        Cli cli = segment(PICTURE, folder.resolve("out"), (Object[]) options.split(" "));
        assertEquals(2, cli.exit(), cli.err());
        assertTrue(cli.err().contains(sentence), cli.err());
        assertFalse(cli.err().contains("\tat "), cli.err());
        assertFalse(Files.exists(folder.resolve("out")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --point 3,4 --slice 10                     | there is no slice 10 across z; there are slices 0 to 9
            --point 3,4 --slice -1                     | there is no slice -1
            --box 1,2,3,4,5,60                         | slices 3 to 60 are not in the volume
            --box 1,2,3,4,5,2000000000                 | are not in the volume
            --box 1,2,3,4,5,6 --slice 4                | six numbers say in which slices it is
            --point 3,4 --slice 2 --stop 0.5           | --stop is for --propagate
            --point 3,4 --slice 2 --propagate --stop 2 | --stop 2.0: a thing ends at an overlap from 0 to 1
            --point 47,60                              | lies outside of the picture, which is 48 wide and 48 high
            --box 1,2,3.5,4,5,6                        | slices have whole numbers
            --point 3,4 --propagate                    | say with --slice from which
            --point 3,4 --multimask                    | are for pictures
            --point 3,4 --intensity bright             | bright
            --point 3,4 --channels 1                   | it has a single channel, 0, and --channels asks for 1
            --point 3,4 --format roi                   | --format roi is for pictures
            --mask picture --slice 5 --propagate       | neither on the grid of the volume nor a picture of its slices
            --mask picture                             | is what --propagate starts from
            """)
    void whatMeansNothingInAVolumeIsToldToo(String options, String sentence) {
        Path ct = folder.resolve("ct.nii.gz");
        Nifti.write(ct, ball());
        Path labels = folder.resolve("labels.png");
        Png.write(labels, new LabelVolume(Geometry.of(5, 5, 1, 1, 1, 1), new byte[25]));
        Object[] given = Arrays.stream(options.split(" ")).map(o -> o.equals("picture") ? labels : o).toArray();
        Cli cli = segment(ct, folder.resolve("out"), given);
        assertEquals(2, cli.exit(), cli.err());
        assertTrue(cli.err().contains(sentence), cli.err());
    }

    @Test
    void whatIsNoCheckpointOrNoImageIsToldByItsName() throws IOException {
        Path head = Golden.path("sam-tiny/encoder.safetensors"), text = Files.writeString(folder.resolve("holiday.jpg"),
                "not a picture, but long enough");
        Cli cli = Cli.run("segment", "--weights", head, "--image", PICTURE, "--out", folder.resolve("out"), "--point", "3,4");
        assertEquals(2, cli.exit());
        assertTrue(cli.err().contains(head + ": the checkpoint is not a SAM"), cli.err());
        cli = segment(text, folder.resolve("out"), "--point", "3,4");
        assertEquals(2, cli.exit());
        assertTrue(cli.err().contains("holiday.jpg: it is none of the kinds that are read (NIfTI, NRRD, MetaImage, MGH, DICOM, PNG, JPEG, TIFF)"),
                cli.err());
        cli = segment(PICTURE, Path.of(""), "--point", "3,4");
        assertEquals(2, cli.exit());
        assertTrue(cli.err().contains("the name of the folder for the results is empty"), cli.err());
        assertFalse(Files.exists(folder.resolve("out")));
    }

    @Test
    void aThingThatIsNotFoundIsWarnedOf() {
        Path ct = folder.resolve("ct.nii.gz");
        Nifti.write(ct, ball());
        Cli cli = segment(ct, folder.resolve("out"), "--box", "7,11,33,37", "--slice", "5", "--intensity", "soft");
        assertEquals(0, cli.exit(), cli.err());
        boolean empty = Nifti.readLabels(out("ct.nii.gz")).max() == 0;
        assertEquals(empty, cli.err().contains("warning: nothing was found of thing 1"), cli.err());
        assertEquals(!empty, cli.err().contains("thing 1: slices"), cli.err());
    }

    @Test
    void nothingIsReplacedUnlessTold() {
        assertEquals(0, segment(PICTURE, folder.resolve("out"), "--point", "172,47").exit());
        Cli cli = segment(PICTURE, folder.resolve("out"), "--point", "20,20");
        assertEquals(2, cli.exit());
        assertTrue(cli.err().contains("exists already"), cli.err());
        assertEquals(0, segment(PICTURE, folder.resolve("out"), "--point", "20,20", "--overwrite").exit());
        var second = PREDICTOR.best(PREDICTOR.embed(PictureFile.read(PICTURE)), Prompt.click(20, 20));
        assertEquals(second.mask(), mask(out(NAME + "_mask.png")));
        Cli boxes = segment(PICTURE, folder.resolve("out"), "--box", "20,20,60,60", "--box", "100,20,160,70", "--overwrite");
        assertTrue(boxes.err().contains("warning: of an earlier answer, and not replaced: " + NAME + "_mask.png\n"), boxes.err());
    }
}
