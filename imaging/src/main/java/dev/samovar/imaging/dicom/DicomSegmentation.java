package dev.samovar.imaging.dicom;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.LabelVolume;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/// Writes labels as a DICOM segmentation (Segmentation Storage, PS3.3, A.51): one object that refers to its series, with a binary segment for each
/// class.
///
/// Patient, study and frame of reference are copied as bytes from the first image of the series, so that an archive files both together. Segments
/// are numbered 1 to n whatever the classes are. Frames are sorted by segment and then by place; those without a voxel are left out, unless all are
/// requested. Their bits follow each other without a gap, the first pixel in the lowest bit.
public final class DicomSegmentation {
    static final String STORAGE = "1.2.840.10008.5.1.4.1.1.66.4";

    private static final String EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1",
            IMPLEMENTATION = "2.25.207446923918246373541873512926811436210";
    private static final int BITS = 8;

    private DicomSegmentation() {}

    /// A frame that is written.
    record Cut(int segment, int slice) {}

    /// Writes labels on the grid of a series, in its order of voxels.
    ///
    /// @param labels classes whose grid was read from a series of images with a place
    /// @param segments the classes that are written
    /// @param allFrames whether frames without a voxel are written too
    /// @param version of the software that made the labels
    /// @return what a user has to know, one sentence for each point
    /// @throws FormatException if the labels are not on the grid of a series, the images have no place, or no voxel has one of the classes: then nothing
    ///         is written
    /// @throws java.io.UncheckedIOException if the file cannot be written
    public static List<String> write(Path file, LabelVolume labels, List<Segment> segments, boolean allFrames, String version) {
        if (!(labels.geometry().source() instanceof DicomSeries series) || labels.geometry().difference(series.geometry()).isPresent())
            throw new FormatException("a DICOM segmentation is written for a series of DICOM images, and these labels are not of one");
        if (!series.isPlaced())
            throw new FormatException("a DICOM segmentation needs a place in the patient, which these images have not; take the labels in NIfTI");
        List<Cut> cuts = cuts(labels, segments, allFrames);
        if (cuts.isEmpty()) throw new FormatException("no voxel has a class, so there is no DICOM segmentation to write");
        long bits = (long) cuts.size() * labels.geometry().nx() * labels.geometry().ny(), bytes = Math.ceilDiv(bits, BITS);
        if (bytes >= 0xFFFFFFFEL)
            throw new FormatException("a DICOM segmentation of " + cuts.size() + " frames is too large: at most 4 GiB");
        String uid = uid();
        byte[] set = new SegmentationAttributes(series, segments, cuts, uid, version).encode();
        AtomicFile.write(file, out -> {
            out.write(meta(uid));
            out.write(set);
            ByteBuffer head = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
            head.putShort((short) (Tags.PIXEL_DATA >>> 16)).putShort((short) Tags.PIXEL_DATA).put((byte) 'O').put((byte) 'B').putShort((short) 0);
            out.write(head.putInt((int) (bytes + bytes % 2)).array());
            pixels(labels, segments, cuts, out);
            if (bytes % 2 == 1) out.write(0);
        });
        return notes(series);
    }

    private static List<String> notes(DicomSeries series) {
        int rows = series.geometry().ny(), columns = series.geometry().nx();
        if (rows * columns % BITS == 0) return List.of();
        return List.of(columns + " × " + rows
                + " pixels are no multiple of 8, and some viewers show the frames of such a segmentation displaced");
    }

    /// A new UID: a random number, as PS3.5, B.2 allows.
    static String uid() {
        UUID random = UUID.randomUUID();
        byte[] bytes = ByteBuffer.allocate(16).putLong(random.getMostSignificantBits()).putLong(random.getLeastSignificantBits()).array();
        return "2.25." + new BigInteger(1, bytes);
    }

    private static List<Cut> cuts(LabelVolume labels, List<Segment> segments, boolean all) {
        int slice = labels.geometry().nx() * labels.geometry().ny(), slices = labels.geometry().nz();
        boolean[][] used = new boolean[256][slices];
        byte[] classes = labels.classes();
        for (int i = 0; i < classes.length; i++) used[classes[i] & 0xFF][i / slice] = true;
        List<Cut> cuts = new ArrayList<>();
        boolean any = false;
        for (int s = 0; s < segments.size(); s++) {
            for (int k = 0; k < slices; k++) {
                boolean filled = used[segments.get(s).value()][k];
                any |= filled;
                if (filled || all) cuts.add(new Cut(s, k));
            }
        }
        return any ? cuts : List.of();
    }

    private static byte[] meta(String uid) {
        Elements meta = new Elements().bytes(0x00020001, "OB", new byte[]{0, 1}).text(Tags.MEDIA_STORAGE_CLASS, "UI", STORAGE)
                .text(0x00020003, "UI", uid).text(Tags.TRANSFER_SYNTAX_UID, "UI", EXPLICIT_LITTLE_ENDIAN).text(0x00020012, "UI", IMPLEMENTATION)
                .text(0x00020013, "SH", "SAMOVAR");
        byte[] group = meta.encode(), length = new Elements().unsignedLong(0x00020000, group.length).encode();
        ByteBuffer all = ByteBuffer.allocate(128 + 4 + length.length + group.length);
        all.position(128);
        return all.put(new byte[]{'D', 'I', 'C', 'M'}).put(length).put(group).array();
    }

    private static void pixels(LabelVolume labels, List<Segment> segments, List<Cut> cuts, OutputStream out) throws IOException {
        int slice = labels.geometry().nx() * labels.geometry().ny(), bits = 0, filled = 0;
        byte[] classes = labels.classes();
        for (Cut cut : cuts) {
            byte value = (byte) segments.get(cut.segment).value();
            for (int i = cut.slice * slice, end = i + slice; i < end; i++) {
                if (classes[i] == value) bits |= 1 << filled;
                if (++filled < BITS) continue;
                out.write(bits);
                bits = filled = 0;
            }
        }
        if (filled > 0) out.write(bits);
    }
}
