package dev.samovar.models.pretrain;

import dev.samovar.benchmarks.Steps;
import dev.samovar.benchmarks.Work;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.nn.Params;
import dev.samovar.core.nn.Random;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.models.pretrain.PretrainingStep.Example;
import dev.samovar.models.sam.Sam;
import dev.samovar.models.sam.SamConfig;
import dev.samovar.models.sam.SamFraming;
import dev.samovar.models.scenes.Photographs;
import dev.samovar.models.scenes.Scene;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// A step of a pretraining, always on the same pictures, with as many things in each as there are pictures: a first prompt and two corrections. It is
/// in this package because the code that it times is not public.
public final class PretrainingWork {
    private static final int CORRECTIONS = 2;
    private static final List<Boolean> ROUNDS = List.of(true, true);

    private PretrainingWork() {}

    /// The step of a model that starts with these weights.
    public static Work of(SamConfig sam, int pictures, TensorFile start, Device device) {
        var recipe = new Recipe(1, 1, pictures, pictures, CORRECTIONS, 0, 6e-4, 0, 0, 1, 0.05, 1, 1);        // the built-in model's, except the schedule
        Params params = Params.load(start, device);
        var step = new PretrainingStep(new Sam(params, sam), params);
        var optimizer = new LayerRates(params.trainable(), sam.vit().depth(), recipe);
        List<Example> examples = examples(sam, pictures);
        return new Steps(() -> {
            try (var _ = Scope.open()) {
                var result = step.of(IntStream.range(0, pictures).mapToObj(i -> anew(examples.get(i), i)).toList(), ROUNDS, Recipe.FOCAL);
                optimizer.step(result.gradients().clip(recipe.clip()));
                return result.loss();
            }
        }, () -> {
            optimizer.close();
            params.close();
        });
    }

    /// Multiply-adds of a forward pass: each picture is embedded once, and each thing is prompted in every round.
    public static long operations(SamConfig sam, int pictures, long decoder) {
        return pictures * (sam.encoder().operations(sam.promptWidth()) + pictures * (1L + CORRECTIONS) * decoder);
    }

    private static List<Example> examples(SamConfig sam, int pictures) {
        List<Example> examples = new ArrayList<>();
        int side = 4 * sam.grid();
        for (int i = 0; examples.size() < pictures; i++) {
            Random random = new Random(1, "scene " + i);
            Scene scene = new Photographs().draw(random, sam.imageSize());
            List<Thing> things = Thing.of(scene, pictures, side, sam.imageSize() / side, random);
            if (things.size() == pictures) examples.add(anew(new Example(scene.picture(), things, List.of()), examples.size()));
        }
        return examples;
    }

    /// The example with fresh random streams.
    private static Example anew(Example example, int picture) {
        return new Example(example.picture(), example.things(),
                IntStream.range(0, example.things().size()).mapToObj(k -> new Random(1, "thing " + k + " of " + picture)).toList());
    }

    /// The input for other sides: pictures and, for each thing, the mask to be found, the click or box of the first prompt, and the random numbers
    /// that choose the places of corrections.
    public static List<Safetensors.Item> given(SamConfig sam, int count) {
        int things = count * count, side = 4 * sam.grid(), cells = side * side, at = 0;
        float[] targets = new float[things * cells], first = new float[things * 4], labels = new float[things * 2], draws = new float[things
                * CORRECTIONS];
        Device device = Device.scalar(1);
        try (var _ = Scope.open()) {
            List<Tensor> pictures = new ArrayList<>();
            for (Example example : examples(sam, count)) {
                pictures.add(SamFraming.filledUp(device, example.picture(), sam.imageSize()));
                var points = new Dialogue(example.things(), example.draws()).points(device);
                System.arraycopy(points.coords().toArray(), 0, first, 4 * at, 4 * count);
                for (int i = 0; i < 2 * count; i++) labels[2 * at + i] = points.labels().get(i);
                for (int k = 0; k < count; k++, at++) {
                    System.arraycopy(example.things().get(k).target(), 0, targets, at * cells, cells);
                    for (int c = 0; c < CORRECTIONS; c++) draws[at * CORRECTIONS + c] = (float) example.draws().get(k).uniform();
                }
            }
            Tensor all = Tensor.concat(0, pictures.toArray(Tensor[]::new));
            return List.of(Safetensors.Item.of("pictures", all.shape(), all.toArray()), Safetensors.Item.of("targets", Shape.of(things,
                    side,
                    side), targets), Safetensors.Item.of("first", Shape.of(things, 2, 2), first),
                    Safetensors.Item.of("labels", Shape.of(things, 2), labels), Safetensors.Item.of("draws", Shape.of(things, CORRECTIONS), draws));
        }
    }
}
