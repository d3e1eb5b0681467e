package dev.samovar.models.methods;

import dev.samovar.core.nn.Params;
import dev.samovar.core.nn.Random;
import dev.samovar.core.optim.Optimizer;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Labels;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.core.testkit.Formula;
import dev.samovar.models.generator.HarDNet;
import dev.samovar.models.sam.SamConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/// Measures training steps of ViT-B at 1024² with batch size 1: the seconds, and the peak memory of the process.
///
///     java … dev.samovar.models.methods.StepAtFullSize medsam 2 3        (a method, threads, steps)
final class StepAtFullSize {
    private StepAtFullSize() {}

    /// Prints a line per step.
    public static void main(String[] args) throws Exception {
        Method method = switch (args[0]) {
            case "lora" -> new Lora(4, 0);
            case "adapter" -> new Adapter(1, Adapter.Form.SAM);
            case "decoder" -> new Decoder();
            case "autosam" -> new AutoSam(HarDNet.Layout.HARDNET85, 0);
            default -> new MedSam();
        };
        Device device = Device.cpu(Integer.parseInt(args[1]));
        SamConfig sam = SamConfig.vitB();
        var file = Formula.checkpoint("", sam.tensors());
        byte[] classes = new byte[1024 * 1024];
        for (int i = 300; i < 600; i++) for (int j = 400; j < 800; j++) classes[1024 * i + j] = 1;
        float[] input = Formula.signed("image", Shape.of(method.input().shape(sam, 1024, 1)).size(), 1);
        try (Params learnt = method.initial(file, 1, device);
                Network network = method.network(learnt, file, sam, 2);
                Optimizer optimizer = method.optimizer(learnt.trainable(), 1e-4)) {
            IO.println(String.format(Locale.ROOT, "%s: %,d parameters learn", method.describe(), Params.count(learnt.trainable())));
            for (int step = 0; step < Integer.parseInt(args[2]); step++) {
                long start = System.nanoTime();
                try (var _ = Scope.open()) {
                    Tensor x = Tensor.of(device, input, method.input().shape(sam, 1024, 1));
                    Tensor loss = network.losses(new Batch(x, new Labels(1, 1024, 1024, classes), List.of(new Random(1, "box")))).sum();
                    optimizer.step(loss.backward());
                    IO.println(String.format(Locale.ROOT, "step %d: loss %.5f, %.1f s, kernels %.2f GB at the peak, process %s", step, loss.item(),
                            (System.nanoTime() - start) * 1e-9, device.memory().peakBytes() * 1e-9, peak()));
                }
            }
        }
    }

    private static String peak() throws Exception {
        return Files.readAllLines(Path.of("/proc/self/status")).stream().filter(l -> l.startsWith("VmHWM")).findFirst().orElse("")
                .replaceAll("\\s+", " ");
    }
}
