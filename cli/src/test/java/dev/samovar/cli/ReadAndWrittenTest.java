package dev.samovar.cli;

import static dev.samovar.imaging.testkit.NiftiBytes.gzip;
import static dev.samovar.imaging.testkit.NiftiBytes.join;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.Json;
import dev.samovar.core.testkit.Golden;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.dicom.SegmentationReader;
import dev.samovar.imaging.format.PictureFile;
import dev.samovar.imaging.format.StoredPicture;
import dev.samovar.imaging.format.StoredPicture.Kind;
import dev.samovar.imaging.format.Volumes;
import dev.samovar.imaging.testkit.DicomFiles;
import dev.samovar.imaging.testkit.NiftiBytes;
import dev.samovar.imaging.testkit.PngBytes;
import dev.samovar.models.mask.GeoJson;
import dev.samovar.models.mask.Mask;
import dev.samovar.models.mask.Region;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Checks the table "what is read and written" of docs/formats.md: every claim in a cell has a check here, and every check has a claim.
class ReadAndWrittenTest {
    private static final Path IMAGING = Path.of("../imaging/src/test/resources/dev/samovar/imaging/format");
    private static final Path SAM = Golden.path("sam-tiny/sam-tiny-trained.safetensors"), PICTURE = Golden.path("sam-tiny/picture.png");
    private static final int[] COUNT = {0, 1, 2, 3, 4, 5};

    /// Fails if a claim does not hold.
    private interface Check {
        void run() throws Exception;
    }

    @TempDir
    private static Path folder;
    private static final Map<String, Check> CHECKS = new LinkedHashMap<>();

    // ---- the table

    static Stream<String> claims() throws IOException {
        List<String> claims = new ArrayList<>();
        String readme = Files.readString(Path.of("../docs/formats.md")).replaceAll("(?s)^.*# Files: what is read and written", "")
                .replaceAll("(?s)\n#.*", "");
        for (String row : readme.lines().filter(line -> line.startsWith("| ") && !line.startsWith("| |")).toList()) {
            String[] cells = row.split("\\|", -1);
            for (int cell = 2; cell <= 3; cell++) {
                String verb = cell == 2 ? "read" : "written";
                Stream.of(cells[cell].strip().split("[;,] (?![^(]*\\))", -1)).filter(claim -> !claim.isEmpty())
                        .forEach(claim -> claims.add(cells[1].strip() + ", " + verb + ": " + claim));
            }
        }
        return claims.stream();
    }

    @ParameterizedTest
    @MethodSource("claims")
    void everyClaimHolds(String claim) throws Exception {
        Check check = CHECKS.get(claim);
        if (check == null) throw new AssertionError("nothing here checks what docs/formats.md says: " + claim);
        check.run();
    }

    @Test
    void everyCheckIsOfAClaim() throws IOException {
        assertEquals(new TreeSet<>(claims().toList()), new TreeSet<>(CHECKS.keySet()));
    }

    private static void read(String format, String claim, Check check) {
        CHECKS.put(format + ", read: " + claim, check);
    }

    private static void written(String format, String claim, Check check) {
        CHECKS.put(format + ", written: " + claim, check);
    }

    // ---- pictures

    private static StoredPicture stored(Path file) {
        assertTrue(Volumes.read(file).geometry().voxels() > 0);
        return PictureFile.open(file, null, picture -> picture);
    }

    private static StoredPicture picture(String name) {
        return stored(IMAGING.resolve("pictures/" + name));
    }

    /// Checks that each of these files, written by other programs, has the claimed property. The readers' own tests compare their numbers.
    private static Check pictures(Predicate<StoredPicture> is, String... names) {
        return () -> {
            for (String name : names) assertTrue(is.test(picture(name)), name);
        };
    }

    private static Path png(int depth, int colour, boolean interlaced, int... samples) {
        return NiftiBytes.write(folder.resolve("made.png"), PngBytes.of(3, 2, depth, colour, interlaced, samples));
    }

    private static int[] repeated(int times) {
        return Arrays.stream(COUNT).flatMap(i -> java.util.stream.IntStream.generate(() -> i).limit(times)).toArray();
    }

    /// Checks a picture of 61 columns and 83 rows that its file stores transposed.
    private static Check turned(String name) {
        return () -> {
            StoredPicture upright = picture(name);
            assertEquals(61, upright.width());
            assertEquals(83, upright.height());
        };
    }

    private static void pictureChecks() {
        read("PNG", "1 to 16 bits", () -> {
            for (int bits : new int[]{1, 2, 4, 8, 16}) {
                StoredPicture made = stored(png(bits, PngBytes.GREY, false, 0, 1, 1, 0, 1, 0));
                assertEquals(bits, made.bits());
                assertEquals(1, made.number(0, 4));
            }
        });
        read("PNG", "grey", () -> assertEquals(Kind.GREY, stored(png(8, PngBytes.GREY, false, COUNT)).kind()));
        read("PNG", "coloured", () -> assertEquals(Kind.COLOUR, stored(png(8, PngBytes.RGB, false, repeated(3))).kind()));
        read("PNG", "palette", () -> assertEquals(Kind.PALETTE, stored(png(8, PngBytes.PALETTE, false, COUNT)).kind()));
        read("PNG", "interlaced", () -> assertEquals(5, stored(png(8, PngBytes.GREY, true, COUNT)).number(0, 5)));
        read("PNG", "orientation (`eXIf`)", turned("im.png"));
        read("JPEG", "8 bits", pictures(p -> p.bits() == 8, "grey.jpg"));
        read("JPEG", "sequential and progressive", pictures(p -> p.kind() == Kind.COLOUR, "c440p.jpg", "progressive.jpg"));
        read("JPEG", "grey", pictures(p -> p.channels() == 1, "grey.jpg"));
        read("JPEG", "coloured", pictures(p -> p.channels() == 3, "c440p.jpg", "crgb.jpg"));
        read("JPEG", "for printers (CMYK, Adobe's marks)", pictures(p -> p.channels() == 3, "cmyk.jpg"));
        read("JPEG", "to the bit as libjpeg-turbo", () -> {                              // a corner of what Pillow reads, row by row
            float[] pixels = PictureFile.read(IMAGING.resolve("pictures/c440p.jpg")).pixels();
            assertTrue(Files.readString(IMAGING.resolve("pictures/foreign.csv")).contains("c440p.jpg,rgb,3,45,67," + checksum(pixels)));
        });
        read("JPEG", "orientation (Exif)", turned("exif6.jpg"));
        String tiff = "TIFF, BigTIFF, OME-TIFF, ImageJ's stacks";
        read(tiff, "whole numbers of 1 to 64 bits", () -> {
            Map.of("g_bool.tif", 1, "im4.tif", 4, "im12.tif", 12, "grey8-packbits.tif", 8, "bigtiff.tif", 8, "grey16-lzw-predictor.tif", 16,
                    "u64.tif", 64).forEach((name, bits) -> assertEquals(bits, picture(name).bits(), name));
            assertEquals(2, Volumes.read(IMAGING.resolve("pictures/stack.ome.tif")).channels());
            assertEquals(3, Volumes.read(IMAGING.resolve("pictures/stack_ij.tif")).geometry().nz());
        });
        read(tiff, "signed or not", pictures(p -> p.bits() == 0, "g_int16.tif", "i8.tif"));
        read(tiff, "floating-point ones of 16 to 64", pictures(p -> p.bits() == 0, "f16.tif", "float-deflate-predictor.tif",
                "tc_zip3f64.tif"));
        read(tiff, "grey", pictures(p -> p.kind() == Kind.GREY, "grey8-packbits.tif"));
        read(tiff, "coloured", pictures(p -> p.kind() == Kind.COLOUR, "rgb8-tiles-deflate.tif"));
        read(tiff, "palette", pictures(p -> p.kind() == Kind.PALETTE, "palette8-deflate.tif"));
        read(tiff, "CMYK", pictures(p -> p.channels() == 3, "cmyk.tif"));
        read(tiff, "any number of channels", pictures(p -> p.channels() == 5, "chan5_planar.tif"));
        read(tiff, "strips", pictures(p -> p.kind() == Kind.COLOUR, "rgb16-big-endian.tif"));
        read(tiff, "tiles", pictures(p -> p.kind() == Kind.COLOUR, "tc_bigtile.tif"));
        read(tiff, "planes", pictures(p -> p.channels() == 3, "rgb8-planar-packbits.tif"));
        read(tiff, "PackBits", pictures(p -> p.bits() == 8, "grey8-packbits.tif"));
        read(tiff, "LZW", pictures(p -> p.bits() == 16, "grey16-lzw-predictor.tif"));
        read(tiff, "deflate", pictures(p -> p.bits() == 8, "rgb8-tiles-deflate.tif"));
        read(tiff, "Zstandard", pictures(p -> p.width() == 70, "g16_zstd.tif"));
        read(tiff, "JPEG", pictures(p -> p.channels() == 3, "jpeg_tiled_rgb.tif"));
        read(tiff, "with predictors", pictures(p -> p.bits() == 0, "float-big-endian-predictor.tif"));
        read(tiff, "the size of a pixel (by ImageJ or OME)", () -> {
            Geometry grid = Geometry.of(3, 2, 2, 0.5, 0.25, 4);
            Volumes.write(folder.resolve("sized.tif"), new LabelVolume(grid, new byte[12]));
            assertEquals(grid.toString(), PictureFile.volume(folder.resolve("sized.tif")).geometry().toString());
        });
        read(tiff, "orientation", pictures(p -> p.height() > p.width(), "orientation-6.jpg"));
    }

    private static String checksum(float... numbers) {
        ByteBuffer b = ByteBuffer.allocate(4 * numbers.length).order(ByteOrder.LITTLE_ENDIAN);
        b.asFloatBuffer().put(numbers);
        var crc = new java.util.zip.CRC32();
        crc.update(b);
        return String.format("%08x", crc.getValue());
    }

    // ---- volumes

    private static Path file(String name, byte[] bytes) {
        return NiftiBytes.write(folder.resolve(name), bytes);
    }

    private static Path foreign(String name) {
        return IMAGING.resolve("volumes/" + name);
    }

    /// Reads a NIfTI file of this type whose second voxel is 1 (1.5 as a floating-point number) and whose other voxels are 0.
    private static Volume typed(int code, int bytes, double second) {
        ByteBuffer voxels = ByteBuffer.allocate(8 * bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < 2; i++) switch (code) {
            case 16 -> voxels.putFloat(4 * i, 1.5f * i);
            case 64 -> voxels.putDouble(8 * i, 1.5 * i);
            default -> voxels.put(bytes * i, (byte) i);
        }
        Volume volume = Volumes.read(file("typed.nii", join(NiftiBytes.header(ByteOrder.LITTLE_ENDIAN, code, 8 * bytes, 2, 2, 2), voxels.array())));
        assertEquals(second, volume.voxels()[1], "datatype " + code);
        return volume;
    }

    private static Check sameAsNifti(String... names) {
        return () -> {
            for (String name : names)
                assertArrayEquals(Volumes.read(foreign("ct.nii")).voxels(), Volumes.read(foreign(name)).voxels(), name);
        };
    }

    private static Check twoChannels(Path file) {
        return () -> assertEquals(2, Volumes.readChannels(file, List.of(0, 1)).channels());
    }

    private static byte[] metaImage(String dims, String more, int bytes) {
        return join(("ObjectType = Image\n" + dims + "ElementType = MET_UCHAR\n" + more + "ElementDataFile = LOCAL\n")
                .getBytes(StandardCharsets.ISO_8859_1), new byte[bytes]);
    }

    private static void volumeChecks() {
        String nifti = "NIfTI-1, NIfTI-2";
        read(nifti, "`.nii`", () -> {
            for (int version : new int[]{1, 2})
                assertEquals(23, Volumes.read(file("v.nii", NiftiBytes.small(version, ByteOrder.BIG_ENDIAN, _ -> {}))).voxels()[23]);
        });
        read(nifti, "`.hdr` with `.img`", () -> {
            byte[] whole = NiftiBytes.small(1, ByteOrder.LITTLE_ENDIAN, NiftiBytes.Head::pair);
            file("pair.img", Arrays.copyOfRange(whole, 352, whole.length));
            assertEquals(23, Volumes.read(file("pair.hdr", Arrays.copyOf(whole, 348))).voxels()[23]);
        });
        read(nifti, "gzipped or not", () -> assertEquals(23, Volumes.read(file("z.nii.gz", gzip(NiftiBytes.small(1, ByteOrder.LITTLE_ENDIAN,
                _ -> {})))).voxels()[23]));
        read(nifti, "8 to 64 bits", () -> {
            int[][] types = {{2, 1}, {256, 1}, {4, 2}, {512, 2}, {8, 4}, {768, 4}, {1024, 8}, {1280, 8}};
            for (int[] type : types) typed(type[0], type[1], 1);
        });
        read(nifti, "floating-point", () -> {
            typed(16, 4, 1.5);
            typed(64, 8, 1.5);
        });
        read(nifti, "RGB24", () -> assertEquals(3, typed(128, 3, 1).channels()));
        read(nifti, "RGBA32", () -> assertEquals(3, typed(2304, 4, 1).channels()));
        read(nifti, "frames", () -> assertEquals(3, Volumes.frames(file("f.nii", join(NiftiBytes.header(ByteOrder.LITTLE_ENDIAN, 2, 8, 2, 2,
                2, 3), new byte[24])))));
        read("NRRD", "`.nrrd`", sameAsNifti("itk.nrrd"));
        read("NRRD", "`.nhdr`", sameAsNifti("unu_detached.nhdr"));
        read("NRRD", "raw or gzip", sameAsNifti("itk.nrrd", "unu.nrrd"));
        read("NRRD", "several numbers for each voxel", twoChannels(foreign("vector.nrrd")));
        read("NRRD", "frames", twoChannels(foreign("frames.nrrd")));
        read("MetaImage", "`.mha`", sameAsNifti("itk.mha"));
        read("MetaImage", "`.mhd`", sameAsNifti("itk.mhd"));
        read("MetaImage", "raw or zlib", sameAsNifti("itk_raw.mha", "itk.mha"));
        read("MetaImage", "several numbers for each voxel", () -> twoChannels(file("two.mha", metaImage("NDims = 3\nDimSize = 2 2 2\n",
                "ElementNumberOfChannels = 2\n", 16))).run());
        read("MetaImage", "frames", () -> twoChannels(file("four.mha", metaImage("NDims = 4\nDimSize = 2 2 2 2\n", "", 16))).run());
        read("MGH", "`.mgh`", () -> assertEquals(60, Volumes.read(foreign("ct_f32.mgh")).voxels().length));
        read("MGH", "`.mgz`", sameAsNifti("ct_i16.mgz"));
        read("MGH", "frames", twoChannels(foreign("two.mgz")));
        read("DICOM", "[series and multi-frame images](#dicom)", () -> {
            Volume series = Volumes.read(DicomFiles.series(folder.resolve("series"), 3, 6, 5, 4, (i, j, k) -> 100 * k + 6 * j + i));
            assertEquals(329, series.at(5, 4, 3));
        });
    }

    // ---- what is written

    /// Writes the results for a picture, and for a volume of every format that labels are written in.
    @BeforeAll
    static void write() throws IOException {
        pictureChecks();
        volumeChecks();
        Path flat = folder.resolve("flat"), deep = folder.resolve("deep"), data = folder.resolve("data"), run = folder.resolve("run");
        run("segment", "--weights", SAM, "--image", PICTURE, "--box", "130,30,210,65", "--out", flat, "--format", "geojson,roi,tif");
        String name = PICTURE.getFileName().toString().replace(".png", "");
        written("PNG", "masks", () -> assertEquals(1, Volumes.readLabels(flat.resolve(name + "_mask.png")).max()));
        written("PNG", "overlays", () -> assertTrue(ImageIO.read(flat.resolve(name + "_overlay.png").toFile()).getWidth() > 0));
        written("GeoJSON", "QuPath's annotations", () -> {
            Json made = Json.read(flat.resolve(name + "_masks.geojson"));
            assertEquals("FeatureCollection", made.at("type").string());
            assertEquals("annotation", made.at("features").list().getFirst().at("properties").at("objectType").string());
        });
        written("GeoJSON", "polygons with holes (`--format geojson`)", () -> {
            assertTrue(Set.of("Polygon", "MultiPolygon").contains(Json.read(flat.resolve(name + "_masks.geojson")).at("features").list()
                    .getFirst().at("geometry").at("type").string()));
            boolean[] ring = {true, true, true, true, false, true, true, true, true};
            Json features = GeoJson.of(List.of(new Region("ring", 1, new Mask(3, 3, ring), Map.of()))).at("features");
            assertEquals(2, features.list().getFirst().at("geometry").at("coordinates").list().size(), "its outside and its hole");
        });
        written("ImageJ's regions", "`RoiSet.zip` (`--format roi`)", () -> {
            try (ZipFile zip = new ZipFile(flat.resolve(name + "_RoiSet.zip").toFile())) {
                assertEquals(1, zip.size());
            }
        });
        written("TIFF, BigTIFF, OME-TIFF, ImageJ's stacks", "labels of 8 or 16 bits", () -> assertEquals(8, stored(flat.resolve(name
                + "_labels.tif")).bits()));

        run("data", "phantom", "--out", data, "--patients", 3);
        run("train", "--data", data, "--weights", Cli.TINY, "--head", "linear", "--epochs", 1, "--side", 16, "--augment", "none",
                "--labelled", 1, "--out", run);
        Path images = Files.createDirectory(folder.resolve("images"));
        Files.copy(foreign("itk.nrrd"), images.resolve("n.nrrd"));
        Files.copy(foreign("itk.mha"), images.resolve("m.mha"));
        Files.copy(foreign("ct.nii"), images.resolve("v.nii"));
        Files.copy(PICTURE, images.resolve("p.png"));
        Path disk = DicomFiles.series(folder.resolve("disk"), 4, 41, 37, 5, (i, j, k) -> (i - 20) * (i - 20) + (j - 18) * (j - 18) < 150
                ? 900 + i
                : 40 + j);
        run("segment", "--weights", SAM, "--image", disk, "--slice", 1, "--box", "7,5,33,31", "--point", "20,18", "--out", flat);
        run("predict", "--run", run, "--input", images, "--output", deep, "--probabilities");
        run("predict", "--run", run, "--input", images.resolve("v.nii"), "--output", folder.resolve("pages"), "--format", "tif");
        written("PNG", "labels with a palette", () -> assertEquals(Kind.PALETTE, stored(deep.resolve("p.png")).kind()));
        written("NIfTI-1, NIfTI-2", "labels", labelsOf("v.nii.gz", "v.nii"));
        written("NIfTI-1, NIfTI-2", "probabilities", () -> assertEquals(4, Volumes.frames(deep.resolve("v_probabilities.nii.gz"))));
        written("NRRD", "labels of a NRRD image", labelsOf("n.nrrd", "n.nrrd"));
        written("MetaImage", "labels of a MetaImage", labelsOf("m.mha", "m.mha"));
        written("DICOM", "segmentations", () -> assertTrue(SegmentationReader.is(flat.resolve("disk.seg.dcm"))));
        written("TIFF, BigTIFF, OME-TIFF, ImageJ's stacks", "a page for each slice", () -> {
            LabelVolume pages = Volumes.readLabels(folder.resolve("pages/v_labels.tif"));
            assertArrayEquals(Volumes.readLabels(deep.resolve("v.nii.gz")).classes(), pages.classes());
            assertEquals(3, pages.geometry().nz());
        });
        written("TIFF, BigTIFF, OME-TIFF, ImageJ's stacks", "with the voxels' size for ImageJ (`--format tif`)", () -> assertTrue(
                new String(Files.readAllBytes(folder.resolve("pages/v_labels.tif")), StandardCharsets.ISO_8859_1).contains("\nunit=mm\nspacing=")));
    }

    private static Check labelsOf(String labels, String image) {
        return () -> {
            Geometry grid = Volumes.read(folder.resolve("images").resolve(image)).geometry();
            assertEquals("", Volumes.readLabels(folder.resolve("deep").resolve(labels)).geometry().difference(grid).orElse(""));
        };
    }

    private static void run(Object... words) {
        Cli cli = Cli.run(words);
        assertEquals(0, cli.exit(), cli.err());
    }
}
