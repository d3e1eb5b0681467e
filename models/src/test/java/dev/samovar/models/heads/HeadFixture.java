package dev.samovar.models.heads;

import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Labels;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.core.testkit.Formula;
import dev.samovar.core.testkit.Golden;
import dev.samovar.models.sam.SamConfig;
import dev.samovar.models.sam.VitConfig;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;

/// A golden file of one head: its sizes, its weights by the formula, and the results of the reference.
///
/// The files use the names of parameters inside the head; ours are below `mask_decoder`, except for the positional matrix.
record HeadFixture(String size, String kind, Safetensors golden) implements AutoCloseable {
    private static final String DECODER = "mask_decoder.";

    static HeadFixture open(String size, String kind) {
        return new HeadFixture(size, kind, Golden.open("heads-" + size + "/" + kind + ".safetensors"));
    }

    int number(String key) {
        return Integer.parseInt(Objects.requireNonNull(golden.metadata().get(key), key));
    }

    int batch() {
        return number("batch");
    }

    SegmentationHead head(Params p) {
        int dim = number("dim"), classes = number("classes");
        return switch (kind) {
            case "vit" -> new VitHead(p, config(), classes);
            case "cnn" -> new CnnHead(p, dim, classes, number("depth"), number("top_channel"));
            default -> new LinearHead(p, dim, classes, true);
        };
    }

    private SamConfig config() {
        int grid = number("grid");
        return new SamConfig(new VitConfig(768, 12, 12, 14, List.of(), 16 * grid, 16, 3072), number("dim"), number("mlp_dim"), number("iou_hidden"));
    }

    Tensor embedding(Device device) {
        int[] shape = {batch(), number("dim"), number("grid"), number("grid")};
        float[] values = golden.entries().containsKey("embedding")
                ? golden.floats("embedding")
                : Formula.signed("input.embedding", Shape.of(shape).size(), 1);
        return Tensor.of(device, values, shape);
    }

    Labels labels() {
        ByteBuffer stored = golden.bytes("label");
        byte[] classes = new byte[stored.remaining()];
        stored.get(classes);
        return new Labels(batch(), number("side"), number("side"), classes);
    }

    /// The loss of each step: total, cross entropy, Dice.
    double[][] trace() {
        double[] flat = doubles("trace");
        double[][] trace = new double[flat.length / 3][3];
        for (int i = 0; i < flat.length; i++) trace[i / 3][i % 3] = flat[i];
        return trace;
    }

    double[] doubles(String name) {
        ByteBuffer stored = golden.bytes(name);
        double[] values = new double[stored.remaining() / Double.BYTES];
        stored.asDoubleBuffer().get(values);
        return values;
    }

    /// The name of one of our parameters in the golden file.
    static String nameInFile(String ours) {
        return ours.startsWith(DECODER) ? ours.substring(DECODER.length()) : ours;
    }

    /// The name of one of our parameters in the formula: it begins with the head, except for the matrix.
    private String nameInFormula(String ours) {
        return ours.startsWith(DECODER) ? kind + "." + nameInFile(ours) : ours;
    }

    /// All parameters that the head asks for, by the formula.
    Params params(Device device) {
        var shapes = new LinkedHashMap<String, Shape>();
        try (Params drawn = Params.random(0, Device.reference())) {
            var _ = head(drawn);
            drawn.all().forEach((name, t) -> shapes.put(name, t.shape()));
        }
        return Params.load(byFormula(shapes), device);
    }

    private TensorFile byFormula(SequencedMap<String, Shape> shapes) {
        return Formula.file(shapes, name -> Formula.parameter(nameInFormula(name), Objects.requireNonNull(shapes.get(name), name)));
    }

    @Override
    public void close() {
        golden.close();
    }

    @Override
    public String toString() {
        return kind + " head, " + size;
    }
}
