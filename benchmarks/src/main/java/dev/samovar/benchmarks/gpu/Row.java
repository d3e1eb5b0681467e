package dev.samovar.benchmarks.gpu;

import dev.samovar.benchmarks.Sizes;
import dev.samovar.core.io.Json;
import dev.samovar.cuda.Format;
import dev.samovar.models.sam.SamConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A line of the table: a piece of work, and the number format in which it is done.
///
/// @param work `encode`, `train-` and a head, or a kernel's name as in [dev.samovar.benchmarks.Operations]
/// @param model the model whose sizes are used: `vit_b`, `vit_h`, or `tiny` for trying things out
/// @param batch pictures at a time
/// @param format `float32`, `tf32` or `bf16`
record Row(String work, String model, int batch, String format) {
    private static final List<String> FORMATS = List.of("float32", "tf32", "bf16");

    /// The inverse of [#toString].
    static Row of(String words) {
        String[] w = words.split(" ", -1);
        return new Row(w[0], w[1], Integer.parseInt(w[2]), w[3]);
    }

    @Override
    public String toString() {
        return work + " " + model + " " + batch + " " + format;
    }

    Format asFormat() {
        return Format.valueOf(format.toUpperCase(Locale.ROOT));
    }

    Sizes sizes() {
        SamConfig sam = switch (model) {
            case "vit_b" -> SamConfig.vitB();
            case "vit_h" -> SamConfig.vitH();
            case "tiny" -> Sizes.TINY.sam();
            default -> throw new IllegalArgumentException("there is no model " + model);
        };
        Sizes like = model.equals("tiny") ? Sizes.TINY : Sizes.FULL;
        return new Sizes(sam, batch, like.classes(), like.labelSide(), like.topChannel(), like.volumeSide(), like.volumeSlices());
    }

    Json json() {
        return Json.object().with("work", work).with("model", model).with("batch", batch).with("format", format);
    }

    /// The most important rows: one picture through the encoder.
    static List<Row> first(boolean tiny) {
        return each("encode", models(tiny), 1);
    }

    /// Several pictures, training steps, attention.
    static List<Row> second(boolean tiny) {
        List<Row> rows = new ArrayList<>(each("encode", models(tiny), tiny ? 2 : 8));
        for (String head : List.of("vit", "cnn", "linear")) rows.addAll(each("train-" + head, models(tiny).subList(0, 1), 4));
        for (String attention : List.of("attention-global", "attention-window")) rows.addAll(each(attention, models(tiny), 1));
        return rows;
    }

    /// Single products of matrices.
    static List<Row> products(boolean tiny) {
        List<Row> rows = new ArrayList<>();
        for (String product : List.of("gemm-qkv", "gemm-proj", "gemm-mlp1", "gemm-mlp2")) rows.addAll(each(product, models(tiny), 1));
        return rows;
    }

    private static List<String> models(boolean tiny) {
        return tiny ? List.of("tiny") : List.of("vit_b", "vit_h");
    }

    private static List<Row> each(String work, List<String> models, int batch) {
        List<Row> rows = new ArrayList<>();
        for (String model : models) for (String format : FORMATS) rows.add(new Row(work, model, batch, format));
        return rows;
    }
}
