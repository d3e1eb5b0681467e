#!/usr/bin/env bash
# Guess: whoever takes one slice out of a stack, ImageStack.getProcessor(n), and gives it the display range of the image, to see it as it is displayed, changes its look and not its numbers, whatever the
# type of the image.
# Found, with ImageJ 1.54p: for 8, 16 and 32 bits that is so. Of an RGB stack the pixels of the slice are rewritten in the stack itself. Every further call stretches what the last one has left, and reset()
# brings nothing back.
#
# Needs Maven and a JDK 25 (JAVA25_HOME, or JAVA_HOME); no display. Fails if the behaviour has changed.
set -euo pipefail
java=${JAVA25_HOME:-${JAVA_HOME:?set JAVA25_HOME to a JDK 25}}/bin
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>example</groupId><artifactId>slices</artifactId><version>1</version>
  <dependencies><dependency><groupId>net.imagej</groupId><artifactId>ij</artifactId><version>1.54p</version></dependency></dependencies></project>
POM
cat > Slices.java <<'JAVA'
import ij.IJ;
import ij.ImageStack;
import ij.process.ByteProcessor;
import ij.process.ColorProcessor;
import ij.process.FloatProcessor;
import ij.process.ImageProcessor;
import ij.process.ShortProcessor;
import java.util.List;

void main() {
    IO.println("ImageJ " + IJ.getVersion() + ": the red of a pixel of slice 1, or its value, while processors of the slice get the display range 50 to 180");
    for (ImageProcessor type : List.of(new ByteProcessor(2, 1), new ShortProcessor(2, 1), new FloatProcessor(2, 1))) {
        ImageStack stack = stack(type, 100);
        stack.getProcessor(1).setMinAndMax(50, 180);
        say(type, "once", stack, 100);
    }
    ImageStack rgb = stack(new ColorProcessor(2, 1), 100 << 16 | 100 << 8 | 100);
    ImageProcessor first = rgb.getProcessor(1);
    first.setMinAndMax(50, 180);
    say(first, "once", rgb, 98);
    first.reset();
    say(first, "reset()", rgb, 98);
    rgb.getProcessor(1).setMinAndMax(50, 180);
    say(first, "twice", rgb, 94);
}

ImageStack stack(ImageProcessor type, int value) {
    var stack = new ImageStack(2, 1);
    for (int z = 0; z < 2; z++) {
        ImageProcessor slice = type.duplicate();
        if (slice instanceof FloatProcessor) slice.setf(0, 0, value);
        else slice.set(0, 0, value);
        stack.addSlice(slice);
    }
    return stack;
}

void say(ImageProcessor type, String when, ImageStack stack, int expected) {
    Object pixels = stack.getPixels(1);
    int now = switch (pixels) {
        case byte[] b -> b[0] & 0xFF;
        case short[] s -> s[0] & 0xFFFF;
        case float[] f -> (int) f[0];
        case int[] c -> c[0] >> 16 & 0xFF;
        default -> throw new AssertionError(pixels);
    };
    IO.println(String.format("%-15s %-8s %d", type.getClass().getSimpleName(), when, now));
    if (now != expected) throw new AssertionError("the behaviour has changed: expected " + expected);
}
JAVA
mvn -B -q org.apache.maven.plugins:maven-dependency-plugin:3.11.0:copy-dependencies -DoutputDirectory=jars
"$java/java" -Djava.awt.headless=true -cp 'jars/*' Slices.java
