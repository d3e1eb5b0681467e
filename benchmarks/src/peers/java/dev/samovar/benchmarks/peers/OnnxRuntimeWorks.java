package dev.samovar.benchmarks.peers;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.samovar.benchmarks.Numbers;
import dev.samovar.benchmarks.Sizes;
import dev.samovar.benchmarks.Work;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Map;

/// ONNX Runtime's side: the whole encoder, from an exported file. All options have their defaults, except the number of threads.
final class OnnxRuntimeWorks {
    private OnnxRuntimeWorks() {}

    static Work of(String name, Sizes sizes, Path encoder, int threads) throws OrtException {
        if (!name.startsWith("encode")) throw new IllegalArgumentException("ONNX Runtime takes part in \"encode\" and \"encode-mobile\" only");
        var environment = OrtEnvironment.getEnvironment();
        var options = new OrtSession.SessionOptions();
        options.setIntraOpNumThreads(threads);
        var session = environment.createSession(encoder.toString(), options);
        String input = session.getInputNames().iterator().next();
        int side = sizes.sam().imageSize();
        FloatBuffer picture = ByteBuffer.allocateDirect(4 * sizes.pixels()).order(ByteOrder.nativeOrder()).asFloatBuffer().put(Numbers.picture(sizes)).rewind();
        var tensor = OnnxTensor.createTensor(environment, picture, new long[]{1, 3, side, side});
        return new Work() {
            private final float[] embedding = new float[sizes.sam().embeddingSize()];

            @Override
            public void run() {
                try (var result = session.run(Map.of(input, tensor))) {
                    ((OnnxTensor) result.get(0)).getFloatBuffer().get(embedding);
                } catch (OrtException e) {
                    throw new IllegalStateException(e);
                }
            }

            @Override
            public float[] result() {
                return embedding.clone();
            }

            @Override
            public void close() {
                try {
                    session.close();
                } catch (OrtException e) {
                    throw new IllegalStateException(e);
                }
            }
        };
    }
}
