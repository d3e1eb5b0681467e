package dev.samovar.imaging.dicom;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Intensity;
import dev.samovar.imaging.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What is chosen from a folder of images, and what a series says of itself.
class DicomSeriesTest {
    private static final String STORAGE = "1.2.840.10008.5.1.4.1.1.";

    @TempDir
    private Path folder;

    private Path write(String name, Elements set) {
        return DicomBytes.write(folder.resolve(name), DicomBytes.file(set));
    }

    private static Elements slice(int k) {
        return DicomBytes.slice(4, 3, k, 3);
    }

    private static String refusal(Path path, Choice choice) {
        return assertThrows(FormatException.class, () -> DicomSeries.open(path, choice)).getMessage();
    }

    private float[] voxels(Choice choice) {
        return DicomSeries.open(folder, choice).read().voxels();
    }

    // What is left out -------------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource({"1.2.840.10008.1.3.10, a directory", "66.4, a segmentation", "88.11, a structured report", "481.3, an RT structure set",
        "11.1, a presentation state", "104.1, a document", "481.5, no image"})
    void whatIsNoImageIsLeftOutByItsName(String kind, String says) {
        String sop = kind.startsWith("1.2.") ? kind : STORAGE + kind;
        write("a.dcm", slice(0));
        write("b.dcm", new Elements().text(Tags.SOP_CLASS_UID, "UI", sop).text(Tags.SOP_INSTANCE_UID, "UI", "2.25.5"));
        assertEquals("left out: b.dcm (" + says + ")", DicomSeries.open(folder, Choice.NONE).notes().getFirst());
    }

    @Test
    void ofManyFilesOneIsNamed() throws IOException {
        write("a.dcm", slice(0));
        for (int n = 0; n < 3; n++) Files.writeString(folder.resolve("n" + n + ".txt"), "x");
        assertEquals("left out: n0.txt (not DICOM), n1.txt (not DICOM), n2.txt (not DICOM)",
                DicomSeries.open(folder, Choice.NONE).notes().getFirst());
        Files.writeString(folder.resolve("n3.txt"), "x");
        Files.writeString(folder.resolve(".hidden"), "x");
        assertEquals("left out: n0.txt and 3 more (not DICOM)", DicomSeries.open(folder, Choice.NONE).notes().getFirst());
        Files.delete(folder.resolve("a.dcm"));
        assertEquals(folder + ": there is no DICOM image in it (left out: n0.txt and 3 more (not DICOM))", refusal(folder, Choice.NONE));
    }

    @Test
    void whatIsDicomIsToldByItsFirstBytes() throws IOException {
        Path below = Files.createDirectories(folder.resolve("a/b")),
                text = Files.writeString(folder.resolve("a/x.dcm"), "no DICOM, whatever its name");
        assertFalse(DicomSeries.is(folder) || DicomSeries.is(text) || DicomSeries.is(folder.resolve("none")) || DicomSeries.isFolder(folder));
        Path file = DicomBytes.write(below.resolve("image"), DicomBytes.file(slice(0)));
        assertTrue(DicomSeries.is(file) && DicomSeries.is(folder) && DicomSeries.is(below) && DicomSeries.isFolder(below));
        assertFalse(DicomSeries.isFolder(folder) || DicomSeries.isFolder(folder.resolve("a")) || DicomSeries.isFolder(file), "it is in a sub-folder");
    }

    @Test
    void aCopyIsLeftOutAndAnotherImageOfTheSameNameIsRefused() {
        write("a.dcm", slice(0));
        write("b.dcm", slice(0).text(Tags.PATIENT_SEX, "CS", "M"));
        assertEquals(List.of("b.dcm holds the same image as a.dcm and was left out"), DicomSeries.open(folder, Choice.NONE).notes());
        for (byte[] other : new byte[][]{DicomBytes.pixels(4, 3, 1), DicomBytes.pixels(4, 4, 0)}) {
            write("b.dcm", slice(0).bytes(Tags.PIXEL_DATA, "OW", other));
            assertEquals(folder + ": two different images carry the UID \"2.25.1000\": a.dcm and b.dcm", refusal(folder, Choice.NONE));
        }
        byte[] large = new byte[2 * 300 * 300], last = large.clone();
        last[last.length - 1] = 1;
        Elements wide = slice(0).unsigned(Tags.ROWS, 300).unsigned(Tags.COLUMNS, 300);
        write("a.dcm", wide.bytes(Tags.PIXEL_DATA, "OW", large));
        write("b.dcm", wide);
        assertEquals(1, DicomSeries.open(folder, Choice.NONE).notes().size());
        write("b.dcm", wide.bytes(Tags.PIXEL_DATA, "OW", last));
        assertTrue(refusal(folder, Choice.NONE).contains("two different images"));
    }

    // Which series -----------------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource({"7, 0", "thin, 0", "THIN, 0", "2.25.70, 0", "12, 100", "2.25.80, 100"})
    void aSeriesIsChosenByNumberDescriptionOrUid(String wanted, float first) {
        write("a.dcm", slice(0).text(Tags.SERIES_NUMBER, "IS", "7").text(Tags.SERIES_INSTANCE_UID, "UI", "2.25.70").text(Tags.SERIES_DESCRIPTION,
                "LO", "thin"));
        write("b.dcm", slice(1).text(Tags.SERIES_NUMBER, "IS", "12").text(Tags.SERIES_INSTANCE_UID, "UI", "2.25.80"));
        assertEquals(first, voxels(new Choice(wanted, null, null))[0]);
        assertEquals(folder + ": 2 series: choose one of 7 'thin' (CT, 4 × 3 × 1) and 12 (CT, 4 × 3 × 1) with --series",
                refusal(folder, Choice.NONE));
        assertEquals(folder + ": there is no series \"thick\", but 7 'thin' 2.25.70 (CT, 4 × 3 × 1) and 12 2.25.80 (CT, 4 × 3 × 1)",
                refusal(folder, new Choice("thick", null, null)));
    }

    private static Elements turned(int k, String orientation, String position) {
        return slice(k).text(Tags.IMAGE_ORIENTATION, "DS", orientation).text(Tags.IMAGE_POSITION, "DS", position).text(Tags.SOP_INSTANCE_UID, "UI",
                "2.25.6" + k).bytes(Tags.PIXEL_DATA, "OW", DicomBytes.pixels(4, 3, 40 + k));
    }

    @Test
    void ofSeveralStacksOneIsChosen() {
        for (int k = 0; k < 2; k++) {
            write("a" + k + ".dcm", slice(k));
            write("b" + k + ".dcm", turned(k, "0\\1\\0\\0\\0\\-1", "" + 5 * k + "\\0\\0"));
        }
        assertEquals(folder + ": 2 stacks of slices: choose one of 1 (4 × 3 × 2, axial) and 2 (4 × 3 × 2, sagittal) with --stack",
                refusal(folder, Choice.NONE));
        assertEquals(0, voxels(new Choice(null, "1", null))[0]);
        assertTrue(voxels(new Choice(null, "2", null))[0] >= 4000, "a sagittal slice");
        for (String none : List.of("0", "3", "x"))
            assertEquals(folder + ": there is no stack \"" + none + "\"; there are 1 to 2", refusal(folder, new Choice(null, none, null)));
    }

    @Test
    void aSingleImageInAnotherPlaneIsLeftOut() {
        for (int k = 0; k < 2; k++) write("a" + k + ".dcm", slice(k));
        write("b.dcm", turned(0, "0\\1\\0\\0\\0\\-1", "0\\0\\0"));
        write("c.dcm", turned(1, "1\\0\\0\\0\\0\\-1", "0\\0\\0").text(Tags.IMAGE_TYPE, "CS", "ORIGINAL\\PRIMARY\\LOCALIZER"));
        assertEquals(List.of("b.dcm was left out: a single image (4 × 3, sagittal)", "c.dcm was left out: a localizer (4 × 3, coronal)"), DicomSeries
                .open(folder, Choice.NONE).notes());
    }

    /// The same within a ten-thousandth is the same; anything else is another stack.
    @ParameterizedTest
    @CsvSource({"2\\1.5, 1\\0\\0\\0\\1\\0, true", "2.0001\\1.5001, 1\\0\\0\\0\\1\\0, true", "2.001\\1.5, 1\\0\\0\\0\\1\\0, false",
        "2\\1.501, 1\\0\\0\\0\\1\\0, false", "2\\1.5, 1\\0\\0.00005\\0\\1\\0, true", "2\\1.5, 0.999\\0.03\\0\\-0.03\\0.999\\0, false"})
    void slicesOfOneStackAreAlike(String spacing, String orientation, boolean alike) {
        write("a.dcm", slice(0));
        write("b.dcm", slice(1).text(Tags.PIXEL_SPACING, "DS", spacing).text(Tags.IMAGE_ORIENTATION, "DS", orientation));
        if (alike) assertEquals(2, DicomSeries.open(folder, Choice.NONE).geometry().nz());
        else assertTrue(refusal(folder, Choice.NONE).contains("2 stacks of slices"));
    }

    // Several images of each place -------------------------------------------------------------------------------------------

    private void twice(int tag, String vr, String one, String other) {
        for (int k = 0; k < 2; k++) {
            write("a" + k + ".dcm", slice(k).text(tag, vr, one));
            write("b" + k + ".dcm", slice(k).text(tag, vr, other).text(Tags.SOP_INSTANCE_UID, "UI", "2.25.9" + k).bytes(Tags.PIXEL_DATA, "OW",
                    DicomBytes.pixels(4, 3, 10 + k)));
        }
    }

    @ParameterizedTest
    @CsvSource({"0x00180081, DS, 30, 8.5, EchoTime 8.5 or 30, 30, 8.5", "0x00200100, IS, 1, 2, TemporalPositionIdentifier 1 or 2, 1, 2",
        "0x00181060, DS, 100, 20, TriggerTime 20 or 100, 100, 20", "0x00200012, IS, 3, 12, AcquisitionNumber 3 or 12, 3, 12",
        "0x00080032, TM, 120000, 120001.5, AcquisitionTime 120000 or 120001.5, 120000, 120001.5",
        "0x00080008, CS, ORIGINAL\\PRIMARY\\M, ORIGINAL\\PRIMARY\\P, ImageType ORIGINAL\\PRIMARY\\M or ORIGINAL\\PRIMARY\\P, ORIGINAL\\PRIMARY\\M, ORIGINAL\\PRIMARY\\P"})
    void whatTellsTheVolumesApartChoosesOne(String tag, String vr, String one, String other, String says, String first, String second) {
        twice(Integer.decode(tag), vr, one, other);
        assertEquals(folder + ": 2 images of every place: " + says + "; choose one with --volume", refusal(folder, Choice.NONE));
        assertEquals(0, voxels(new Choice(null, null, first))[0]);
        assertEquals(1000, voxels(new Choice(null, null, second))[0]);
        assertTrue(refusal(folder, new Choice(null, null, "x")).startsWith(folder + ": there is no volume \"x\": 2 images of every place: "));
    }

    @Test
    void whereNothingDoesTheInstanceNumberOrders() {
        twice(Tags.PATIENT_SEX, "CS", "O", "O");
        for (int k = 0; k < 2; k++)
            write("b" + k + ".dcm", slice(k).text(Tags.INSTANCE_NUMBER, "IS", "" + (50 + k)).text(Tags.SOP_INSTANCE_UID, "UI", "2.25.9" + k)
                    .bytes(Tags.PIXEL_DATA, "OW", DicomBytes.pixels(4, 3, 10 + k)));
        assertTrue(refusal(folder, Choice.NONE).contains("2 images of every place: in the order of InstanceNumber 1 or 2;"));
        assertEquals(1000, voxels(new Choice(null, null, "2"))[0]);
        write("c.dcm", slice(1).text(Tags.INSTANCE_NUMBER, "IS", "99").text(Tags.SOP_INSTANCE_UID, "UI", "2.25.77").bytes(Tags.PIXEL_DATA, "OW",
                DicomBytes.pixels(4, 3, 20)));
        assertTrue(refusal(folder, Choice.NONE).contains("are two images of one place"));
    }

    @Test
    void oneVolumeLeavesNothingToChoose() {
        write("a.dcm", slice(0));
        write("b.dcm", slice(1));
        assertEquals(folder + ": it is one volume, so there is none to choose; leave out --volume", refusal(folder, new Choice(null, null, "1")));
    }

    // Clips ------------------------------------------------------------------------------------------------------------------

    private Path clip() {
        byte[] pixels = new byte[3 * 2 * 2];
        for (int i = 0; i < pixels.length; i++) pixels[i] = (byte) i;
        return write("clip.dcm", DicomBytes.image(0).text(Tags.SOP_CLASS_UID, "UI", STORAGE + "3.1").text(Tags.MODALITY, "CS", "US").text(
                Tags.NUMBER_OF_FRAMES, "IS", "3").unsigned(Tags.ROWS, 2).unsigned(Tags.COLUMNS, 2).unsigned(Tags.BITS_ALLOCATED, 8).unsigned(
                        Tags.BITS_STORED, 8)
                .unsigned(Tags.HIGH_BIT, 7).unsigned(Tags.PIXEL_REPRESENTATION, 0).bytes(Tags.PIXEL_DATA, "OW", pixels));
    }

    @Test
    void aClipHasFrames() {
        Path file = clip();
        DicomSeries clip = DicomSeries.open(file, Choice.NONE);
        assertTrue(clip.isTime() && !clip.isPlaced() && clip.modality().equals("US"));
        assertEquals(3, clip.geometry().nz());
        assertArrayEquals(new float[]{4, 5, 6, 7}, clip.frame(1).read().voxels());
        assertArrayEquals(new float[]{8, 9, 10, 11}, clip.frame(2).read().voxels());
        assertFalse(clip.frame(0).isTime());
        for (int none : new int[]{-1, 3})
            assertEquals(file + ": it has the frames 0 to 2, and --frame asks for " + none,
                    assertThrows(FormatException.class, () -> clip.frame(none))
                            .getMessage());
    }

    @Test
    void aVolumeIsNoClip() {
        write("a.dcm", slice(0));
        write("b.dcm", slice(1));
        DicomSeries series = DicomSeries.open(folder, Choice.NONE);
        assertTrue(series.isPlaced() && !series.isTime());
        assertEquals(folder + ": it is no clip, and has no frames to choose from", assertThrows(FormatException.class, () -> series.frame(0))
                .getMessage());
    }

    // Brightness -------------------------------------------------------------------------------------------------------------

    private Intensity intensity(Elements set) {
        Volume volume = DicomSeries.open(write("one.dcm", set), Choice.NONE).read();
        return DicomSeries.intensity(volume, new Intensity.Unchanged());
    }

    @ParameterizedTest
    @CsvSource({"40, 400, true", "-600.5, 1500, true", "0, 1e-3, true", "40, 0, false", "40, -1, false", "1e9, 400, false", "-1e9, 400, false",
        "40, 1e9, false", "x, 400, false", "40, , false", ", 400, false"})
    void theWindowIsThatOfTheFileIfItMakesSense(String level, String width, boolean taken) {
        Elements set = slice(0);
        if (level != null) set.text(Tags.WINDOW_CENTER, "DS", level);
        if (width != null) set.text(Tags.WINDOW_WIDTH, "DS", width);
        assertEquals(taken ? new Intensity.Window(Double.parseDouble(level), Double.parseDouble(width)) : new Intensity.Unchanged(), intensity(set));
    }

    @Test
    void whereWhiteIsTheLeastValueTheWindowIsNotTaken() {
        Elements set = slice(0).text(Tags.WINDOW_CENTER, "DS", "40").text(Tags.WINDOW_WIDTH, "DS", "400");
        assertEquals(new Intensity.Window(40, 400), intensity(set));
        assertEquals(new Intensity.Unchanged(), intensity(set.text(Tags.PHOTOMETRIC, "CS", "MONOCHROME1")));
        assertTrue(DicomSeries.open(folder.resolve("one.dcm"), Choice.NONE).isInverted());
    }

    @Test
    void ofSeveralSlicesTheMiddleOneSaysWhichWindow() {
        for (int k = 0; k < 3; k++)
            write("s" + k + ".dcm", slice(k).text(Tags.WINDOW_CENTER, "DS", "" + k).text(Tags.WINDOW_WIDTH, "DS", "10"));
        assertEquals(List.of(1.0, 10.0), DicomSeries.open(folder, Choice.NONE).window().map(w -> List.of(w[0], w[1])).orElseThrow());
    }
}
