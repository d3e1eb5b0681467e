package dev.samovar.models.data;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Sha256;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.Grids;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.dicom.DicomSeries;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The findings in the files of one case, from which an [Inspection] is made.
///
/// @param name of the case
/// @param patient whose it is
/// @param labelled whether it should have a label
/// @param faults what is wrong
/// @param remarks what may be right
/// @param grid the image's size, for example `35 × 51 × 35`; empty if it cannot be read
/// @param spacing the edges of its voxels, for example `1.0 × 1.0 × 2.5 mm`; in `px` if it does not say them
/// @param orientation the directions of its axes, for example `RAS`
/// @param digest of its voxels; empty if they are all the same, or cannot be read
/// @param numbers how often each number occurs in the label; empty if it cannot be read
public record Look(String name, String patient, boolean labelled, List<String> faults, List<String> remarks, String grid, String spacing,
        String orientation, String digest, SortedMap<Integer, Long> numbers) implements Serializable {

    /// Copies the collections.
    public Look {
        faults = List.copyOf(faults);
        remarks = List.copyOf(remarks);
        numbers = Collections.unmodifiableSortedMap(new TreeMap<>(numbers));
    }

    /// Looks at files.
    ///
    /// @param patient null to derive it from the name
    /// @param images one for each channel
    /// @param label null if there is none
    /// @param coloured whether the label's numbers are colours
    public static Look at(String name, @Nullable String patient, List<Path> images, @Nullable Path label, Reading reading,
            boolean coloured) {
        return of(name, patient != null ? patient : Case.patient(name), () -> Dataset.image(name, images, reading), label, label == null
                ? null
                : () -> LabelNumbers.read(label, coloured));
    }

    static Look of(String name, String patient, Supplier<Volume> image, @Nullable Path labelFile, @Nullable Supplier<LabelNumbers> label) {
        List<String> faults = new ArrayList<>(), remarks = new ArrayList<>();
        SortedMap<Integer, Long> numbers = new TreeMap<>();
        Optional<Volume> seen = read(name, image, faults);
        Optional<LabelNumbers> known = label == null || labelFile == null
                ? Optional.empty()
                : read(name, () -> LabelNumbers.named(labelFile, () -> {
                    LabelNumbers there = label.get();
                    numbers.putAll(there.counts());
                    for (String remark : there.remarks()) remarks.add("label: " + remark);
                    return there;
                }), faults);
        if (seen.isEmpty()) return new Look(name, patient, label != null, faults, remarks, "", "", "", "", numbers);
        Volume there = seen.get();
        Geometry geometry = there.geometry();
        remarks.addAll(there.remarks());
        if (geometry.source() instanceof DicomSeries from) remarks.addAll(from.notes());
        boolean constant = isConstant(there);
        if (constant) faults.add("the image is constant: every voxel is " + there.at(0, 0, 0));
        if (known.isPresent()) {
            try {
                Grids.common(geometry, Grids.align(known.get().geometry(), geometry)).remark().ifPresent(remarks::add);
            } catch (FormatException e) {
                faults.add("image and label " + e.getMessage());
            }
        }
        String digest = constant ? "" : geometry.size() + " " + Sha256.ofPieces(there::scan);
        return new Look(name, patient, label != null, faults, remarks, geometry.size(), spacing(geometry), geometry.orientation(), digest, numbers);
    }

    /// A fault's sentence begins without the name of the case, which stands before it.
    private static <T> Optional<T> read(String name, Supplier<T> reader, List<String> faults) {
        try {
            return Optional.of(reader.get());
        } catch (FormatException | UncheckedIOException e) {
            String says = String.valueOf(e.getMessage());
            faults.add(says.startsWith(name + ": ") ? says.substring(name.length() + 2) : says);
            return Optional.empty();
        }
    }

    private static boolean isConstant(Volume image) {
        for (int c = 0; c < image.channels(); c++) {
            float[] first = new float[1];
            boolean[] differs = new boolean[1];
            int[] planes = new int[1];
            image.channels(c).scan(plane -> {
                if (planes[0]++ == 0) first[0] = plane[0];
                for (float v : plane) differs[0] |= v != first[0];
            });
            if (differs[0]) return false;
        }
        return true;
    }

    /// The spacing to a ten-thousandth, so that values that differ only by rounding count as the same.
    private static String spacing(Geometry geometry) {
        StringBuilder text = new StringBuilder();
        for (int a = 0; a < 3; a++) text.append(a == 0 ? "" : " × ").append((float) (Math.rint(geometry.spacing(a) * 1e4) / 1e4));
        return text + (geometry.hasSpacing() ? " mm" : " px");
    }
}
