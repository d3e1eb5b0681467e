package dev.samovar.models.data;

import static java.util.Objects.requireNonNull;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.core.tensor.Labels;
import dev.samovar.imaging.LabelVolume;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// The meaning of the numbers in a dataset's label files, the same for all files, whatever their format.
///
/// @param names the names of the classes, background first: 1 to 255 of them
/// @param classes the class of each number that may occur, from 0, or [Labels#IGNORED]
/// @param coloured whether the numbers are colours, `0xRRGGBB`
/// @param regions unions of classes, which are scored in place of the classes; empty if the classes are
public record LabelCoding(List<String> names, SortedMap<Integer, Integer> classes, boolean coloured, List<LabelRegion> regions) {
    /// The class of numbers that are in no loss and no score, and are never predicted.
    public static final int IGNORED = Labels.IGNORED;

    private static final int SHOWN = 12;
    private static final Pattern NUMBER = Pattern.compile("\\d{1,9}"), COLOUR = Pattern.compile("#([0-9a-fA-F]{6})");

    /// Copies the collections.
    ///
    /// @throws FormatException if there are too many classes, or a number has a class that does not exist
    public LabelCoding {
        names = List.copyOf(names);
        classes = Collections.unmodifiableSortedMap(new TreeMap<>(classes));
        if (names.isEmpty() || names.size() > IGNORED)
            throw new FormatException("there are 1 to 255 classes with the background, not " + names.size());
        for (int c : classes.values())
            if (c != IGNORED && (c < 0 || c >= names.size())) throw new FormatException("there is no class " + c + " among " + names);
        regions = List.copyOf(regions);
        for (LabelRegion region : regions)
            for (int c : region.classes())
                if (c < 0 || c >= names.size())
                    throw new FormatException("there is no class " + c + ", of which the region " + FormatException.shown(region.name())
                            + " consists, among " + names);
    }

    /// Without regions.
    public LabelCoding(List<String> names, SortedMap<Integer, Integer> classes, boolean coloured) {
        this(names, classes, coloured, List.of());
    }

    /// The names of what is scored, background first: the regions if there are any, otherwise the classes.
    public List<String> scored() {
        if (regions.isEmpty()) return names;
        return Stream.concat(Stream.of(names.getFirst()), regions.stream().map(LabelRegion::name)).toList();
    }

    /// The numbers are the classes themselves.
    public static LabelCoding plain(List<String> names) {
        SortedMap<Integer, Integer> classes = new TreeMap<>();
        for (int c = 0; c < names.size(); c++) classes.put(c, c);
        return new LabelCoding(names, classes, false);
    }

    /// Whether each number is its class, or ignored as 255.
    public boolean isPlain() {
        return !coloured && classes.entrySet().stream().allMatch(e -> e.getKey().equals(e.getValue()));
    }

    /// Converts numbers to classes.
    ///
    /// @throws FormatException naming the first voxel whose number means nothing, in words that follow the name of the file
    LabelVolume apply(LabelNumbers numbers) {
        byte[] found = new byte[numbers.geometry().voxels()];
        numbers.each((number, from, to) -> {
            Integer its = classes.get(number);
            if (its == null)
                throw new FormatException("its voxel " + numbers.geometry().voxel(from) + " holds " + undeclared(number));
            Arrays.fill(found, from, to, its.byteValue());
        });
        return new LabelVolume(numbers.geometry(), found, numbers.remarks());
    }

    /// The message about a number that means nothing, and what to do about it.
    String undeclared(int number) {
        return shown(number) + ", which means nothing here (" + this
                + "); say what it means with --classes, or that it does not count with "
                + "--ignore-label " + shown(number);
    }

    private String shown(int number) {
        return shown(number, coloured);
    }

    static String shown(int number, boolean coloured) {
        return coloured ? String.format("#%06x", number) : Integer.toString(number);
    }

    /// The number in a text, written as `85` or as `#ff0000`; -1 if it is neither.
    static int number(String text) {
        if (NUMBER.matcher(text).matches()) return Integer.parseInt(text);
        Matcher colour = COLOUR.matcher(text);
        return colour.matches() ? Integer.parseInt(colour.group(1), 16) : -1;
    }

    /// In words: `0 is background, 255 is plate, 7 is ignored`; then the regions, if there are any.
    @Override
    public String toString() {
        List<String> each = new ArrayList<>();
        classes.keySet().forEach(number -> each.add(shown(number) + " is " + meaning(number)));
        int more = each.size() - SHOWN;
        return String.join(", ", each.subList(0, Math.min(SHOWN, each.size()))) + (more > 0 ? " and " + more + " others" : "")
                + (regions.isEmpty()
                        ? ""
                        : "; regions of these classes are scored: " + String.join(", ", regions.stream().map(LabelRegion::toString).toList()));
    }

    /// In words, what a number means that may occur.
    String meaning(int number) {
        int c = requireNonNull(classes.get(number));
        return c == IGNORED ? "ignored" : names.get(c);
    }

    /// As the option that says it: `0,255:1,7:ignore`.
    String option() {
        return option(classes);
    }

    private String option(SortedMap<Integer, Integer> meaning) {
        List<String> each = new ArrayList<>();
        meaning.forEach((number, c) -> {
            String of = c == IGNORED ? LabelRule.IGNORE : Integer.toString(c);
            each.add(shown(number) + (of.equals(shown(number)) ? "" : ":" + of));
        });
        return String.join(",", each);
    }

    /// The option by which each of these numbers is its own class: `0,2,4,255:ignore`.
    String asThemselves() {
        SortedMap<Integer, Integer> own = new TreeMap<>(classes);
        own.replaceAll((number, c) -> c == IGNORED ? c : number);
        return option(own);
    }

    /// As JSON.
    public Json json() {
        List<Json> numbers = new ArrayList<>();
        classes.forEach((number, c) -> numbers.add(Json.object().with("number", number).with("class", c)));
        Json json = Json.object().with("names", names).with("numbers", numbers).with("coloured", coloured);
        if (regions.isEmpty()) return json;
        return json.with("regions",
                regions.stream().map(one -> Json.object().with("name", one.name()).with("classes", List.copyOf(one.classes()))).toList());
    }

    /// From JSON.
    ///
    /// @throws FormatException if it is not a coding
    public static LabelCoding of(Json json) {
        SortedMap<Integer, Integer> classes = new TreeMap<>();
        for (Json one : json.at("numbers").list()) classes.put(one.at("number").integer(), one.at("class").integer());
        List<LabelRegion> regions = new ArrayList<>();
        if (json.has("regions"))
            for (Json one : json.at("regions").list())
                regions.add(new LabelRegion(one.at("name").string(), new TreeSet<>(IntStream.of(one.at("classes").integers()).boxed().toList())));
        return new LabelCoding(json.at("names").strings(), classes, json.at("coloured").truth(), regions);
    }
}
