package dev.samovar.cli;

import dev.samovar.imaging.Slices;
import dev.samovar.models.medsam.VolumePredictor.Thing;
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
            description = "A point on the thing (label 1, the default) or beside it (0), in pixels from the upper left; may be repeated.")
    private List<String> points = List.of();

    @Option(names = "--box", paramLabel = "X0,Y0,X1,Y1",
            description = "A box around the thing, upper left and lower right corner; of a volume also X0,Y0,Z0,X1,Y1,Z1, in its voxels. Repeated, each "
                    + "box is a thing of its own.")
    private List<String> boxes = List.of();

    @Option(names = "--mask", paramLabel = "FILE",
            description = "What the thing roughly is: labels of the same size (PNG, or NIfTI for a volume), or logits that --logits wrote.")
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

    /// What points and boxes point at; nothing, if there is nothing but a mask.
    ///
    /// @param slices of a volume, null of a picture
    /// @param fixed whether the slices are chosen already, so that no box may choose them
    /// @param first the first slice of what does not say in which it is
    /// @param last the last one
    /// @throws Problem if nothing points at anything, or it does not fit together
    List<Thing> things(@Nullable Slices slices, boolean fixed, int first, int last) {
        if (none() && mask == null) throw Problem.input("nothing says what to segment; give --point, --box or --mask");
        if (boxes.size() > 1 && !(points.isEmpty() && mask == null))
            throw Problem.input(
                    "several boxes are several things, and points and a mask belong to one; take one --box with them, or boxes alone");
        Prompt.Points clicks = points.isEmpty() ? null : new Prompt.Points(points.stream().map(PromptOptions::point).toList());
        if (boxes.isEmpty()) return clicks == null ? List.of() : List.of(new Thing(clicks, first, last));
        List<Thing> things = new ArrayList<>();
        for (String box : boxes) {
            boolean flat = box.split(",", -1).length != 6;
            double[] n = numbers("--box", box, flat ? 4 : 6);
            if (!flat && slices == null)
                throw Problem.input("--box " + box + ": six numbers are a box in a volume, and this is a picture; it takes x0,y0,x1,y1");
            if (!flat && fixed)
                throw Problem.input("--box " + box + ": six numbers say in which slices it is, and so does --slice; give one of them");
            Prompt.Box edges = flat || slices == null
                    ? Prompt.box(n[0], n[1], n[2], n[3])
                    : Prompt.box(n[slices.columns()], n[slices.rows()], n[3 + slices.columns()], n[3 + slices.rows()]);
            Prompt prompt = clicks == null ? edges : edges.and(clicks);
            things.add(flat || slices == null
                    ? new Thing(prompt, first, last)
                    : new Thing(prompt, slice(box, n[slices.axis()]), slice(box, n[3 + slices.axis()])));
        }
        return things;
    }

    /// The same things with boxes that end within the picture: who draws one often ends up to a pixel beyond. That is said; more than a pixel is left, and refused
    /// later.
    static List<Thing> clipped(List<Thing> things, int height, int width, Console console) {
        return things.stream().map(thing -> {
            Prompt.Combination all = Prompt.Combination.of(thing.prompt());
            Prompt.Box box = all.box();
            if (box == null) return thing;
            Prompt.Box within = Prompt.box(Math.clamp(box.x0(), 0, width), Math.clamp(box.y0(), 0, height), Math.clamp(box.x1(), 0, width),
                    Math.clamp(box.y1(), 0, height));
            double beyond = Math.max(Math.max(within.x0() - box.x0(), within.y0() - box.y0()), Math.max(box.x1() - within.x1(), box.y1() - within.y1()));
            if (within.equals(box) || beyond > 1 || box.x0() > width || box.y0() > height || box.x1() < 0 || box.y1() < 0) return thing;
            console.say("--box " + shown(box) + " ends up to a pixel beyond the picture, which is " + width + " wide and " + height + " high; taken is "
                    + shown(within));
            return new Thing(all.points() == null ? within : within.and(all.points()), thing.first(), thing.last());
        }).toList();
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
            // Told below.
        }
        String form = option.equals("--point") ? "x,y or x,y,label" : "x0,y0,x1,y1, or in a volume x0,y0,z0,x1,y1,z1";
        throw Problem.input(option + " " + text + ": it takes " + form + ", numbers with commas between them and no spaces");
    }
}
