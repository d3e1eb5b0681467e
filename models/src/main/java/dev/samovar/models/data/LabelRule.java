package dev.samovar.models.data;

import dev.samovar.core.io.FormatException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// What the user says about the numbers of a dataset's labels: nothing, or what each means, and which are ignored. It takes precedence over what
/// the dataset declares.
///
/// @param classes the class of each number, or [LabelCoding#IGNORED]; empty if nothing was said
/// @param ignored more numbers that are ignored
/// @param coloured whether the numbers are colours
public record LabelRule(SortedMap<Integer, Integer> classes, SortedSet<Integer> ignored, boolean coloured) {
    /// Nothing was said.
    public static final LabelRule NONE = new LabelRule(Collections.emptySortedMap(), Collections.emptySortedSet(), false);

    static final String IGNORE = "ignore";

    /// Copies the collections.
    public LabelRule {
        classes = Collections.unmodifiableSortedMap(new TreeMap<>(classes));
        ignored = Collections.unmodifiableSortedSet(new TreeSet<>(ignored));
    }

    /// Reads `0,85:1,170:2,255:ignore`: each number with its class, or alone if it is its own class; colours as `#ff0000:1`.
    ///
    /// @param entries the texts between the commas
    /// @param ignored the numbers that do not count
    /// @throws FormatException if an entry is malformed, or a number is given twice
    public static LabelRule of(Collection<String> entries, Collection<String> ignored) {
        SortedMap<Integer, Integer> classes = new TreeMap<>();
        boolean coloured = entries.stream().anyMatch(entry -> entry.startsWith("#"));
        for (String entry : entries) {
            int colon = entry.indexOf(':');
            int number = number(colon < 0 ? entry : entry.substring(0, colon), coloured, "--classes " + entry);
            String its = colon < 0 ? entry : entry.substring(colon + 1);
            int of = its.equals(IGNORE) ? LabelCoding.IGNORED : its.matches("\\d{1,3}") ? Integer.parseInt(its) : -1;
            if (of < 0 || of > LabelCoding.IGNORED)
                throw new FormatException("--classes " + entry + ": a class is a number from 0 to 254, or " + IGNORE
                        + ", as in 0,85:1,170:2,255:" + IGNORE);
            if (classes.put(number, of) != null) throw new FormatException("--classes: it says twice what " + entry + " means");
        }
        SortedSet<Integer> left = new TreeSet<>();
        for (String one : ignored) left.add(number(one, coloured || one.startsWith("#"), "--ignore-label " + one));
        return new LabelRule(classes, left, coloured || ignored.stream().anyMatch(one -> one.startsWith("#")));
    }

    private static int number(String text, boolean coloured, String where) {
        int number = text.startsWith("#") == coloured ? LabelCoding.number(text) : -1;
        if (number >= 0) return number;
        throw new FormatException(where + ": a label is a whole number as 85" + (coloured ? "" : ", or a colour as #ff0000")
                + ", all of one kind");
    }

    /// Whether these entries say what numbers mean, and are not names of classes.
    public static boolean areNumbers(Collection<String> entries) {
        return entries.stream().allMatch(one -> one.matches("(\\d+|#[0-9a-fA-F]{6})(:\\w+)?"));
    }

    /// The meaning of the numbers by this rule alone.
    ///
    /// @throws FormatException if nothing was said
    public LabelCoding decide() {
        if (classes.isEmpty()) throw new FormatException("it is not said what the numbers in the labels mean; give --classes");
        return decide(Declaration.NONE, List.of());
    }

    /// Decides what the numbers mean, for all files of a dataset at once.
    ///
    /// This rule counts first, then what the dataset declares; otherwise the numbers are the classes. In a mask, the only number besides black may be
    /// white, which is 255, or 65535 in 16 bits: it is class 1 if nothing was declared, or the one class that was declared besides the background.
    ///
    /// @param declared what the dataset declares
    /// @param found the numbers that occur
    /// @throws FormatException if far more classes than occur would be needed, in words that follow the name of the dataset
    LabelCoding decide(Declaration declared, Collection<Integer> found) {
        SortedMap<Integer, Integer> meaning = new TreeMap<>();
        boolean colours = coloured || (classes.isEmpty() && declared.coloured());
        SortedSet<Integer> numbers = new TreeSet<>(found);
        numbers.removeAll(ignored);
        List<String> names;
        List<LabelRegion> regions = declared.regions();
        if (!classes.isEmpty()) {
            meaning.putAll(classes);
            int most = classes.values().stream().filter(c -> c != LabelCoding.IGNORED).mapToInt(c -> c).max().orElse(0);
            names = names(declared.names(), most + 1);
            if (names.size() != declared.names().size()) regions = List.of();
        } else if (!declared.isEmpty()) {
            meaning.putAll(declared.classes());
            names = declared.names();
            if (names.size() == 2 && !colours && isMask(numbers, meaning)) meaning = mask(numbers, meaning);
        } else if (isMask(numbers, meaning)) {
            meaning = mask(numbers, meaning);
            names = names(List.of(), 2);
        } else {
            int most = numbers.isEmpty() ? 0 : numbers.last();
            checkFew(numbers, most);
            for (int c = 0; c <= most; c++) meaning.put(c, c);
            names = names(List.of(), most + 1);
        }
        for (int number : ignored) meaning.put(number, LabelCoding.IGNORED);
        return new LabelCoding(names, meaning, colours, regions);
    }

    /// Whether the meaning depends on which numbers occur. If it does, all label files are read to decide it.
    boolean looks(Declaration declared) {
        return classes.isEmpty() && (declared.isEmpty() || (declared.names().size() == 2 && !coloured && !declared.coloured()));
    }

    /// The declared names, and numbers for further classes.
    private static List<String> names(List<String> declared, int count) {
        List<String> names = new ArrayList<>(declared.subList(0, Math.min(count, declared.size())));
        if (names.isEmpty()) names.add("background");
        for (int c = names.size(); c < count; c++) names.add("class " + c);
        return names;
    }

    /// Whether all numbers that are not declared as ignored are black and white, and there is some white.
    private static boolean isMask(SortedSet<Integer> numbers, SortedMap<Integer, Integer> declared) {
        SortedSet<Integer> left = new TreeSet<>(numbers);
        left.removeIf(number -> Integer.valueOf(LabelCoding.IGNORED).equals(declared.get(number)));
        return !left.isEmpty() && left.stream().allMatch(number -> number == 0 || isWhite(number)) && isWhite(left.last());
    }

    private static boolean isWhite(int number) {
        return number == 0xFF || number == 0xFFFF;
    }

    private static SortedMap<Integer, Integer> mask(SortedSet<Integer> numbers, SortedMap<Integer, Integer> declared) {
        SortedMap<Integer, Integer> meaning = new TreeMap<>(declared);
        meaning.put(0, 0);
        for (int number : numbers) if (isWhite(number)) meaning.putIfAbsent(number, 1);
        return meaning;
    }

    private static void checkFew(SortedSet<Integer> numbers, int most) {
        if (most < LabelCoding.IGNORED && most + 1L <= 2L * numbers.size() + 4) return;
        boolean isVoid = numbers.contains(LabelCoding.IGNORED);
        if (numbers.equals(new TreeSet<>(List.of(0, 1, LabelCoding.IGNORED))))
            throw new FormatException(
                    "its labels hold the numbers 0, 1 and 255: say what they mean, with --classes 0,1,255:1 if 255 is white in masks of 0 and 255, "
                            + "or with --ignore-label 255 if it does not count");
        List<String> mapped = new ArrayList<>();
        int next = 0;
        for (int number : numbers) {
            int c = number == LabelCoding.IGNORED && isVoid && numbers.size() > 2 && !isEven(numbers) ? LabelCoding.IGNORED : next++;
            mapped.add(c == LabelCoding.IGNORED ? number + ":" + IGNORE : number == c ? "" + number : number + ":" + c);
        }
        boolean few = mapped.size() <= 16;
        throw new FormatException("its labels hold " + numbers.size() + " different numbers up to " + most + ", which would be " + (most
                + 1L)
                + " classes: say what they mean, as with --classes " + (few
                        ? String.join(",", mapped)
                        : mapped.stream().limit(3).collect(Collectors.joining(",")) + ",…")
                + (isVoid ? ", or that 255 does not count with --ignore-label 255" : ""));
    }

    /// Whether the numbers are equally spaced, as stretched grey levels are.
    private static boolean isEven(SortedSet<Integer> numbers) {
        List<Integer> all = List.copyOf(numbers);
        for (int i = 2; i < all.size(); i++)
            if (Math.abs(all.get(i) - all.get(i - 1) - (all.get(1) - all.get(0))) > 1) return false;
        return true;
    }
}
