package dev.samovar.imaging.dicom;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.dicom.DicomSegmentation.Cut;
import dev.samovar.imaging.dicom.Segment.Algorithm;
import dev.samovar.imaging.dicom.Segment.Code;
import dev.samovar.imaging.dicom.Segment.Meaning;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.charset.Charset;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/// All attributes of a segmentation except its pixels (PS3.3, A.51 and C.8.20).
final class SegmentationAttributes {
    private static final int LONGEST = 64, LONGEST_NUMBER = 16;
    private static final Code SEGMENTATION = new Code("113076", "DCM", "Segmentation"),
            SOURCE = new Code("121322", "DCM", "Source image for image processing operation");
    private static final String NAME = "Samovar";

    private final DicomSeries series;
    private final List<Segment> segments;
    private final List<Cut> cuts;
    private final DataSet first;
    private final Charset charset;
    private final Elements all = new Elements();

    SegmentationAttributes(DicomSeries series, List<Segment> segments, List<Cut> cuts, String uid, String version) {
        this.series = series;
        this.segments = segments;
        this.cuts = cuts;
        first = series.frames().getFirst().file.set();
        charset = charset();
        String organization = DicomSegmentation.uid();
        copied();
        identity(uid, version);
        image();
        all.sequence(Tags.SEGMENT_SEQUENCE, segmentItems());
        dimensions(organization);
        all.sequence(Tags.SHARED_GROUPS, shared());
        all.sequence(Tags.PER_FRAME_GROUPS, frames());
        all.sequence(Tags.REFERENCED_SERIES_SEQUENCE, references());
    }

    byte[] encode() {
        return all.encode();
    }

    /// The set for the names of segments: the source's, or UTF-8 where the texts of the source are plain ASCII and a name is not.
    private Charset charset() {
        String set = first.text(Tags.SPECIFIC_CHARACTER_SET);
        boolean plainNames = segments.stream().allMatch(s -> US_ASCII.newEncoder().canEncode(s.label()));
        boolean plainSource = true;
        for (int tag : new int[]{Tags.PATIENT_NAME, Tags.PATIENT_ID, Tags.ACCESSION_NUMBER, Tags.REFERRING_PHYSICIAN_NAME, Tags.STUDY_ID,
            Tags.POSITION_REFERENCE_INDICATOR})
            for (byte b : first.bytes(tag)) plainSource &= b >= 0 && b != 0x1B;
        boolean one = first.texts(Tags.SPECIFIC_CHARACTER_SET).size() < 2;
        if ((one && set.equals("ISO_IR 192")) || (plainSource && !plainNames)) return UTF_8;
        return one && set.equals("ISO_IR 100") ? ISO_8859_1 : US_ASCII;
    }

    private void copied() {
        if (charset.equals(UTF_8)) all.text(Tags.SPECIFIC_CHARACTER_SET, "CS", "ISO_IR 192");
        else if (first.has(Tags.SPECIFIC_CHARACTER_SET)) copy(Tags.SPECIFIC_CHARACTER_SET, "CS");
        copy(Tags.STUDY_DATE, "DA");
        copy(Tags.STUDY_TIME, "TM");
        copy(Tags.ACCESSION_NUMBER, "SH");
        copy(Tags.REFERRING_PHYSICIAN_NAME, "PN");
        copy(Tags.PATIENT_NAME, "PN");
        copy(Tags.PATIENT_ID, "LO");
        copy(Tags.PATIENT_BIRTH_DATE, "DA");
        copy(Tags.PATIENT_SEX, "CS");
        copy(Tags.STUDY_INSTANCE_UID, "UI");
        copy(Tags.STUDY_ID, "SH");
        copy(Tags.FRAME_OF_REFERENCE_UID, "UI");
        copy(Tags.POSITION_REFERENCE_INDICATOR, "LO");
    }

    private void copy(int tag, String vr) {
        all.bytes(tag, vr, first.bytes(tag));
    }

    private void identity(String uid, String version) {
        LocalDateTime now = LocalDateTime.now(ZoneId.systemDefault());
        String date = now.format(DateTimeFormatter.BASIC_ISO_DATE), time = now.format(DateTimeFormatter.ofPattern("HHmmss", Locale.ROOT));
        long number = Math.min(Integer.MAX_VALUE, Math.max(0, (long) first.number(Tags.SERIES_NUMBER, "SeriesNumber", 0)) * 100 + 1);
        all.text(Tags.SOP_CLASS_UID, "UI", DicomSegmentation.STORAGE).text(Tags.SOP_INSTANCE_UID, "UI", uid)
                .text(Tags.SERIES_INSTANCE_UID, "UI", DicomSegmentation.uid()).text(Tags.MODALITY, "CS", "SEG")
                .text(Tags.SERIES_NUMBER, "IS", String.valueOf(number)).text(Tags.SERIES_DESCRIPTION, "LO", "Segmentation")
                .text(Tags.INSTANCE_NUMBER, "IS", "1").text(0x00080023, "DA", date).text(0x00080033, "TM", time)
                .text(0x00080070, "LO", NAME).text(0x00081090, "LO", NAME).text(0x00181000, "LO", "0")
                .text(0x00181020, "LO", plain(version));
    }

    private static String plain(String text) {
        String ascii = text.replaceAll("[^\\x20-\\x7e]|\\\\", "?").strip();
        return ascii.isEmpty() ? "0" : ascii.substring(0, Math.min(LONGEST, ascii.length()));
    }

    private void image() {
        Geometry g = series.geometry();
        all.text(Tags.IMAGE_TYPE, "CS", "DERIVED\\PRIMARY").unsigned(Tags.SAMPLES_PER_PIXEL, 1).text(Tags.PHOTOMETRIC, "CS", "MONOCHROME2")
                .text(Tags.NUMBER_OF_FRAMES, "IS", String.valueOf(cuts.size())).unsigned(Tags.ROWS, g.ny()).unsigned(Tags.COLUMNS, g.nx())
                .unsigned(Tags.BITS_ALLOCATED, 1).unsigned(Tags.BITS_STORED, 1).unsigned(Tags.HIGH_BIT, 0)
                .unsigned(Tags.PIXEL_REPRESENTATION, 0).text(0x00280301, "CS", "NO").text(Tags.SEGMENTATION_TYPE, "CS", "BINARY")
                .text(0x00700080, "CS", "SEGMENTATION").text(0x00700081, "LO", "").text(0x00700084, "PN", "");
        boolean lossy = series.frames().getFirst().file.isLossy();
        all.text(Tags.LOSSY, "CS", lossy ? "01" : "00");
        if (lossy && first.has(Tags.LOSSY_RATIO)) copy(Tags.LOSSY_RATIO, "DS");
        if (lossy && first.has(Tags.LOSSY_METHOD)) copy(Tags.LOSSY_METHOD, "CS");
    }

    private List<Elements> segmentItems() {
        List<Elements> items = new ArrayList<>();
        for (int s = 0; s < segments.size(); s++) {
            Segment segment = segments.get(s);
            Meaning meaning = segment.meaning() == null ? new Meaning(Meaning.TISSUE, Meaning.TISSUE) : segment.meaning();
            Elements item = new Elements().unsigned(Tags.SEGMENT_NUMBER, s + 1).text(Tags.SEGMENT_LABEL, "LO", label(segment), charset)
                    .text(0x00620008, "CS", segment.how().name()).unsigned(0x0062000D, Lab.of(segment.rgb()))
                    .sequence(0x00620003, code(meaning.category())).sequence(0x0062000F, code(meaning.type()));
            if (segment.how() != Algorithm.MANUAL) item.text(0x00620009, "LO", NAME);
            if (segment.value() != s + 1) item.text(Tags.SEGMENT_DESCRIPTION, "ST", SegmentationReader.CLASS + segment.value());
            items.add(item);
        }
        return items;
    }

    /// Cuts a name to 64 bytes: the standard counts characters, but a validator counts bytes.
    private String label(Segment segment) {
        String clean = segment.label().replaceAll("\\p{Cntrl}|\\\\", "?").strip();
        if (clean.isEmpty()) clean = "class " + segment.value();
        while (clean.getBytes(charset).length > LONGEST) clean = clean.substring(0, clean.offsetByCodePoints(clean.length(), -1));
        return clean;
    }

    private static Elements code(Code code) {
        return new Elements().text(0x00080100, "SH", code.value()).text(0x00080102, "SH", code.scheme()).text(0x00080104, "LO", code.meaning());
    }

    private void dimensions(String organization) {
        all.sequence(0x00209221, new Elements().text(0x00209164, "UI", organization));
        all.sequence(0x00209222, List.of(
                dimension(organization, Tags.REFERENCED_SEGMENT_NUMBER, Tags.SEGMENT_IDENTIFICATION, "Segment"),
                dimension(organization, Tags.IMAGE_POSITION, Tags.PLANE_POSITION, "Position")));
    }

    private static Elements dimension(String organization, int index, int group, String label) {
        return new Elements().text(0x00209164, "UI", organization).pointer(0x00209165, index).pointer(0x00209167, group).text(0x00209421,
                "LO", label);
    }

    private Elements shared() {
        Frame frame = series.frames().getFirst();
        String distance = distance();
        Elements measures = new Elements().text(Tags.SLICE_THICKNESS, "DS", distance).text(Tags.SPACING_BETWEEN_SLICES, "DS", distance)
                .bytes(Tags.PIXEL_SPACING, "DS", frame.group(Tags.PIXEL_MEASURES, Tags.PIXEL_SPACING).bytes(Tags.PIXEL_SPACING));
        Elements orientation = new Elements().bytes(Tags.IMAGE_ORIENTATION, "DS", frame.group(Tags.PLANE_ORIENTATION,
                Tags.IMAGE_ORIENTATION)
                .bytes(Tags.IMAGE_ORIENTATION));
        return new Elements().sequence(Tags.PIXEL_MEASURES, measures).sequence(Tags.PLANE_ORIENTATION, orientation);
    }

    /// The distance between slices along the normal, in as many characters as a number may have.
    private String distance() {
        Geometry g = series.geometry();
        double[] n = series.frames().getFirst().normal();
        double distance = Math.abs(-n[0] * g.affine(0, 2) - n[1] * g.affine(1, 2) + n[2] * g.affine(2, 2));
        double rounded = new BigDecimal(distance).round(new MathContext(10)).doubleValue();
        String text = rounded == Math.rint(rounded) && rounded < 1e6 ? String.valueOf((long) rounded) : Double.toString(rounded);
        return text.length() <= LONGEST_NUMBER ? text : String.format(Locale.ROOT, "%.8e", rounded);
    }

    private List<Elements> frames() {
        List<Integer> places = cuts.stream().map(Cut::slice).distinct().sorted().toList();
        int[] rank = new int[series.frames().size()];
        for (int i = 0; i < places.size(); i++) rank[places.get(i)] = i + 1;
        List<Elements> items = new ArrayList<>();
        for (Cut cut : cuts) {
            Frame frame = series.frames().get(cut.slice());
            Elements source = reference(frame.file).text(0x0028135A, "CS", "YES").sequence(0x0040A170, code(SOURCE));
            if (frame.file.frames() > 1) source.text(0x00081160, "IS", String.valueOf(frame.number + 1));
            Elements derivation = new Elements().sequence(0x00082112, source).sequence(0x00089215, code(SEGMENTATION));
            Elements position = new Elements().bytes(Tags.IMAGE_POSITION, "DS",
                    frame.group(Tags.PLANE_POSITION, Tags.IMAGE_POSITION).bytes(Tags.IMAGE_POSITION));
            items.add(new Elements().sequence(0x00089124, derivation)
                    .sequence(Tags.FRAME_CONTENT, new Elements().unsignedLong(0x00209157, cut.segment() + 1, rank[cut.slice()]))
                    .sequence(Tags.PLANE_POSITION, position)
                    .sequence(Tags.SEGMENT_IDENTIFICATION, new Elements().unsigned(Tags.REFERENCED_SEGMENT_NUMBER, cut.segment() + 1)));
        }
        return items;
    }

    private static Elements reference(DicomFile file) {
        return new Elements().bytes(0x00081150, "UI", file.set().bytes(Tags.SOP_CLASS_UID)).bytes(0x00081155, "UI",
                file.set().bytes(Tags.SOP_INSTANCE_UID));
    }

    private Elements references() {
        Set<DicomFile> files = series.frames().stream().map(f -> f.file).collect(Collectors.toCollection(LinkedHashSet::new));
        return new Elements().sequence(0x0008114A, files.stream().map(SegmentationAttributes::reference).toList()).bytes(Tags.SERIES_INSTANCE_UID,
                "UI", first.bytes(Tags.SERIES_INSTANCE_UID));
    }
}
