package dev.samovar.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.Json;
import dev.samovar.core.testkit.Golden;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.Nifti;
import dev.samovar.imaging.format.PictureFile;
import dev.samovar.imaging.format.Png;
import dev.samovar.imaging.format.TiffLabels;
import dev.samovar.imaging.format.Volumes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Pictures of different kinds, and results in the formats of other programs.
class PicturesAndFormatsTest {
    private static final Path WEIGHTS = Golden.path("sam-tiny/sam-tiny-trained.safetensors"), PICTURE = Golden.path("sam-tiny/picture.png");
    private static final String NAME = PICTURE.getFileName().toString().replace(".png", "");

    @TempDir
    private Path folder;

    private static Cli verb(String verb, Path image, Path out, Object... options) {
        return Cli.run(Stream.concat(Stream.of(verb, "--weights", WEIGHTS, "--image", image, "--out", out), Stream.of(options)).toArray());
    }

    /// The picture's first channel, with all values multiplied by 16, in another container.
    private Path twelveBits(String name) {
        Volume eight = PictureFile.volume(PICTURE);
        Geometry g = eight.geometry();
        int n = g.voxels();
        float[] grey = new float[n];
        char[] chars = new char[n];
        for (int i = 0; i < n; i++) {
            grey[i] = 16 * eight.voxels()[i];
            chars[i] = (char) grey[i];
        }
        if (name.endsWith(".nii.gz")) {
            Nifti.write(folder.resolve(name), new Volume(g, grey));
        } else {
            TiffLabels.write(folder.resolve(name), g, chars);
        }
        return folder.resolve(name);
    }

    /// The result depends on the numbers and not on the container, and the brightness window is reported.
    @Test
    void theSameNumbersGiveTheSameMaskFromEveryContainer() {
        Path tiff = twelveBits("a.tif"), nifti = twelveBits("b.nii.gz");
        Cli picture = verb("segment", tiff, folder.resolve("one"), "--point", "172,47");
        Cli volume = verb("segment", nifti, folder.resolve("two"), "--point", "172,47", "--slice", "0");
        assertEquals(0, picture.exit(), picture.err());
        assertEquals(0, volume.exit(), volume.err());
        for (Cli cli : List.of(picture, volume))
            assertTrue(cli.err().contains("white (percentiles 0.1 and 99.9)"), cli.err());
        assertArrayEquals(Volumes.readLabels(folder.resolve("one/a_mask.png")).classes(),
                Volumes.readLabels(folder.resolve("two/b.nii.gz")).classes());
        Cli wide = verb("segment", tiff, folder.resolve("three"), "--point", "172,47", "--intensity", "bits:12");
        assertTrue(wide.err().contains("0 is black and 4095 white (12 bits)"), wide.err());
        Cli eight = verb("segment", PICTURE, folder.resolve("four"), "--point", "172,47");
        assertTrue(!eight.err().contains("brightness"), "8 bits are not changed, and nothing is reported: " + eight.err());
    }

    @Test
    void aBoxUpToAPixelBeyondThePictureIsClippedAndSaid() {
        Volume picture = PictureFile.volume(PICTURE);
        int w = picture.geometry().nx(), h = picture.geometry().ny();
        Cli beyond = verb("segment", PICTURE, folder.resolve("one"), "--box", "-0.4,-1," + (w + 0.6) + "," + (h + 1));
        Cli exact = verb("segment", PICTURE, folder.resolve("two"), "--box", "0,0," + w + "," + h);
        assertEquals(0, beyond.exit(), beyond.err());
        assertEquals(Volumes.readLabels(folder.resolve("two/" + NAME + "_mask.png")), Volumes.readLabels(folder.resolve("one/" + NAME
                + "_mask.png")));
        assertTrue(beyond.err().contains("--box -0.4,-1," + (w + 0.6) + "," + (h + 1) + " ends up to a pixel beyond the picture"), beyond.err());
        assertTrue(!exact.err().contains("beyond"), exact.err());
    }

    @Test
    void segmentWritesForQuPathImageJAndCoco() throws Exception {
        Path out = folder.resolve("out");
        Cli cli = verb("segment", PICTURE, out, "--box", "130,30,210,65", "--box", "140,65,210,110", "--format", "geojson,roi,tif");
        assertEquals(0, cli.exit(), cli.err());
        for (String file : List.of("_masks.geojson", "_RoiSet.zip", "_labels.tif"))
            assertTrue(cli.out().contains(out.resolve(NAME + file) + "\n"), cli.out());
        assertEquals(2, Json.read(out.resolve(NAME + "_masks.geojson")).at("features").list().size());
        try (ZipFile zip = new ZipFile(out.resolve(NAME + "_RoiSet.zip").toFile())) {
            assertEquals(List.of("thing 1.roi", "thing 2.roi"), zip.stream().map(entry -> entry.getName()).toList());
        }
        LabelVolume labels = Volumes.readLabels(out.resolve(NAME + "_labels.tif")), second = Volumes.readLabels(out.resolve(NAME
                + "_mask_2.png"));
        int width = labels.geometry().nx(), left = width, right = 0;
        for (int i = 0; i < second.classes().length; i++) {
            if (second.classes()[i] == 0) continue;
            assertEquals(2, labels.classes()[i], "the later thing is in front");
            left = Math.min(left, i % width);
            right = Math.max(right, i % width);
        }
        int[] bbox = Json.read(out.resolve(NAME + "_masks.json")).at("masks").list().get(1).at("bbox").integers();
        assertEquals(left, bbox[0]);
        assertEquals(right - left + 1, bbox[2], "COCO includes the last column");
    }

    @Test
    void masksWritesThemToo() throws Exception {
        Path out = folder.resolve("out");
        Cli cli = verb("masks", PICTURE, out, "--points-per-side", "4", "--pred-iou-thresh", "0.1", "--stability-score-thresh", "0.1",
                "--format", "geojson,roi,tif");
        assertEquals(0, cli.exit(), cli.err());
        int n = Json.read(out.resolve("masks.json")).list().size();
        assertTrue(n > 0, cli.err());
        assertEquals(n, Json.read(out.resolve("masks.geojson")).at("features").list().size());
        try (ZipFile zip = new ZipFile(out.resolve("RoiSet.zip").toFile())) {
            assertEquals(n, zip.size());
        }
        LabelVolume labels = Volumes.readLabels(out.resolve("labels.tif"));
        assertTrue(labels.max() <= n);
        long pixels = Json.read(out.resolve("masks.json")).list().stream().mapToLong(one -> one.at("area").whole()).sum(), kept = 0;
        for (byte label : labels.classes()) kept += label == 0 ? 0 : 1;
        assertEquals(kept < pixels, cli.err().contains("partly or wholly behind others"), cli.err());
    }

    @Test
    void whereNothingIsFoundEveryFormatIsWrittenEmpty() throws IOException {
        Path out = folder.resolve("out");
        Cli cli = verb("masks", PICTURE, out, "--points-per-side", "1", "--pred-iou-thresh", "1", "--format", "geojson,roi,tif");
        assertEquals(0, cli.exit(), cli.err());
        assertTrue(cli.err().contains("nothing was found that meets the thresholds"), cli.err());
        assertEquals(List.of(), Json.read(out.resolve("masks.geojson")).at("features").list());
        assertEquals(0, Volumes.readLabels(out.resolve("labels.tif")).max());
        try (ZipFile zip = new ZipFile(out.resolve("RoiSet.zip").toFile())) {
            assertEquals(0, zip.size());
        }
    }

    @Test
    void aVolumesLabelsAreAStackOfTiffPages() throws IOException {
        float[] voxels = new float[48 * 48 * 4];
        for (int i = 0; i < voxels.length; i++) voxels[i] = i % 48 > 12 && i % 48 < 36 && i / 48 % 48 > 12 && i / 48 % 48 < 36 ? 200 : 20;
        Path ct = folder.resolve("ct.nii.gz");
        Nifti.write(ct, new Volume(Geometry.of(48, 48, 4, new double[][]{{1, 0, 0, -20}, {0, 1, 0, 30}, {0, 0, 5, 7}}), voxels));
        Cli cli = verb("segment", ct, folder.resolve("out"), "--point", "24,24", "--format", "tif");
        assertEquals(0, cli.exit(), cli.err());
        assertTrue(Files.exists(folder.resolve("out/ct_labels.tif")));
        assertArrayEquals(Volumes.readLabels(folder.resolve("out/ct.nii.gz")).classes(),
                Volumes.readLabels(folder.resolve("out/ct_labels.tif")).classes());
        for (String part : List.of("pages", "truth")) assertTrue(folder.resolve(part).toFile().mkdir());
        assertTrue(folder.resolve("out/ct_labels.tif").toFile().renameTo(folder.resolve("pages/ct.tif").toFile()));
        assertTrue(folder.resolve("out/ct.nii.gz").toFile().renameTo(folder.resolve("truth/ct.nii.gz").toFile()));
        Cli scored = Cli.run("evaluate", "--pred", folder.resolve("pages"), "--truth", folder.resolve("truth"));
        assertEquals(0, scored.exit(), scored.err());
        assertFalse(scored.err().contains("in pixels"), scored.err());
        assertTrue(scored.out().contains("1.0000") && scored.err().contains("ct: one of the two files does not say where its voxels lie"),
                scored.toString());
        Path flat = Files.createDirectory(folder.resolve("flat"));
        Png.writeGrey(flat.resolve("a.png"), 8, 8, Volumes.readLabels(folder.resolve("truth/ct.nii.gz")).plane(2, 1));
        Cli unmeasured = Cli.run("evaluate", "--pred", flat, "--truth", flat);
        String warned = "warning: no size of a pixel is known (of pictures, only TIFF files by ImageJ or OME say it): distances are in pixels, not in mm";
        assertEquals(1, unmeasured.err().lines().filter(warned::equals).count(), unmeasured.err());
        assertTrue(unmeasured.out().contains("distances in px"), unmeasured.out());
        Png.writeGrey(flat.resolve("a.png"), 8, 8, new byte[64]);
        Cli empty = Cli.run("evaluate", "--pred", flat, "--truth", flat);
        assertTrue(empty.exit() == 0 && empty.err().contains("warning: neither truths nor predictions contain a class, so there is no score"),
                empty.toString());
    }

    /// The size that ImageJ gave to a picture's pixels is that of its labels', so that areas and distances are measured in micrometres there.
    @Test
    void thePixelsOfLabelsAreAsLargeAsThoseOfTheirPicture() {
        Volume picture = PictureFile.volume(PICTURE);
        Geometry micrometres = Geometry.of(picture.geometry().nx(), picture.geometry().ny(), 1, 0.00065, 0.0005, 0.001);
        Path tiff = folder.resolve("cells.tif");
        char[] grey = new char[micrometres.voxels()];
        for (int i = 0; i < grey.length; i++) grey[i] = (char) picture.voxels()[i];
        TiffLabels.write(tiff, micrometres, grey);
        for (String verb : List.of("segment", "masks")) {
            Cli cli = verb(verb, tiff, folder.resolve(verb), verb.equals("segment") ? "--point" : "--points-per-side", verb.equals("segment")
                    ? "172,47"
                    : "2", "--format", "tif");
            assertEquals(0, cli.exit(), cli.err());
            Geometry labels = Volumes.readLabels(folder.resolve(verb.equals("segment") ? "segment/cells_labels.tif" : "masks/labels.tif")).geometry();
            assertEquals(micrometres.toString(), labels.toString());
        }
    }
}
