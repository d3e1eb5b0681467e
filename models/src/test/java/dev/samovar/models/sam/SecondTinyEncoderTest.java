package dev.samovar.models.sam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.Json;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.core.testkit.Formula;
import dev.samovar.core.testkit.Golden;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Compares another encoder with the reference implementation (segment-anything @ dca509f), with windows of 3 on a grid of 8, and its tables of relative positions
/// at other lengths. The weights follow another rule: `scale · sin(0.37·(i+1) + 1.3·t)` for the t-th parameter, plus 1 for the weight of a norm.
class SecondTinyEncoderTest {
    private static final Json GOLDEN = read();

    private static Json read() {
        try (InputStream in = Objects.requireNonNull(SecondTinyEncoderTest.class.getResourceAsStream("tiny-encoder.json"))) {
            return Json.parse(ByteBuffer.wrap(in.readAllBytes()), "tiny-encoder.json");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static float[] floats(Json numbers) {
        double[] x = numbers.numbers();
        float[] y = new float[x.length];
        for (int i = 0; i < y.length; i++) y[i] = (float) x[i];
        return y;
    }

    static Stream<Device> devices() {
        return Stream.of(Device.reference(), Device.scalar(2), Device.cpu());
    }

    @ParameterizedTest
    @MethodSource("devices")
    void everyStageWithWindowsOfThreeEqualsTheReference(Device device) {
        var config = new SamConfig(new VitConfig(8, 2, 2, 3, List.of(1), 32, 4, 16), 4, 2048, 256);
        float[] input = new float[3 * 32 * 32];
        for (int i = 0; i < input.length; i++) input[i] = (float) Math.sin(0.11 * i + 0.5);
        try (Params p = Params.load(weights(), device); var _ = Scope.open()) {
            var encoder = ImageEncoder.of(p.frozen(), config);
            assertEquals(GOLDEN.at("keys").list().size(), p.all().size());
            Tensor output = encoder.forward(Tensor.of(device, input, 1, 3, 32, 32),
                    (stage, x) -> Golden.assertClose(stage, floats(GOLDEN.at(stage)), x.toArray(), 1e-5));
            Golden.assertClose("output", floats(GOLDEN.at("output")), output.toArray(), 1e-5);
        }
    }

    private static TensorFile weights() {
        var shapes = new LinkedHashMap<String, Shape>();
        for (Json key : GOLDEN.at("keys").list()) shapes.put(key.list().getFirst().string(), Shape.of(key.list().get(1).integers()));
        List<String> names = List.copyOf(shapes.keySet());
        double scale = GOLDEN.at("scale").number();
        return Formula.file(shapes, name -> {
            Shape shape = Objects.requireNonNull(shapes.get(name), name);
            double offset = shape.rank() == 1 && name.endsWith("weight") ? 1 : 0;
            float[] x = new float[shape.size()];
            for (int i = 0; i < x.length; i++) x[i] = (float) (offset + scale * Math.sin(0.37 * (i + 1) + 1.3 * names.indexOf(name)));
            return x;
        });
    }

    @ParameterizedTest
    @MethodSource("devices")
    void tablesOfAnotherLengthAreInterpolated(Device device) {
        int compared = 0;
        for (Json c : GOLDEN.at("get_rel_pos").list()) {
            int side = c.at("q").integer();
            if (side != c.at("k").integer()) continue;                             // SAM attends within one grid only
            try (var _ = Scope.open()) {
                Tensor table = Tensor.of(device, new float[]{0, 1, 2, 3, 4, 5, 6}, 7, 1);
                float[] offsets = ImageEncoderViT.Attention.offsets(table, side).toArray(), pairs = new float[side * side];
                for (int i = 0; i < pairs.length; i++) pairs[i] = offsets[i / side - i % side + side - 1];
                float[] expected = new float[pairs.length];
                for (int i = 0; i < side; i++) System.arraycopy(floats(c.at("R").list().get(i)), 0, expected, i * side, side);
                Golden.assertClose("side " + side, expected, pairs, 1e-6);
                compared++;
            }
        }
        assertEquals(3, compared);
    }

    @Test
    void cuttingATableInsteadOfInterpolatingItIsNoticed() {
        Json three = GOLDEN.at("get_rel_pos").list().get(1);
        assertEquals(3, three.at("q").integer());
        float[] cut = {1, 2, 3, 4, 5}, firstRow = floats(three.at("R").list().getFirst());                 // the middle five of 0 … 6
        assertTrue(Math.abs(firstRow[2] - cut[0]) > 0.5, "the table from the middle would pass");
    }

    @Test
    void thePixelsOfAnotherGridAttendByInterpolatedTables() {
        Device device = Device.reference();
        try (Params p = Params.random(1, device); var _ = Scope.open()) {
            var attention = new ImageEncoderViT.Attention(p.frozen(), 6, 2, 4);
            Tensor h = Objects.requireNonNull(p.all().get("rel_pos_h"));
            assertEquals(Shape.of(7, 3), h.shape());
            Tensor y = attention.forward(Tensor.full(device, 1, 1, 5, 3, 6));
            assertEquals(Shape.of(1, 5, 3, 6), y.shape());
        }
    }
}
