package dev.samovar.imaging.dicom;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Small DICOM files for tests: slices of a series of an invented patient, in explicit VR little endian.
final class DicomBytes {
    static final String CT = "1.2.840.10008.5.1.4.1.1.2";

    private DicomBytes() {}

    /// The attributes of slice `k` of a series with this spacing. Pixels are signed, of 16 bits, with the values `100 k + i + j`.
    static Elements slice(int columns, int rows, int k, double spacing) {
        return image(k).unsigned(Tags.ROWS, rows).unsigned(Tags.COLUMNS, columns).text(Tags.PIXEL_SPACING, "DS", "2\\1.5")
                .text(Tags.IMAGE_ORIENTATION, "DS", "1\\0\\0\\0\\1\\0").text(Tags.IMAGE_POSITION, "DS", "-10\\-20\\" + k * spacing)
                .bytes(Tags.PIXEL_DATA, "OW", pixels(columns, rows, k));
    }

    static Elements image(int k) {
        return new Elements().text(Tags.IMAGE_TYPE, "CS", "ORIGINAL\\PRIMARY\\AXIAL").text(Tags.SOP_CLASS_UID, "UI", CT)
                .text(Tags.SOP_INSTANCE_UID, "UI", "2.25.100" + k).text(Tags.STUDY_DATE, "DA", "20260101").text(Tags.STUDY_TIME, "TM", "120000")
                .text(Tags.ACCESSION_NUMBER, "SH", "").text(Tags.MODALITY, "CS", "CT").text(Tags.REFERRING_PHYSICIAN_NAME, "PN", "")
                .text(Tags.PATIENT_NAME, "PN", "Secret^Name").text(Tags.PATIENT_ID, "LO", "SECRETID").text(Tags.PATIENT_BIRTH_DATE, "DA", "19010203")
                .text(Tags.PATIENT_SEX, "CS", "O").text(Tags.STUDY_INSTANCE_UID, "UI", "2.25.7").text(Tags.SERIES_INSTANCE_UID, "UI", "2.25.8")
                .text(Tags.STUDY_ID, "SH", "1").text(Tags.SERIES_NUMBER, "IS", "4").text(Tags.INSTANCE_NUMBER, "IS", String.valueOf(k + 1))
                .text(Tags.FRAME_OF_REFERENCE_UID, "UI", "2.25.9").text(Tags.POSITION_REFERENCE_INDICATOR, "LO", "")
                .unsigned(Tags.SAMPLES_PER_PIXEL, 1).text(Tags.PHOTOMETRIC, "CS", "MONOCHROME2").unsigned(Tags.BITS_ALLOCATED, 16)
                .unsigned(Tags.BITS_STORED, 16).unsigned(Tags.HIGH_BIT, 15).unsigned(Tags.PIXEL_REPRESENTATION, 1)
                .text(Tags.RESCALE_INTERCEPT, "DS", "0").text(Tags.RESCALE_SLOPE, "DS", "1");
    }

    static byte[] pixels(int columns, int rows, int k) {
        ByteBuffer b = ByteBuffer.allocate(2 * columns * rows).order(ByteOrder.LITTLE_ENDIAN);
        for (int j = 0; j < rows; j++) for (int i = 0; i < columns; i++) b.putShort((short) (100 * k + i + j));
        return b.array();
    }

    /// A file of these attributes.
    static byte[] file(Elements set) {
        return file(set.encode(), "1.2.840.10008.1.2.1");
    }

    static byte[] file(byte[] set, String syntax) {
        byte[] meta = new Elements().text(Tags.TRANSFER_SYNTAX_UID, "UI", syntax).encode();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[128]);
        out.writeBytes(new byte[]{'D', 'I', 'C', 'M'});
        out.writeBytes(new Elements().unsignedLong(0x00020000, meta.length).encode());
        out.writeBytes(meta);
        out.writeBytes(set);
        return out.toByteArray();
    }

    /// A data set with encapsulated pixels: an empty offset table, then the fragments.
    static byte[] encapsulated(Elements set, List<byte[]> pieces) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(set.encode());
        out.writeBytes(new byte[]{(byte) 0xE0, 0x7F, 0x10, 0, 'O', 'B', 0, 0, -1, -1, -1, -1});
        List<byte[]> all = new ArrayList<>(List.of(new byte[0]));
        all.addAll(pieces);
        for (byte[] piece : all) {
            out.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putShort((short) 0xFFFE).putShort((short) 0xE000)
                    .putInt(piece.length).array());
            out.writeBytes(piece);
        }
        out.writeBytes(new byte[]{-2, -1, (byte) 0xDD, (byte) 0xE0, 0, 0, 0, 0});
        return out.toByteArray();
    }

    static Path write(Path file, byte[] bytes) {
        try {
            return Files.write(file, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A series of slices 3 mm apart in a new folder.
    static Path series(Path folder, int columns, int rows, int slices) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        for (int k = 0; k < slices; k++) write(folder.resolve("IM" + k + ".dcm"), file(slice(columns, rows, k, 3)));
        return folder;
    }
}
