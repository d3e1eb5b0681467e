package dev.samovar.imaging.dicom;

import dev.samovar.core.io.FormatException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The frames of a series that may lie above each other: of one size, one spacing and one orientation.
final class Stack {
    private static final double SAME = 1e-4;
    private static final int MAX_STACKS = 1000, MAX_FRAMES = 200_000;

    final List<Frame> frames = new ArrayList<>();

    private Stack() {}

    /// The stack of a series that is meant. What is left out is reported.
    ///
    /// @throws FormatException if the choice is not clear
    static Stack of(List<DicomFile> files, Choice choice, List<String> notes) {
        List<Stack> stacks = all(files);
        List<Stack> real = stacks.stream().filter(s -> s.frames.size() > 1 && !s.first().isLocalizer()).toList();
        List<Stack> candidates = real.isEmpty() ? stacks : real;
        if (choice.stack() == null && candidates.size() > 1)
            throw new FormatException(candidates.size() + " stacks of slices: choose one of "
                    + Numbers.list(IntStream.range(0, candidates.size()).mapToObj(i -> (i + 1) + " (" + candidates.get(i).size() + ")").toList(),
                            "and")
                    + " with --stack");
        Stack chosen = choice.stack() == null ? candidates.getFirst() : find(candidates, choice.stack());
        for (Stack other : stacks)
            if (!candidates.contains(other))
                for (Frame f : other.frames)
                    notes.add(f.name() + " was left out: " + (f.isLocalizer() ? "a localizer" : "a single image") + " (" + f.size() + ", "
                            + f.plane() + ")");
        return chosen;
    }

    private static Stack find(List<Stack> stacks, String wanted) {
        for (int i = 0; i < stacks.size(); i++) {
            String id = stacks.get(i).first().stackId();
            if (wanted.equals(id) || wanted.equals(String.valueOf(i + 1))) return stacks.get(i);
        }
        throw new FormatException("there is no stack " + FormatException.shown(wanted) + "; there are 1 to " + stacks.size());
    }

    private static List<Stack> all(List<DicomFile> files) {
        List<Stack> stacks = new ArrayList<>();
        if (files.stream().mapToLong(DicomFile::frames).sum() > MAX_FRAMES)
            throw new FormatException("it has more than " + MAX_FRAMES + " images");
        for (DicomFile file : files) {
            for (int f = 0; f < file.frames(); f++) {
                Frame frame = new Frame(file, f);
                Stack stack = stacks.stream().filter(s -> s.takes(frame)).findFirst().orElse(null);
                if (stack == null) {
                    stack = new Stack();
                    stacks.add(stack);
                    if (stacks.size() > MAX_STACKS) throw new FormatException("it has more than " + MAX_STACKS + " stacks of slices");
                }
                stack.frames.add(frame);
            }
        }
        return stacks;
    }

    private Frame first() {
        return frames.getFirst();
    }

    private String size() {
        String id = first().stackId();
        return first().size() + " × " + frames.size() + ", " + (first().position == null ? "without a place" : first().plane())
                + (id.isEmpty() ? "" : ", stack " + FormatException.shown(id));
    }

    private boolean takes(Frame f) {
        Frame g = first();
        if (f.file.rows() != g.file.rows() || f.file.columns() != g.file.columns() || f.file.samples() != g.file.samples()
                || f.file.isColour() != g.file.isColour() || !f.stackId().equals(g.stackId()))
            return false;
        if (Math.abs(f.dx - g.dx) > SAME * g.dx || Math.abs(f.dy - g.dy) > SAME * g.dy) return false;
        double[] a = f.orientation, b = g.orientation;
        if (a == null || b == null) return a == null && b == null;
        for (int i = 0; i < 6; i++) if (Math.abs(a[i] - b[i]) > SAME) return false;
        return true;
    }

    // ---- several images of each place

    private record Attribute(String name, Function<Frame, String> of) {
        static Attribute text(String name, int sequence, int tag) {
            return new Attribute(name, f -> String.join("\\", f.group(sequence, tag).texts(tag)));
        }
    }

    private static final List<Attribute> ATTRIBUTES = List.of(
            Attribute.text("EchoTime", 0, Tags.ECHO_TIME),
            new Attribute("EffectiveEchoTime", f -> real(f, Tags.MR_ECHO, Tags.EFFECTIVE_ECHO_TIME)),
            Attribute.text("TemporalPositionIdentifier", 0, Tags.TEMPORAL_POSITION_IDENTIFIER),
            new Attribute("TemporalPositionIndex", f -> {
                long index = f.group(Tags.FRAME_CONTENT, Tags.TEMPORAL_POSITION_INDEX).unsignedLong(Tags.TEMPORAL_POSITION_INDEX);
                return index < 0 ? "" : String.valueOf(index);
            }),
            Attribute.text("TriggerTime", 0, Tags.TRIGGER_TIME),
            new Attribute("b-value", f -> real(f, Tags.MR_DIFFUSION, Tags.B_VALUE)),
            Attribute.text("ImageType", 0, Tags.IMAGE_TYPE),
            Attribute.text("AcquisitionNumber", 0, Tags.ACQUISITION_NUMBER),
            Attribute.text("AcquisitionTime", 0, Tags.ACQUISITION_TIME));

    private static String real(Frame f, int sequence, int tag) {
        double value = f.group(sequence, tag).real(tag);
        return Double.isNaN(value) ? "" : Numbers.shown(value);
    }

    /// The frames of the volume that is meant, sorted by place.
    ///
    /// @throws FormatException if places have several images and the choice is not clear
    List<Frame> volume(@Nullable String choice) {
        List<List<Frame>> places = places();
        int n = places.getFirst().size();
        if (places.size() == frames.size()) {
            if (choice != null) throw new FormatException("it is one volume, so there is none to choose; leave out --volume");
            return places.stream().map(List::getFirst).toList();
        }
        Map<String, List<Frame>> volumes = new LinkedHashMap<>();
        String name = places.stream().allMatch(p -> p.size() == n) && n > 1 ? apart(places, n, volumes) : "";
        if (name.isEmpty()) {
            List<Frame> twice = places.stream().filter(p -> p.size() > 1).findFirst().orElseThrow();
            throw new FormatException(twice.get(0).name() + " and " + twice.get(1).name() + " are two images of one place " + twice.get(0)
                    .place() + "; remove one of them");
        }
        List<Frame> chosen = choice == null ? null : volumes.get(choice);
        if (chosen != null) return chosen;
        List<String> values = volumes.keySet().stream().map(v -> v.replaceAll("\\p{Cntrl}", "?")).toList();
        throw new FormatException((choice == null ? "" : "there is no volume " + FormatException.shown(choice) + ": ") + n
                + " images of every place: " + name + " " + Numbers.list(values, "or") + "; choose one with --volume");
    }

    /// Frames at the same place, place by place.
    private List<List<Frame>> places() {
        double[] n = first().normal();
        List<Frame> sorted = new ArrayList<>(frames);
        sorted.sort(Comparator.comparingDouble((Frame f) -> Grid.along(n, f)).thenComparing(Frame::name));
        List<List<Frame>> places = new ArrayList<>();
        for (Frame f : sorted) {
            List<Frame> last = places.isEmpty() ? null : places.getLast();
            if (last == null || Grid.distance(last.getFirst(), f) >= Grid.SAME_PLACE) {
                last = new ArrayList<>();
                places.add(last);
            }
            last.add(f);
        }
        return places;
    }

    /// Fills in volumes by the value that tells them apart, and says which attribute does; empty if none does.
    private static String apart(List<List<Frame>> places, int n, Map<String, List<Frame>> volumes) {
        for (Attribute attribute : ATTRIBUTES) {
            Map<String, List<Frame>> found = new TreeMap<>(Stack::compareValues);
            for (List<Frame> place : places)
                for (Frame f : place) found.computeIfAbsent(attribute.of.apply(f), _ -> new ArrayList<>()).add(f);
            boolean apart = places.stream().allMatch(place -> place.stream().map(attribute.of).distinct().count() == n);
            if (found.size() != n || found.containsKey("") || !apart) continue;
            volumes.putAll(found);
            return attribute.name;
        }
        for (List<Frame> place : places) {
            place.sort(Comparator.comparingInt(Frame::instanceNumber));
            if (place.stream().map(Frame::instanceNumber).distinct().count() != n) return "";
            for (int i = 0; i < n; i++) volumes.computeIfAbsent(String.valueOf(i + 1), _ -> new ArrayList<>()).add(place.get(i));
        }
        return "in the order of InstanceNumber";
    }

    /// Numbers by their size, before texts.
    private static int compareValues(String a, String b) {
        Comparator<String> bySize = Comparator.comparingDouble(Stack::size);
        return bySize.thenComparing(Comparator.naturalOrder()).compare(a, b);
    }

    private static double size(String value) {
        try {
            return Double.parseDouble(value);
        } catch (NumberFormatException _) {
            return Double.POSITIVE_INFINITY;
        }
    }
}
