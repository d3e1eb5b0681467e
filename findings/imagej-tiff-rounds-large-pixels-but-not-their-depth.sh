#!/usr/bin/env bash
# Guess: an isotropic volume is still isotropic after ImageJ has saved it as TIFF and opened it again. The voxels of a CT, 1.171875 mm, may as well be given as 1171.875 micrometres or 1171875 nm.
# Found, with ImageJ 1.54p: width and height are stored as pixels per unit, in whole millionths, and the depth as decimal text. So in micrometres, 1171.875 comes back as 1172.333 wide and high
# and 1171.875 deep; in nanometres, from 1 mm on, width and height come back as 1 nm, and the depth is right. Areas, volumes and the shape of a voxel are then wrong, without a warning.
# In millimetres all is well: a size S is off by S / 10000 percent at most.
#
# Needs Maven and a JDK 25 (JAVA25_HOME, or JAVA_HOME); no display. Fails if the behaviour has changed.
set -euo pipefail
java=${JAVA25_HOME:-${JAVA_HOME:?set JAVA25_HOME to a JDK 25}}/bin
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>example</groupId><artifactId>pixels</artifactId><version>1</version>
  <dependencies><dependency><groupId>net.imagej</groupId><artifactId>ij</artifactId><version>1.54p</version></dependency></dependencies></project>
POM
cat > Pixels.java <<'JAVA'
import ij.IJ;
import ij.ImagePlus;
import ij.ImageStack;
import ij.io.FileSaver;
import ij.measure.Calibration;
import ij.process.ByteProcessor;

void main() {
    IO.println("ImageJ " + IJ.getVersion() + ", isotropic voxels, saved and opened");
    check(1.171875, "mm", true);
    check(1171.875, "micron", false);
    check(1171875, "nm", false);
    check(4, "mm", true);
    check(4000, "micron", true);
    check(4000000, "nm", false);
    check(900000, "nm", false);
}

void check(double size, String unit, boolean isotropic) {
    var stack = new ImageStack(4, 4);
    for (int z = 0; z < 3; z++) stack.addSlice(new ByteProcessor(4, 4));
    var image = new ImagePlus("volume", stack);
    Calibration c = image.getCalibration();
    c.pixelWidth = c.pixelHeight = c.pixelDepth = size;
    c.setUnit(unit);
    if (!new FileSaver(image).saveAsTiffStack("volume.tif")) throw new AssertionError("not saved");
    Calibration r = IJ.openImage("volume.tif").getCalibration();
    IO.println(String.format(java.util.Locale.ROOT, "%14.6f %-6s -> %14.6f x %14.6f x %14.6f %s", size, unit, r.pixelWidth, r.pixelHeight, r.pixelDepth, r.getUnit()));
    boolean same = Math.abs(r.pixelWidth / size - 1) < 1e-5 && r.pixelHeight == r.pixelWidth;
    if (Math.abs(r.pixelDepth / size - 1) > 1e-9 || same != isotropic) throw new AssertionError("the behaviour has changed");
}
JAVA
mvn -B -q org.apache.maven.plugins:maven-dependency-plugin:3.11.0:copy-dependencies -DoutputDirectory=jars
"$java/java" -Djava.awt.headless=true -cp 'jars/*' Pixels.java
