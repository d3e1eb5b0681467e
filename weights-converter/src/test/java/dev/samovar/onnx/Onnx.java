package dev.samovar.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Map;

/// A file as ONNX Runtime runs it, with one input `image` and one output.
record Onnx(OrtSession session) implements AutoCloseable {

    static Onnx open(Path file) {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            return new Onnx(OrtEnvironment.getEnvironment().createSession(file.toString(), options));
        } catch (OrtException e) {
            throw new AssertionError(file + ": " + e.getMessage(), e);
        }
    }

    float[] run(float[] values, long... shape) {
        FloatBuffer in = ByteBuffer.allocateDirect(values.length * Float.BYTES).order(ByteOrder.nativeOrder()).asFloatBuffer();
        in.put(0, values);
        try (OnnxTensor image = OnnxTensor.createTensor(OrtEnvironment.getEnvironment(), in, shape);
                OrtSession.Result results = session.run(Map.of("image", image));
                OnnxTensor result = (OnnxTensor) results.get(0)) {
            FloatBuffer out = result.getFloatBuffer();
            float[] y = new float[out.remaining()];
            out.get(y);
            return y;
        } catch (OrtException e) {
            throw new AssertionError(e.getMessage(), e);
        }
    }

    String output() {
        return session.getOutputNames().iterator().next();
    }

    Map<String, String> metadata() {
        try {
            return session.getMetadata().getCustomMetadata();
        } catch (OrtException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        try {
            session.close();
        } catch (OrtException e) {
            throw new AssertionError(e);
        }
    }
}
