package dev.samovar.imaging.dicom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.Orientation;
import dev.samovar.imaging.Volume;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Series like real ones, compared with values that were computed from the attributes in their files.
class SeriesFixturesTest {
    private static final Path FOLDER = Path.of(System.getProperty("samovar.shared", "../../shared"), "fixtures", "dicom");

    static Stream<String> series() throws IOException {
        if (!Files.isDirectory(FOLDER)) return Stream.of("none");
        try (Stream<Path> folders = Files.list(FOLDER)) {
            return folders.filter(f -> Files.exists(f.resolve("dicom"))).map(f -> String.valueOf(f.getFileName())).sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("series")
    void aSeriesIsReadAsItIsMeant(String name) throws IOException {
        assumeTrue(Files.isDirectory(FOLDER), FOLDER + " is not there: the series of the project's shared folder are not tested");
        Json expected = Json.parse(Files.readString(FOLDER.resolve(name).resolve("expected.json")), name);
        Path folder = FOLDER.resolve(name).resolve("dicom");
        List<String> say = expected.at("say").list().stream().map(Json::string).toList();
        if (expected.has("may_refuse")) {
            FormatException e = assertThrows(FormatException.class, () -> DicomSeries.open(folder, Choice.NONE).read());
            String tail = ") is not read: decompress it first, say with ", says = e.getMessage();
            assertTrue(says.contains(tail) && says.contains(expected.at("syntax").string()), says);
            return;
        }
        if (expected.at("exit").number() == 2) {
            FormatException e = assertThrows(FormatException.class, () -> DicomSeries.open(folder, Choice.NONE));
            for (String sentence : say) assertTrue(e.getMessage().contains(sentence), e.getMessage());
        }
        for (Json volume : expected.at("volumes").list()) {
            DicomSeries series = DicomSeries.open(folder, choice(volume));
            if (expected.at("exit").number() == 0)
                assertEquals(say, series.notes().stream().filter(n -> !n.startsWith("its third axis")).toList());
            Volume read = series.read();
            check(volume, read);
            Json ras = volume.at("ras");
            Volume canonical = Orientation.of(read.geometry()).toCanonical(read);
            affine(ras, canonical.geometry());
            if (!volume.has("tolerance")) assertEquals(ras.at("sha256").string(), digest(canonical, volume.at("type").string()));
            assertEquals(volume.has("no_place"), !series.isPlaced());
            if (volume.has("modality")) assertEquals(volume.at("modality").string(), series.modality());
        }
    }

    private static Choice choice(Json volume) {
        if (!volume.has("name")) return Choice.NONE;
        String name = volume.at("name").string();
        if (volume.has("uid")) return new Choice(name.substring(0, 1), null, null);
        return new Choice(null, null, name.substring(name.indexOf(' ') + 1));
    }

    private static void check(Json expected, Volume read) {
        List<Json> shape = expected.at("shape").list();
        Geometry g = read.geometry();
        assertEquals(shape.stream().map(n -> (int) n.number()).toList(), shape.size() == 3
                ? List.of(g.nx(), g.ny(), g.nz())
                : List.of(g.nx(), g.ny(), g.nz(), read.channels()));
        affine(expected, g);
        double tolerance = expected.has("tolerance") ? expected.at("tolerance").number() : 0;
        for (Json voxel : expected.at("voxels").list()) {
            List<Json> at = voxel.at("at").list();
            int index = (int) at.get(0).number() + g.nx() * ((int) at.get(1).number() + g.ny() * (int) at.get(2).number());
            for (int c = 0; c < read.channels(); c++) {
                Json value = voxel.at("value");
                double right = read.channels() == 1 ? value.number() : value.list().get(c).number();
                assertEquals((float) right, read.voxels()[c * g.voxels() + index], tolerance + Math.abs(right) * 1e-6, voxel.toString());
            }
        }
        if (tolerance == 0) assertEquals(expected.at("sha256").string(), digest(read, expected.at("type").string()));
        if (!expected.has("least")) return;
        double least = Double.POSITIVE_INFINITY, greatest = Double.NEGATIVE_INFINITY;
        for (float v : read.voxels()) {
            least = Math.min(least, v);
            greatest = Math.max(greatest, v);
        }
        assertEquals((float) expected.at("least").number(), least, tolerance + 1e-6 * Math.abs(least));
        assertEquals((float) expected.at("greatest").number(), greatest, tolerance + 1e-6 * Math.abs(greatest));
    }

    private static void affine(Json expected, Geometry g) {
        for (int r = 0; r < 3; r++)
            for (int c = 0; c < 4; c++)
                assertEquals(expected.at("affine").list().get(r).list().get(c).number(), g.affine(r, c), 1e-6, "affine, " + r + ", " + c);
    }

    private static String digest(Volume volume, String type) {
        float[] voxels = volume.voxels();
        int bytes = type.equals("uint8") ? 1 : type.equals("int16") ? 2 : 4;
        ByteBuffer b = ByteBuffer.allocate(voxels.length * bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (float v : voxels) {
            if (bytes == 1) b.put((byte) (int) v);
            else if (bytes == 2) b.putShort((short) v);
            else b.putFloat(v);
        }
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(b.array()));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void paddingIsNoDarkerThanTheDarkestVoxelWhenItIsSeen() {
        assumeTrue(Files.isDirectory(FOLDER), FOLDER + " is not there");
        DicomSeries series = DicomSeries.open(FOLDER.resolve("ct-signed").resolve("dicom"), Choice.NONE);
        Volume read = series.read(), seen = series.toBeSeen(read);
        float least = Float.POSITIVE_INFINITY;
        int changed = 0;
        for (int i = 0; i < seen.voxels().length; i++) {
            least = Math.min(least, seen.voxels()[i]);
            if (seen.voxels()[i] != read.voxels()[i]) {
                assertEquals(-2000, read.voxels()[i]);
                changed++;
            }
        }
        assertEquals(-1005, least);
        assertTrue(changed > 0);
    }

    @Test
    void theLeastValueOfMonochrome1IsSeenWhite() {
        assumeTrue(Files.isDirectory(FOLDER), FOLDER + " is not there");
        DicomSeries series = DicomSeries.open(FOLDER.resolve("dx-monochrome1").resolve("dicom"), Choice.NONE);
        Volume read = series.read(), seen = series.toBeSeen(read);
        assertTrue(series.isInverted());
        for (int i = 0; i < read.voxels().length; i++) assertEquals(2628 + 4076, read.voxels()[i] + seen.voxels()[i]);
    }
}
