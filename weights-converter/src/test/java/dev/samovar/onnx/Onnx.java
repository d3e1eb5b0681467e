package dev.samovar.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/// A model that ONNX Runtime runs.
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

    /// All outputs by name, for inputs by name.
    Map<String, float[]> run(Map<String, Input> inputs) {
        Map<String, OnnxTensor> tensors = new LinkedHashMap<>();
        try {
            for (var e : inputs.entrySet())
                tensors.put(e.getKey(),
                        OnnxTensor.createTensor(OrtEnvironment.getEnvironment(), FloatBuffer.wrap(e.getValue().values), e.getValue().shape));
            Map<String, float[]> out = new LinkedHashMap<>();
            try (OrtSession.Result results = session.run(tensors)) {
                for (var e : results) {
                    FloatBuffer values = ((OnnxTensor) e.getValue()).getFloatBuffer();
                    float[] y = new float[values.remaining()];
                    values.get(y);
                    out.put(e.getKey(), y);
                }
            }
            return out;
        } catch (OrtException e) {
            throw new AssertionError(e.getMessage(), e);
        } finally {
            tensors.values().forEach(OnnxTensor::close);
        }
    }

    /// Values and their shape.
    @SuppressWarnings("ArrayRecordComponent")
    record Input(float[] values, long... shape) {}

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
