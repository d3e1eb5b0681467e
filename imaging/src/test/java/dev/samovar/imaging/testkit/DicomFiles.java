package dev.samovar.imaging.testkit;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntBinaryOperator;

/// Series of DICOM images for tests, of a patient whose name must not appear anywhere: explicit VR little endian, signed 16-bit pixels, axial slices 4 mm apart.
public final class DicomFiles {
    /// Strings that must not appear in a log, file name or report.
    public static final List<String> SECRETS = List.of("Secret^Name", "SECRETID", "19010203");

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private DicomFiles() {}

    /// The value of a voxel.
    @FunctionalInterface
    public interface Value {
        /// The value at column `i` and row `j` of slice `k`.
        int of(int i, int j, int k);
    }

    /// Writes a series into a new folder.
    public static Path series(Path folder, int number, int columns, int rows, int slices, Value value) {
        try {
            Files.createDirectories(folder);
            for (int k = 0; k < slices; k++) {
                final int slice = k;
                Files.write(folder.resolve("S" + number + "_" + (slices - k)), file(number, columns, rows, k, (i, j) -> value.of(i, j, slice)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return folder;
    }

    private static byte[] file(int number, int columns, int rows, int k, IntBinaryOperator value) {
        DicomFiles file = new DicomFiles();
        file.out.writeBytes(new byte[128]);
        file.out.writeBytes("DICM".getBytes(US_ASCII));
        file.text(0x00020010, "UI", "1.2.840.10008.1.2.1").text(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.2").text(0x00080018, "UI",
                "2.25." + number
                        + "00" + k)
                .text(0x00080020, "DA", "20260101").text(0x00080030, "TM", "120000").text(0x00080050, "SH", "").text(0x00080060, "CS", "CT")
                .text(0x00080090, "PN", "").text(0x0008103E, "LO", "made up").text(0x00100010, "PN", SECRETS.get(0)).text(0x00100020, "LO",
                        SECRETS.get(1))
                .text(0x00100030, "DA", SECRETS.get(2)).text(0x00100040, "CS", "O").text(0x0020000D, "UI", "2.25.7").text(0x0020000E,
                        "UI", "2.25.8"
                                + number)
                .text(0x00200010, "SH", "1").text(0x00200011, "IS", String.valueOf(number)).text(0x00200013, "IS", String.valueOf(k + 1))
                .text(0x00200032, "DS", "-10\\-20\\" + 4 * k).text(0x00200037, "DS", "1\\0\\0\\0\\1\\0").text(0x00200052, "UI", "2.25.9")
                .text(0x00201040, "LO", "")
                .number(0x00280002, 1).text(0x00280004, "CS", "MONOCHROME2")
                .number(0x00280010, rows).number(0x00280011, columns).text(0x00280030, "DS", "1\\1")
                .number(0x00280100, 16).number(0x00280101, 16).number(0x00280102, 15).number(0x00280103, 1);
        ByteBuffer pixels = ByteBuffer.allocate(2 * rows * columns).order(ByteOrder.LITTLE_ENDIAN);
        for (int j = 0; j < rows; j++) for (int i = 0; i < columns; i++) pixels.putShort((short) value.applyAsInt(i, j));
        ByteBuffer head = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN).putShort((short) 0x7FE0).putShort((short) 0x0010).put((byte) 'O')
                .put((byte) 'W').putShort((short) 0).putInt(pixels.capacity());
        file.out.writeBytes(head.array());
        file.out.writeBytes(pixels.array());
        return file.out.toByteArray();
    }

    private DicomFiles text(int tag, String vr, String value) {
        String even = value.length() % 2 == 0 ? value : value + (vr.equals("UI") ? "\0" : " ");
        return element(tag, vr, even.getBytes(US_ASCII));
    }

    private DicomFiles number(int tag, int value) {
        return element(tag, "US", new byte[]{(byte) value, (byte) (value >> 8)});
    }

    private DicomFiles element(int tag, String vr, byte[] value) {
        ByteBuffer head = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putShort((short) (tag >>> 16)).putShort((short) tag);
        out.writeBytes(head.put(vr.getBytes(US_ASCII)).putShort((short) value.length).array());
        out.writeBytes(value);
        return this;
    }
}
