package dev.samovar.models.data;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.tensor.Watch;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The contents of a dataset and its faults, after every file was read once.
///
/// Faults are a label without its image, a file that cannot be read, image and label on different grids, a number in a label that means
/// nothing, a constant image, and an image that also belongs to another patient: if it were learnt from on one side of a split, it would
/// be known on the other. An empty label, the same image twice in one patient, and a class without voxels are remarks.
/// An image without a label is neither: it has yet to be labelled.
///
/// @param cases the number of cases, including faulty ones
/// @param patients the number of patients
/// @param unlabelled the names of the images without labels
/// @param coding the meaning of the numbers in the labels; null if that cannot be decided, which is a fault
/// @param classes the contents of each class, background first, or of each number if their meaning is not known
/// @param ignored the number of ignored voxels
/// @param grids the number of images by grid, for example `35 × 51 × 35`
/// @param spacings the number of images by spacing, for example `1.0 × 1.0 × 2.5 mm`, or in `px`
/// @param orientations the number of images by the direction of their axes, for example `RAS`
/// @param faults what is wrong, in the order of the cases
/// @param remarks what may be right
public record Inspection(int cases, int patients, List<String> unlabelled, @Nullable LabelCoding coding, List<Content> classes,
        long ignored,
        SortedMap<String, Integer> grids, SortedMap<String, Integer> spacings, SortedMap<String, Integer> orientations, List<Fault> faults,
        List<Fault> remarks) {

    /// The contents of a class.
    ///
    /// @param name its name
    /// @param voxels the number of its voxels in all labels
    /// @param cases the number of labels in which it occurs
    public record Content(String name, long voxels, int cases) {}

    /// Copies the collections.
    public Inspection {
        unlabelled = List.copyOf(unlabelled);
        classes = List.copyOf(classes);
        grids = Collections.unmodifiableSortedMap(new TreeMap<>(grids));
        spacings = Collections.unmodifiableSortedMap(new TreeMap<>(spacings));
        orientations = Collections.unmodifiableSortedMap(new TreeMap<>(orientations));
        faults = List.copyOf(faults);
        remarks = List.copyOf(remarks);
    }

    /// Reads all cases of a [survey][Dataset#survey]. A fault in one does not keep the others from being read.
    ///
    /// @param done receives each case after it was read
    public static Inspection of(Dataset dataset, Consumer<Case> done) {
        List<Look> looks = new ArrayList<>();
        int all = dataset.cases().size() + dataset.unlabelled().size();
        for (Case one : dataset.cases()) {
            Watch.step("cases", looks.size(), all);
            looks.add(Look.of(one.name(), one.patient(), () -> dataset.image(one), one.label(), () -> dataset.numbers(one)));
            done.accept(one);
        }
        dataset.unlabelled().forEach((name, images) -> {
            Watch.step("cases", looks.size(), all);
            looks.add(Look.of(name, Case.patient(name), () -> dataset.image(name, images), null, null));
        });
        return of(dataset, looks);
    }

    /// From what was seen in each case, and in each image without a label, in the order of the dataset.
    public static Inspection of(Dataset dataset, List<Look> looks) {
        Inspector inspector = new Inspector(dataset);
        looks.forEach(inspector::add);
        return inspector.result();
    }

    /// An inspection in progress.
    private static final class Inspector {
        private final Dataset dataset;
        private final Set<String> names = new HashSet<>(), patients = new HashSet<>();
        private final Map<String, Look> pictures = new HashMap<>();
        private final SortedMap<String, Integer> grids = new TreeMap<>(), spacings = new TreeMap<>(), orientations = new TreeMap<>();
        private final List<Fault> faults, remarks = new ArrayList<>();
        private final SequencedMap<String, SortedMap<Integer, Long>> numbers = new LinkedHashMap<>();

        Inspector(Dataset dataset) {
            this.dataset = dataset;
            faults = new ArrayList<>(dataset.faults());
            for (Fault fault : faults) names.add(fault.about());
        }

        void add(Look look) {
            if (look.labelled()) {
                names.add(look.name());
                patients.add(look.patient());
            }
            for (String fault : look.faults()) faults.add(new Fault(look.name(), fault));
            for (String remark : look.remarks()) remarks.add(new Fault(look.name(), remark));
            if (look.labelled() && !look.numbers().isEmpty()) numbers.put(look.name(), look.numbers());
            if (look.grid().isEmpty()) return;
            grids.merge(look.grid(), 1, Integer::sum);
            spacings.merge(look.spacing(), 1, Integer::sum);
            orientations.merge(look.orientation(), 1, Integer::sum);
            Look twin = look.digest().isEmpty() ? null : pictures.putIfAbsent(look.digest(), look);
            if (twin == null) return;
            if (twin.patient().equals(look.patient())) remarks.add(new Fault(look.name(), "the image is that of " + twin.name() + ", too"));
            else
                faults.add(new Fault(look.name(), "the image is that of " + twin.name() + ", too, and so of two patients, " + twin.patient()
                        + " and " + look.patient()));
        }

        Inspection result() {
            SortedMap<Integer, Long> all = new TreeMap<>();
            numbers.values().forEach(counts -> counts.forEach((number, count) -> all.merge(number, count, Long::sum)));
            LabelCoding coding;
            try {
                coding = dataset.coding(all.keySet());
            } catch (FormatException e) {
                faults.add(new Fault("labels", String.valueOf(e.getMessage())));
                return result(null, all.keySet().stream().map(number -> content("number " + number, List.of(number))).toList(), 0);
            }
            numbers.forEach((name, counts) -> check(name, counts, coding));
            List<Content> classes = new ArrayList<>();
            for (int c = 0; c < coding.names().size(); c++) classes.add(content(coding.names().get(c), numbersOf(c, coding)));
            List<String> absent = classes.stream().filter(c -> c.voxels == 0).map(Content::name).toList();
            if (!absent.isEmpty() && numbers.size() == names.size())                // all labels were read
                remarks.add(new Fault("classes", "no label has a voxel of " + String.join(", ", absent.subList(0, Math.min(5, absent.size())))
                        + (absent.size() > 5 ? " and " + (absent.size() - 5) + " others" : "")));
            return result(coding, classes, content("", numbersOf(LabelCoding.IGNORED, coding)).voxels);
        }

        private Inspection result(@Nullable LabelCoding coding, List<Content> classes, long ignored) {
            inOrder(faults.subList(dataset.faults().size(), faults.size()));
            inOrder(remarks);
            return new Inspection(names.size(), patients.size(), List.copyOf(dataset.unlabelled().keySet()), coding, classes, ignored,
                    grids,
                    spacings, orientations, faults, remarks);
        }

        /// Sorts faults by the order of the cases; those that are about no case come last.
        private void inOrder(List<Fault> told) {
            List<String> order = dataset.cases().stream().map(Case::name).toList();
            told.sort(Comparator.comparingInt(fault -> order.contains(fault.about()) ? order.indexOf(fault.about()) : order.size()));
        }

        private void check(String name, SortedMap<Integer, Long> counts, LabelCoding coding) {
            counts.keySet().stream().filter(number -> !coding.classes().containsKey(number)).findFirst()
                    .ifPresent(number -> faults.add(new Fault(name, "the label holds " + coding.undeclared(number))));
            if (counts.keySet().stream().allMatch(number -> Integer.valueOf(0).equals(coding.classes().get(number))))
                remarks.add(new Fault(name, "the label is empty"));
        }

        private static List<Integer> numbersOf(int label, LabelCoding coding) {
            return coding.classes().entrySet().stream().filter(e -> e.getValue() == label).map(Map.Entry::getKey).toList();
        }

        private Content content(String name, List<Integer> its) {
            long voxels = 0;
            int cases = 0;
            for (SortedMap<Integer, Long> counts : numbers.values()) {
                long there = its.stream().mapToLong(number -> counts.getOrDefault(number, 0L)).sum();
                voxels += there;
                if (there > 0) cases++;
            }
            return new Content(name, voxels, cases);
        }
    }
}
