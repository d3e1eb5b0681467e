package dev.samovar.core.bits;

import dev.samovar.core.kernel.cpu.VectorDevice;
import dev.samovar.core.nn.Random;
import dev.samovar.core.optim.Adam;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Labels;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Shape;
import dev.samovar.core.tensor.Tensor;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;

/// The program that [BitsTest] starts in separate JVMs: a small network of many kernels, trained for two steps, at sizes that are not multiples of a vector's length.
///
///     hash HEIGHT WIDTH THREADS,… REPETITIONS   prints each distinct SHA-256 of all parameters and losses once; repetitions take the numbers of threads in turn
///     error HEIGHT WIDTH                        prints the distance of the result from that of the reference device
public final class TrainingStep {
    private static final int STEPS = 2;
    private static final int B = 2, C = 19, HEADS = 2, D = 9, K = 5;

    private final Device device;
    private final Map<String, Tensor> parameters = new LinkedHashMap<>();
    private final double[] losses = new double[STEPS];

    private final int h;
    private final int w;

    private TrainingStep(Device device, int h, int w) {
        this.device = device;
        this.h = h;
        this.w = w;
    }

    public static void main(String[] args) {
        int h = Integer.parseInt(args[1]), w = Integer.parseInt(args[2]);
        if (args[0].equals("error")) {
            System.out.println(distance(new TrainingStep(Device.reference(), h, w).train(), new TrainingStep(Device.cpu(2), h, w).train()));
            return;
        }
        List<Device> devices = Arrays.stream(args[3].split(",", -1)).map(threads -> VectorDevice.of(Integer.parseInt(threads))).toList();
        var hashes = new TreeSet<String>();
        for (int i = 0; i < Integer.parseInt(args[4]); i++) hashes.add(new TrainingStep(devices.get(i % devices.size()), h, w).train().hash());
        System.out.println(String.join(" ", hashes));
    }

    private TrainingStep train() {
        float[] image = normal("image", B * 3 * h * w);
        byte[] classes = new byte[B * 17 * 13];
        var random = new Random(0, "labels");
        for (int i = 0; i < classes.length; i++) classes[i] = (byte) random.below(K);
        var labels = new Labels(B, 17, 13, classes);
        Adam adam = null;                                                          // made after the first forward pass, which makes the parameters
        for (int i = 0; i < STEPS; i++) {
            try (var _ = Scope.open()) {
                Tensor loss = forward(Tensor.of(device, image, B, 3, h, w)).crossEntropyAndDice(labels).sum();
                losses[i] = loss.item();
                if (adam == null) adam = new Adam(parameters, 0.01);
                adam.step(loss.backward());
            }
        }
        if (adam != null) adam.close();
        return this;
    }

    private Tensor forward(Tensor image) {
        Tensor x = image.conv2d(parameter("conv", C, 3, 3, 3), parameter("conv.bias", C), 1, 1).gelu();
        x = x.permute(0, 2, 3, 1).layerNorm(-1, parameter("norm", C), parameter("norm.bias", C), 1e-6f);           // (B, H, W, C)
        Tensor qkv = x.linear(parameter("qkv", 3 * HEADS * D, C), parameter("qkv.bias", 3 * HEADS * D))
                .reshape(B, h * w, 3, HEADS, D).permute(2, 0, 3, 1, 4).reshape(3, B * HEADS, h * w, D);
        Tensor y = qkv.relPosAttention(parameter("relH", 2 * h - 1, D), parameter("relW", 2 * w - 1, D));          // (B·heads, HW, D)
        y = y.matmul(y.softmax(1), false, true).softmax(-1).matmul(y);
        y = y.add(y.attention(y.slice(1, 0, 3), y.slice(1, 1, 4), 3));
        y = y.reshape(B, HEADS, h, w, D).permute(0, 1, 4, 2, 3).reshape(B, HEADS * D, h, w).relu();
        y = y.convTranspose2d(parameter("up", HEADS * D, 7, 2, 2), parameter("up.bias", 7));                       // (B, 7, 2H, 2W)
        y = y.layerNorm(1, parameter("norm2", 7), parameter("norm2.bias", 7), 1e-6f);
        y = y.mul(y).affine(1, 1).log().add(y.exp().affine(1, 1).sqrt().div(y.mul(y).affine(1, 2)));
        y = y.slice(2, 0, 5).conv2d(parameter("more", 16, 7, 1, 1), null, 1, 0).resizeBilinear(6, 35);
        y = y.groupedConv2d(parameter("depthwise", 16, 1, 3, 3), null, 1, 1, 16);
        y = y.batchNorm(parameter("norm3", 16), parameter("norm3.bias", 16), 1e-5f, Tensor.full(device, 0, 2, 16)).leakyRelu(0.01).maxPool2d(3, 1, 1);
        y = y.mul(y.sigmoid()).add(y.tanh()).clamp(-2, 2);
        y = y.conv2d(parameter("neighbours", 17, 16, 3, 3), parameter("neighbours.bias", 17), 1, 1);               // wide enough for Winograd's algorithm
        return y.conv2d(parameter("last", K, 17, 1, 1), null, 1, 0).resizeBilinear(17, 13);
    }

    private Tensor parameter(String name, int... shape) {
        return parameters.computeIfAbsent(name, n -> Tensor.parameter(device, normal(n, Shape.of(shape).size()), Shape.of(shape), true));
    }

    private static float[] normal(String name, int n) {
        var random = new Random(0, name);
        float[] x = new float[n];
        for (int i = 0; i < n; i++) x[i] = (float) (random.normal() * 0.3);
        return x;
    }

    private String hash() {
        try {
            var sha = MessageDigest.getInstance("SHA-256");
            for (Tensor p : parameters.values()) {
                ByteBuffer bytes = ByteBuffer.allocate(4 * p.shape().size());
                bytes.asFloatBuffer().put(p.toArray());
                sha.update(bytes);
                p.release();
            }
            ByteBuffer bytes = ByteBuffer.allocate(8 * STEPS);
            bytes.asDoubleBuffer().put(losses);
            sha.update(bytes);
            return HexFormat.of().formatHex(sha.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /// The largest difference between losses or parameters. Of each parameter the median counts, because Adam may step in either direction where a gradient is nearly zero.
    private static double distance(TrainingStep a, TrainingStep b) {
        double worst = 0;
        for (int i = 0; i < STEPS; i++) worst = Math.max(worst, Math.abs(a.losses[i] - b.losses[i]));
        for (String name : a.parameters.keySet()) {
            float[] x = Objects.requireNonNull(a.parameters.get(name)).toArray(), y = Objects.requireNonNull(b.parameters.get(name)).toArray();
            float[] differences = new float[x.length];
            for (int i = 0; i < x.length; i++) differences[i] = Math.abs(x[i] - y[i]);
            Arrays.sort(differences);
            worst = Math.max(worst, differences[x.length / 2]);
        }
        return worst;
    }
}
