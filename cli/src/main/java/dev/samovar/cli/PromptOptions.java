package dev.samovar.cli;

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
            description = "A box around the thing, upper left and lower right corner; of a volume also X0,Y0,Z0,X1,Y1,Z1 with the first and the "
                    + "last slice. Repeated, each box is a thing of its own.")
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

    /// What to segment in a picture, with the logits of a mask, if there is one.
    List<Prompt> prompts(Prompt.@Nullable LowRes logits) {
        List<Prompt> prompts = things(0, 0).stream().map(Thing::prompt).toList();
        if (logits == null) return prompts;
        return List.of(prompts.isEmpty() ? logits : prompts.getFirst().and(logits));
    }

    /// What points and boxes point at: in these slices, or those that a box with six numbers says; nothing, if there is nothing but a mask.
    ///
    /// @throws Problem if nothing points at anything, or it does not fit together
    List<Thing> things(int first, int last) {
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
            Prompt.Box edges = flat ? Prompt.box(n[0], n[1], n[2], n[3]) : Prompt.box(n[0], n[1], n[3], n[4]);
            Prompt prompt = clicks == null ? edges : edges.and(clicks);
            things.add(flat ? new Thing(prompt, first, last) : new Thing(prompt, slice(box, n[2]), slice(box, n[5])));
        }
        return things;
    }

    private static int slice(String box, double z) {
        if (z != Math.rint(z)) throw Problem.input("--box " + box + ": slices have whole numbers, and " + z + " is none");
        return (int) z;
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
        throw Problem.input(option + " " + text + ": it takes " + (count == 2 || count == 3 ? "x,y or x,y,label" : "x0,y0,x1,y1")
                + ", numbers with commas between them and no spaces");
    }
}
