#!/usr/bin/env bash
# Guess: OnnxTensor.getValue() shows the numbers that a model gets. A FloatBuffer knows the byte order of its memory, so OnnxTensor.createTensor takes any.
# Found, with onnxruntime 1.29.0 for Java: a direct buffer in the order that Java gives it by default, big-endian, is handed to the model as it is, without a word. On x86 the model computes with
# reversed bytes (1.0 becomes 4.6e-41), while getValue() of the same tensor shows the right numbers, and getFloatBuffer() the wrong ones. A buffer on the heap is copied and right in either order.
# So a test with FloatBuffer.wrap passes, and so does a look at the tensor. Add .order(ByteOrder.nativeOrder()). See https://github.com/microsoft/onnxruntime/issues/26408, about the documentation.
#
# Needs Maven and a JDK 25 (JAVA25_HOME, or JAVA_HOME) on a little-endian machine. Fails if the behaviour has changed.
set -euo pipefail
java=${JAVA25_HOME:-${JAVA_HOME:?set JAVA25_HOME to a JDK 25}}/bin
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>example</groupId><artifactId>order</artifactId><version>1</version>
  <dependencies><dependency><groupId>com.microsoft.onnxruntime</groupId><artifactId>onnxruntime</artifactId><version>1.29.0</version></dependency></dependencies></project>
POM
cat > Order.java <<'JAVA'
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import java.nio.ByteOrder;

OrtEnvironment environment = OrtEnvironment.getEnvironment();

void main() throws Exception {
    IO.println("onnxruntime " + environment.getVersion() + ", this machine is " + ByteOrder.nativeOrder() + "; the model computes x + x");
    IO.println("buffer                 getValue              getFloatBuffer        the model's answer");
    for (var order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
        check("direct", order, ByteBuffer.allocateDirect(8).order(order).asFloatBuffer());
        check("heap", order, ByteBuffer.allocate(8).order(order).asFloatBuffer());
    }
}

void check(String where, ByteOrder order, FloatBuffer numbers) throws Exception {
    numbers.put(0, 1).put(1, 2);
    try (var session = environment.createSession(model()); var x = OnnxTensor.createTensor(environment, numbers, new long[]{2}); var y = session.run(Map.of("x", x))) {
        float[] shown = (float[]) x.getValue(), answer = (float[]) y.get(0).getValue();
        FloatBuffer b = x.getFloatBuffer();
        IO.println(String.format("%-6s %-15s %-21s %-21s %s", where, order, Arrays.toString(shown), "[" + b.get(0) + ", " + b.get(1) + "]", Arrays.toString(answer)));
        boolean right = !where.equals("direct") || order == ByteOrder.nativeOrder();
        if (shown[0] != 1 || shown[1] != 2 || right != (answer[0] == 2 && answer[1] == 4) || right != (b.get(0) == 1)) throw new AssertionError("the behaviour has changed");
    }
}

byte[] model() { // opset 13, y = Add(x, x), written as protocol buffers
    byte[] node = join(part(1, "x".getBytes()), part(1, "x".getBytes()), part(2, "y".getBytes()), part(4, "Add".getBytes()));
    return join(number(1, 8), part(7, join(part(1, node), part(2, "g".getBytes()), part(11, value("x")), part(12, value("y")))), part(8, number(2, 13)));
}

byte[] value(String name) { return join(part(1, name.getBytes()), part(2, part(1, join(number(1, 1), part(2, part(1, number(1, 2))))))); }

byte[] number(int field, int n) { return new byte[]{(byte) (field << 3), (byte) n}; }

byte[] part(int field, byte[] bytes) { return join(new byte[]{(byte) (field << 3 | 2), (byte) bytes.length}, bytes); }

byte[] join(byte[]... parts) {
    var all = new ByteArrayOutputStream();
    for (byte[] p : parts) all.writeBytes(p);
    return all.toByteArray();
}
JAVA
mvn -B -q org.apache.maven.plugins:maven-dependency-plugin:3.11.0:copy-dependencies -DoutputDirectory=jars
"$java/java" -Djava.io.tmpdir="$work" --enable-native-access=ALL-UNNAMED -cp 'jars/*' Order.java
