package dev.samovar.models.data;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Sha256;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.Volumes;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;

/// What is in a dataset, and what is wrong with it, after every file was read once.
///
/// A fault is a case without its image or label, a file that cannot be read, two that do not lie on the same grid, a class beyond the
/// declared ones, an image that is constant, and an image that is that of another patient, too: learnt from on one side of a split, it would
/// be known on the other. An empty label, the same image twice in one patient, and a number without voxels among the classes are remarks.
///
/// @param cases how many cases there are, faulty ones included
/// @param patients how many patients they are of
/// @param classes what there is of each class, background first
/// @param grids how many images have so many voxels, as in `35 × 51 × 35`
/// @param spacings how many images have voxels of such edges, as in `1.0 × 1.0 × 2.5 mm`
/// @param orientations how many images have axes that point so, as in `RAS`
/// @param faults what is wrong, in the order of the cases
/// @param remarks what need not be wrong
public record Inspection(int cases, int patients, List<Content> classes, SortedMap<String, Integer> grids,
        SortedMap<String, Integer> spacings,
        SortedMap<String, Integer> orientations, List<Fault> faults, List<Fault> remarks) {

    /// A class.
    ///
    /// @param name what it is called
    /// @param voxels how many voxels have it, in all labels together
    /// @param cases in how many labels it occurs
    public record Content(String name, long voxels, int cases) {}

    /// Takes copies.
    public Inspection {
        classes = List.copyOf(classes);
        grids = Collections.unmodifiableSortedMap(new TreeMap<>(grids));
        spacings = Collections.unmodifiableSortedMap(new TreeMap<>(spacings));
        orientations = Collections.unmodifiableSortedMap(new TreeMap<>(orientations));
        faults = List.copyOf(faults);
        remarks = List.copyOf(remarks);
    }

    /// Reads all cases of a [survey][Dataset#survey]. A fault in one does not keep the others from being read.
    ///
    /// @param done is told each case when it was read
    public static Inspection of(Dataset dataset, Consumer<Case> done) {
        Inspector inspector = new Inspector(dataset);
        for (Case one : dataset.cases()) {
            inspector.look(one);
            done.accept(one);
        }
        return inspector.result();
    }

    /// An inspection under way.
    private static final class Inspector {
        private final Dataset dataset;
        private final Set<String> names = new HashSet<>(), patients = new HashSet<>();
        private final Map<String, Case> pictures = new HashMap<>();
        private final SortedMap<String, Integer> grids = new TreeMap<>(), spacings = new TreeMap<>(), orientations = new TreeMap<>();
        private final List<Fault> faults, remarks = new ArrayList<>();
        private final long[] voxels = new long[256];
        private final int[] occurrences = new int[256];

        Inspector(Dataset dataset) {
            this.dataset = dataset;
            faults = new ArrayList<>(dataset.faults());
            for (Fault fault : faults) names.add(fault.about());
        }

        void look(Case one) {
            names.add(one.name());
            patients.add(one.patient());
            Optional<Volume> image = read(one, one.image(), Volumes::read);
            Optional<LabelVolume> label = read(one, one.label(), Volumes::readLabels);
            image.ifPresent(there -> look(one, there));
            label.ifPresent(there -> count(one, there));
            if (image.isPresent() && label.isPresent())
                for (String fault : dataset.faults(image.get(), label.get())) faults.add(new Fault(one.name(), fault));
        }

        private <T> Optional<T> read(Case one, Path file, Function<Path, T> reader) {
            try {
                return Optional.of(reader.apply(file));
            } catch (FormatException | UncheckedIOException e) {
                faults.add(new Fault(one.name(), String.valueOf(e.getMessage())));
                return Optional.empty();
            }
        }

        private void look(Case one, Volume image) {
            Geometry geometry = image.geometry();
            grids.merge(geometry.size(), 1, Integer::sum);
            spacings.merge(spacing(geometry), 1, Integer::sum);
            orientations.merge(geometry.orientation(), 1, Integer::sum);
            if (isConstant(image)) {
                faults.add(new Fault(one.name(), "the image is constant: every voxel is " + image.at(0, 0, 0)));
                return;
            }
            Case twin = pictures.putIfAbsent(geometry.size() + " " + Sha256.ofPieces(image::scan), one);
            if (twin == null) return;
            if (twin.patient().equals(one.patient())) remarks.add(new Fault(one.name(), "the image is that of " + twin.name() + ", too"));
            else
                faults.add(new Fault(one.name(), "the image is that of " + twin.name() + ", too, and so of two patients, " + twin.patient()
                        + " and " + one.patient()));
        }

        private void count(Case one, LabelVolume label) {
            int[] counts = new int[256];
            for (byte c : label.classes()) counts[c & 0xFF]++;
            for (int c = 0; c < 256; c++) {
                voxels[c] += counts[c];
                if (counts[c] > 0) occurrences[c]++;
            }
            if (counts[0] == label.classes().length) remarks.add(new Fault(one.name(), "the label is empty"));
        }

        Inspection result() {
            int max = 255;
            while (max > 0 && voxels[max] == 0) max--;
            List<String> classNames = dataset.classNames(max);
            List<Content> classes = new ArrayList<>();
            for (int c = 0; c < classNames.size(); c++) classes.add(new Content(classNames.get(c), voxels[c], occurrences[c]));
            List<String> absent = classes.stream().filter(c -> c.voxels == 0).map(Content::name).toList();
            if (!absent.isEmpty())
                remarks.add(new Fault("classes", "no label has a voxel of " + String.join(", ", absent.subList(0, Math.min(5, absent
                        .size())))
                        + (absent.size() > 5 ? " and " + (absent.size() - 5) + " others" : "")));
            return new Inspection(names.size(), patients.size(), classes, grids, spacings, orientations, faults, remarks);
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

        /// To a ten-thousandth, such that what differs only by rounding counts as the same.
        private static String spacing(Geometry geometry) {
            StringBuilder text = new StringBuilder();
            for (int a = 0; a < 3; a++) text.append(a == 0 ? "" : " × ").append((float) (Math.rint(geometry.spacing(a) * 1e4) / 1e4));
            return text + " mm";
        }
    }
}
