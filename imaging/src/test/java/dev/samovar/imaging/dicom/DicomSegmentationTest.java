package dev.samovar.imaging.dicom;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Orientation;
import dev.samovar.imaging.dicom.Segment.Algorithm;
import dev.samovar.imaging.dicom.Segment.Code;
import dev.samovar.imaging.dicom.Segment.Meaning;
import dev.samovar.imaging.format.Nifti;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DicomSegmentationTest {
    private static final Path FIXTURES = Path.of(System.getProperty("samovar.shared", "../../shared"), "fixtures", "dicom");
    private static final String PYDICOM = "/usr/bin/python3";

    @TempDir
    Path folder;

    private static Segment segment(int value, String label) {
        return new Segment(value, label, Algorithm.AUTOMATIC, null, 0xFF0000);
    }

    private static final List<Segment> THREE = List.of(
            new Segment(1, "heart", Algorithm.AUTOMATIC, anatomy("80891009", "Heart"), 0xDC143C),
            new Segment(2, "right lung", Algorithm.AUTOMATIC, anatomy("3341006", "Right lung"), 0x4682DC),
            new Segment(3, "spine", Algorithm.AUTOMATIC, anatomy("421060004", "Spine"), 0xF0DC82));

    private static Meaning anatomy(String code, String meaning) {
        return new Meaning(Meaning.ANATOMICAL_STRUCTURE, new Code(code, "SCT", meaning));
    }

    private static LabelVolume pattern(Geometry geometry, int classes) {
        byte[] labels = new byte[geometry.voxels()];
        for (int i = 0; i < labels.length; i++) labels[i] = (byte) ((i + i / 7) % 5 <= classes ? (i + i / 7) % 5 : 0);
        Arrays.fill(labels, 0, geometry.nx() * geometry.ny(), (byte) 0);                  // nothing in the first slice
        return new LabelVolume(geometry, labels);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ct-axial", "mr-oblique-sagittal"})
    void framesBitsAndReferencesAreThoseOfTheGoldenObjects(String name) throws Exception {
        assumeTrue(Files.isDirectory(FIXTURES), FIXTURES
                + " is not there: the golden objects of the project's shared folder are not compared");
        DicomSeries series = DicomSeries.open(FIXTURES.resolve(name).resolve("dicom"), Choice.NONE);
        LabelVolume given = Nifti.readLabels(FIXTURES.resolve("seg").resolve(name + "-labels.nii.gz"));
        LabelVolume labels = new LabelVolume(series.geometry(), given.classes());
        Path file = folder.resolve("case.seg.dcm");
        DicomSegmentation.write(file, labels, THREE, false, "0.2");
        Json expected = Json.parse(Files.readString(FIXTURES.resolve("seg").resolve("expected.json")), "expected").at(name + "-seg.dcm");
        DicomFile written = requireNonNull(DicomFile.read(file, "case"));
        List<Json> frames = expected.at("frames").list();
        assertEquals(frames.size(), written.frames());
        for (int f = 0; f < frames.size(); f++) {
            Frame frame = new Frame(written, f);
            assertEquals(frames.get(f).at("segment").integer(),
                    frame.group(Tags.SEGMENT_IDENTIFICATION, Tags.REFERENCED_SEGMENT_NUMBER).unsigned(Tags.REFERENCED_SEGMENT_NUMBER, 0));
            assertArrayEquals(series.frames().get(frames.get(f).at("slice").integer()).position, frame.position);
        }
        byte[] all = Files.readAllBytes(file);
        int bytes = expected.at("pixel_data").at("bytes").integer();
        assertEquals(expected.at("pixel_data").at("sha256").string(),
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Arrays.copyOfRange(all, all.length - bytes, all.length))));
        assertEquals(labels, SegmentationReader.read(file, series.geometry()));
        Geometry canonical = Orientation.of(series.geometry()).canonical();
        assertEquals(Orientation.of(series.geometry()).toCanonical(labels), SegmentationReader.read(file, canonical));
        assertEquals(labels, SegmentationReader.read(FIXTURES.resolve("seg").resolve(name + "-seg.dcm"), series.geometry()));
        same(FIXTURES.resolve("seg").resolve(name + "-seg.dcm"), file);
    }

    /// Compares all attributes with pydicom, except those that are new in each object, and colours and descriptions.
    private static void same(Path golden, Path written) throws Exception {
        assumeTrue(hasPydicom(),
                "pydicom is not installed (apt-get install python3-pydicom): attributes are not compared with the golden objects");
        String script = """
                import pydicom, sys
                free = {0x00080018, 0x00080023, 0x00080033, 0x0020000E, 0x00200011, 0x00209164, 0x0062000D, 0x00080070, 0x00081090}
                def flat(d, path=''):
                    for e in d:
                        if e.tag in free or e.tag == 0x7FE00010: continue
                        p = path + '/' + str(e.tag)
                        if e.VR == 'SQ':
                            yield p, e.VR, len(e.value)
                            for i, item in enumerate(e.value): yield from flat(item, p + '[' + str(i) + ']')
                        else: yield p, e.VR, round(float(e.value), 4) if p.endswith('(0018, 0050)') or p.endswith('(0018, 0088)') else str(e.value)
                a, b = (list(flat(pydicom.dcmread(f))) for f in sys.argv[1:3])
                for x, y in zip(a, b):
                    if x != y: print(x, y); break
                print(len(a) == len(b), pydicom.dcmread(sys.argv[2]).PixelData == pydicom.dcmread(sys.argv[1]).PixelData)
                """;
        assertEquals("True True", run(PYDICOM, "-c", script, golden.toString(), written.toString()));
    }

    /// Frames begin within a byte if rows · columns is not a multiple of 8. Every remainder is tested, and the bits are read back by our reader and by pydicom.
    @Test
    void everyRemainderByEightIsWrittenWithoutAGap() throws Exception {
        int[][] sizes = {{16, 8}, {11, 3}, {10, 5}, {9, 3}, {10, 2}, {7, 3}, {11, 2}, {13, 3}, {27, 33}, {30, 26}};
        List<String> right = new ArrayList<>(), command = new ArrayList<>(List.of(PYDICOM, "-c", """
                import pydicom, sys
                for name in sys.argv[1:]:
                    d = pydicom.dcmread(name)
                    a, out = d.pixel_array, []
                    for f, g in enumerate(d.PerFrameFunctionalGroupsSequence):
                        k = round(float(g.PlanePositionSequence[0].ImagePositionPatient[2]) / 3)
                        s = g.SegmentIdentificationSequence[0].ReferencedSegmentNumber
                        out.append(str(s) + ':' + str(k) + ':' + ''.join(str(v) for v in a[f].flatten()))
                    print(' '.join(out))
                """));
        for (int[] size : sizes) {
            int columns = size[0], rows = size[1];
            DicomSeries series = DicomSeries.open(DicomBytes.series(folder.resolve(columns + "x" + rows), columns, rows, 5), Choice.NONE);
            LabelVolume labels = pattern(series.geometry(), 3);
            Path file = folder.resolve(columns + "x" + rows + ".seg.dcm"), all = folder.resolve("all.seg.dcm");
            List<String> notes = DicomSegmentation.write(file, labels, THREE, false, "1");
            DicomSegmentation.write(all, labels, THREE, true, "1");
            assertEquals(columns * rows % 8 == 0, notes.isEmpty());
            assertEquals(12, requireNonNull(DicomFile.read(file, "case")).frames());
            assertEquals(15, requireNonNull(DicomFile.read(all, "all")).frames());
            assertEquals(labels, SegmentationReader.read(file, series.geometry()));
            assertEquals(labels, SegmentationReader.read(all, series.geometry()));
            assertEquals(labels, SegmentationReader.read(all));
            assertEquals(4, SegmentationReader.read(file).geometry().nz());
            right.add(bits(labels));
            command.add(file.toString());
        }
        assumeTrue(hasPydicom(), "pydicom is not installed (apt-get install python3-pydicom python3-numpy): objects are not read back by it");
        assertEquals(String.join("\n", right), run(command.toArray(String[]::new)));
    }

    private static String bits(LabelVolume labels) {
        int slice = labels.geometry().nx() * labels.geometry().ny();
        StringBuilder all = new StringBuilder();
        for (int s = 1; s <= 3; s++) {
            for (int k = 1; k < labels.geometry().nz(); k++) {
                all.append(all.isEmpty() ? "" : " ").append(s).append(':').append(k).append(':');
                for (int i = 0; i < slice; i++) all.append(labels.classes()[k * slice + i] == s ? 1 : 0);
            }
        }
        return all.toString();
    }

    @ParameterizedTest
    @ValueSource(strings = {"coded", "without codes, with gaps", "clicked", "drawn", "in UTF-8", "all frames", "multi-frame source",
        "oblique", "sheared"})
    void theValidatorHasNothingAgainstIt(String kind) throws Exception {
        assumeTrue(Files.exists(Path.of("/usr/bin/dciodvfy")),
                "dciodvfy is not installed (apt-get install dicom3tools): objects are not validated");
        boolean shared = List.of("multi-frame source", "oblique", "sheared").contains(kind);
        assumeTrue(!shared || Files.isDirectory(FIXTURES), FIXTURES + " is not there");
        Path source = !shared ? DicomBytes.series(folder.resolve("series"), 9, 7, 4) : FIXTURES.resolve(switch (kind) {
            case "oblique" -> "mr-oblique-sagittal";
            case "sheared" -> "ct-tilt";
            default -> "mr-enhanced";
        }).resolve("dicom");
        List<Segment> segments = switch (kind) {
            case "without codes, with gaps" -> List.of(segment(1, "one"), segment(3, "three"));
            case "clicked" -> List.of(new Segment(1, "it", Algorithm.SEMIAUTOMATIC, null, 255));
            case "drawn" -> List.of(new Segment(1, "it", Algorithm.MANUAL, null, 255));
            case "in UTF-8" -> List.of(segment(1, "Herzhöhle, 心臓 " + "x".repeat(80)));
            default -> THREE;
        };
        DicomSeries series = DicomSeries.open(source, Choice.NONE);
        Path file = folder.resolve("case.seg.dcm");
        DicomSegmentation.write(file, pattern(series.geometry(), 3), segments, kind.equals("all frames"), "1.0");
        String says = run("/usr/bin/dciodvfy", file.toString());
        assertFalse(says.contains("Error"), says);
        assertTrue(says.contains("Segmentation"), says);
    }

    @Test
    void classesWithGapsAreNumberedWithoutAndComeBackAsTheyWere() {
        DicomSeries series = DicomSeries.open(DicomBytes.series(folder.resolve("series"), 5, 5, 3), Choice.NONE);
        byte[] classes = new byte[75];
        classes[30] = 7;
        classes[40] = (byte) 200;
        LabelVolume labels = new LabelVolume(series.geometry(), classes);
        Path file = folder.resolve("case.seg.dcm");
        DicomSegmentation.write(file, labels, List.of(segment(7, "seven"), segment(200, "two hundred")), false, "1");
        List<DataSet> items = requireNonNull(DicomFile.read(file, "case")).set().items(Tags.SEGMENT_SEQUENCE);
        assertEquals(List.of(1, 2), items.stream().map(s -> s.unsigned(Tags.SEGMENT_NUMBER, 0)).toList());
        assertEquals(labels, SegmentationReader.read(file, series.geometry()));
    }

    @Test
    void theDistanceOfSlicesIsThatOfTheirPlacesWhateverTheThickness() {
        Path source = folder.resolve("series");
        DicomBytes.series(source, 5, 5, 0);
        for (int k = 0; k < 3; k++)
            DicomBytes.write(source.resolve("IM" + k), DicomBytes.file(DicomBytes.slice(5, 5, k, 3).text(Tags.SLICE_THICKNESS, "DS", "5")));
        DicomSeries series = DicomSeries.open(source, Choice.NONE);
        Path file = folder.resolve("case.seg.dcm");
        DicomSegmentation.write(file, pattern(series.geometry(), 1), List.of(segment(1, "a")), false, "1");
        DataSet measures = requireNonNull(DicomFile.read(file, "case")).set().items(Tags.SHARED_GROUPS).getFirst().items(Tags.PIXEL_MEASURES)
                .getFirst();
        assertEquals("3", measures.text(Tags.SLICE_THICKNESS));
        assertEquals("3", measures.text(Tags.SPACING_BETWEEN_SLICES));
        assertEquals("2\\1.5", new String(measures.bytes(Tags.PIXEL_SPACING), StandardCharsets.US_ASCII).strip());
    }

    @Test
    void nothingIsWrittenOfNothingNorWithoutAPlace() {
        DicomSeries series = DicomSeries.open(DicomBytes.series(folder.resolve("series"), 5, 5, 3), Choice.NONE);
        Path file = folder.resolve("case.seg.dcm");
        LabelVolume empty = new LabelVolume(series.geometry(), new byte[75]);
        refused("no voxel has a class", () -> DicomSegmentation.write(file, empty, THREE, true, "1"));
        refused("are not of one", () -> DicomSegmentation.write(file, new LabelVolume(Geometry.of(5, 5, 3, 1, 1, 1), new byte[75]), THREE,
                true, "1"));
        Path flat = DicomBytes.write(folder.resolve("flat.dcm"), DicomBytes.file(DicomBytes.image(0).unsigned(Tags.ROWS, 2).unsigned(Tags.COLUMNS, 2)
                .bytes(Tags.PIXEL_DATA, "OW", new byte[8])));
        DicomSeries unplaced = DicomSeries.open(flat, Choice.NONE);
        refused("needs a place", () -> DicomSegmentation.write(file, new LabelVolume(unplaced.geometry(), new byte[4]), THREE, true, "1"));
        assertFalse(Files.exists(file));
    }

    @Test
    void overlapsOtherGridsAndFractionsAreRefusedWhenItIsRead() {
        Path source = DicomBytes.series(folder.resolve("series"), 5, 5, 3);
        DicomSeries series = DicomSeries.open(source, Choice.NONE);
        Path file = folder.resolve("case.seg.dcm");
        byte[] classes = new byte[75];
        Arrays.fill(classes, (byte) 1);
        DicomSegmentation.write(file, new LabelVolume(series.geometry(), classes), List.of(segment(1, "a"), segment(1, "b")), false, "1");
        refused("overlap at the voxel (0, 0, 0)", () -> SegmentationReader.read(file, series.geometry()));
        DicomSegmentation.write(file, new LabelVolume(series.geometry(), classes), List.of(segment(1, "a")), false, "1");
        refused("does not lie on the grid", () -> SegmentationReader.read(file, Geometry.of(5, 5, 3, 1, 1, 1)));
        refused("no DICOM segmentation", () -> SegmentationReader.read(source.resolve("IM0.dcm"), series.geometry()));
    }

    private static void refused(String says, org.junit.jupiter.api.function.Executable work) {
        String message = assertThrows(FormatException.class, work).getMessage();
        assertTrue(message.contains(says), message);
    }

    @Test
    void coloursAreThoseOfTheInternationalCommission() {
        assertArrayEquals(new int[]{34891, 53480, 50167}, Lab.of(0xFF0000), Arrays.toString(Lab.of(0xFF0000)));
        assertArrayEquals(new int[]{65535, 32896, 32896}, IntStream.of(Lab.of(0xFFFFFF)).map(v -> Math.abs(v - 32896) < 4 ? 32896 : v).toArray());
        assertEquals(0, Lab.of(0)[0]);
    }

    private static boolean hasPydicom() throws IOException, InterruptedException {
        return Files.exists(Path.of(PYDICOM)) && new ProcessBuilder(PYDICOM, "-c", "import pydicom, numpy").redirectErrorStream(true)
                .start().waitFor() == 0;
    }

    private static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String says = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(30, TimeUnit.SECONDS));
        return says.strip();
    }
}
