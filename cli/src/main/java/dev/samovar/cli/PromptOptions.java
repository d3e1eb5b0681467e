package dev.samovar.cli;

import dev.samovar.imaging.Slices;
import dev.samovar.models.medsam.VolumePrompt;
import dev.samovar.models.sam.Prompt;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options that point at things: points and perhaps a box and a mask for one, or several boxes for several.
final class PromptOptions {
    @Option(names = "--point", paramLabel = "X,Y[,LABEL]",
            description = "A point on the thing (label 1, the default) or not on it (0), in pixels from the upper left; may be repeated.")
    private List<String> points = List.of();

    @Option(names = "--box", paramLabel = "X0,Y0,X1,Y1",
            description = "A box around the thing, upper left and lower right corner; in a volume also X0,Y0,Z0,X1,Y1,Z1, in its voxels. If repeated, each "
                    + "box is a thing of its own.")
    private List<String> boxes = List.of();

    @Option(names = "--mask", paramLabel = "FILE",
            description = "Roughly where the thing is: labels of the same size (PNG, or NIfTI for a volume), or logits that --logits wrote.")
    private @Nullable Path mask;

    /// A mask in a file, if there is one.
    @Nullable
    Path mask() {
        return mask;
    }

    /// Whether nothing points at anything.
    boolean none() {
        return points.isEmpty() && boxes.isEmpty();
    }

    /// Makes sure that something says what to segment.
    ///
    /// @throws Problem if there is no prompt, or the options contradict each other
    void check() {
        if (none() && mask == null) throw Problem.input("nothing says what to segment; give --point, --box or --mask");
        if (boxes.size() > 1 && !(points.isEmpty() && mask == null))
            throw Problem.input("several boxes are several things, and points and a mask belong to one; take one --box with them, or boxes alone");
    }

    /// How many things there are.
    int things() {
        return Math.max(1, boxes.size());
    }

    /// The prompts for a picture, from points and boxes: one for each thing, in pixels; none, if there is nothing but a mask.
    ///
    /// @throws Problem if a box is one in a volume
    List<Prompt> ofPicture(int height, int width, Console console) {
        Prompt.Points clicks = clicks();
        if (boxes.isEmpty()) return clicks == null ? List.of() : List.of(clicks);
        return boxes.stream().map(box -> {
            if (isSolid(box))
                throw Problem.input("--box " + box + ": six numbers are a box in a volume, and this is a picture; it takes x0,y0,x1,y1");
            return clipped(with(clicks, flat(box)), height, width, console);
        }).toList();
    }

    /// The prompts for a volume, from points and boxes: one for each thing, in pixels of its slices; none, if there is nothing but a mask.
    ///
    /// @param slice the only slice, which a box may not change; null for all slices, unless a box chooses some
    /// @throws Problem if a box and `slice` contradict each other
    List<VolumePrompt> ofVolume(Slices slices, @Nullable Integer slice, Console console) {
        int first = slice == null ? 0 : slice, last = slice == null ? slices.count() - 1 : slice;
        Prompt.Points clicks = clicks();
        if (boxes.isEmpty()) return clicks == null ? List.of() : List.of(new VolumePrompt(clicks, first, last));
        List<VolumePrompt> things = new ArrayList<>();
        for (String box : boxes) {
            int from = first, to = last;
            Prompt.Box edges;
            if (isSolid(box)) {
                if (slice != null)
                    throw Problem.input("--box " + box + ": six numbers say in which slices it is, and so does --slice; give one of them");
                double[] n = numbers("--box", box, 6);
                edges = Prompt.box(n[slices.columns()], n[slices.rows()], n[3 + slices.columns()], n[3 + slices.rows()]);
                from = slice(box, n[slices.axis()]);
                to = slice(box, n[3 + slices.axis()]);
            } else {
                edges = flat(box);
            }
            things.add(new VolumePrompt(clipped(with(clicks, edges), slices.height(), slices.width(), console), from, to));
        }
        return things;
    }

    private Prompt.@Nullable Points clicks() {
        return points.isEmpty() ? null : new Prompt.Points(points.stream().map(PromptOptions::point).toList());
    }

    private static Prompt with(Prompt.@Nullable Points clicks, Prompt.Box box) {
        return clicks == null ? box : box.and(clicks);
    }

    private static boolean isSolid(String box) {
        return box.split(",", -1).length == 6;
    }

    private static Prompt.Box flat(String box) {
        double[] n = numbers("--box", box, 4);
        return Prompt.box(n[0], n[1], n[2], n[3]);
    }

    /// A prompt whose box is clipped to the picture, with a message, because a drawn box often ends up to a pixel beyond it. A box that ends farther
    /// beyond stays as it is, and is refused later.
    private static Prompt clipped(Prompt prompt, int height, int width, Console console) {
        Prompt.Combination all = Prompt.Combination.of(prompt);
        Prompt.Box box = all.box();
        if (box == null) return prompt;
        Prompt.Box within = Prompt.box(Math.clamp(box.x0(), 0, width), Math.clamp(box.y0(), 0, height), Math.clamp(box.x1(), 0, width),
                Math.clamp(box.y1(), 0, height));
        double beyond = Math.max(Math.max(within.x0() - box.x0(), within.y0() - box.y0()), Math.max(box.x1() - within.x1(), box.y1()
                - within.y1()));
        if (within.equals(box) || beyond > 1 || box.x0() > width || box.y0() > height || box.x1() < 0 || box.y1() < 0) return prompt;
        console.say("--box " + shown(box) + " ends up to a pixel beyond the picture, which is " + width + " wide and " + height
                + " high; it is clipped to " + shown(within));
        return all.points() == null ? within : within.and(all.points());
    }

    private static String shown(Prompt.Box box) {
        return (box.x0() + "," + box.y0() + "," + box.x1() + "," + box.y1()).replace(".0", "");
    }

    private static int slice(String box, double number) {
        if (number != Math.rint(number)) throw Problem.input("--box " + box + ": slices have whole numbers, and " + number + " is none");
        return (int) number;
    }

    private static Prompt.Point point(String text) {
        boolean labelled = text.split(",", -1).length == 3;
        double[] n = numbers("--point", text, labelled ? 3 : 2);
        if (labelled && n[2] != 0 && n[2] != 1) throw Problem.input("--point " + text + ": the label is 1 (on the thing) or 0 (beside it)");
        return new Prompt.Point(n[0], n[1], labelled ? (int) n[2] : Prompt.Point.FOREGROUND);
    }

    private static double[] numbers(String option, String text, int count) {
        try {
            double[] numbers = Arrays.stream(text.split(",", -1)).mapToDouble(Double::parseDouble).toArray();
            if (numbers.length == count && Arrays.stream(numbers).allMatch(Double::isFinite)) return numbers;
        } catch (NumberFormatException _) {
            // Reported below.
        }
        String form = option.equals("--point") ? "x,y or x,y,label" : "x0,y0,x1,y1, or in a volume x0,y0,z0,x1,y1,z1";
        throw Problem.input(option + " " + text + ": it takes " + form + ", numbers with commas between them and no spaces");
    }
}
