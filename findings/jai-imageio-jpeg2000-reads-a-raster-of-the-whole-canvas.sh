#!/usr/bin/env bash
# Guess: readRaster(0, null) of an ImageIO reader gives a raster of getWidth(0) x getHeight(0), with the pixels that read(0) shows.
# Found, with jai-imageio-jpeg2000 1.4.0: not for JPEG 2000 whose picture is not at the corner of its canvas (XOsiz, YOsiz; T.800, B.2), as tiled originals, regions cut without decoding and
# opj_compress -d have it. getWidth and read(0) tell of the picture, 5 x 3; readRaster gives the canvas, 7 x 4, from (0, 0), with zeros in the columns and rows before the picture. Readers of raw numbers
# (DICOM, GeoTIFF), who need readRaster because read(0) converts colours, get a shifted picture or refuse the file. Everything else of lossless streams was right: of 1,200 that OpenJPEG 2.5 made of
# random sizes (1 to 200), bits (1 to 16, signed or not), progressions, coding styles, block and precinct sizes, tiles, layers and markers, all came back exactly, once the offset is counted.
#
# Needs a JDK 17 or newer (JAVA_HOME, or java on the PATH), Maven. Downloads jai-imageio-core and jai-imageio-jpeg2000 from Maven Central. Fails if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
cat > pom.xml <<'POM'
<project><modelVersion>4.0.0</modelVersion><groupId>a</groupId><artifactId>a</artifactId><version>1</version>
  <dependencies><dependency><groupId>com.github.jai-imageio</groupId><artifactId>jai-imageio-jpeg2000</artifactId><version>1.4.0</version></dependency></dependencies>
</project>
POM
mvn -B -q org.apache.maven.plugins:maven-dependency-plugin:3.11.0:copy-dependencies -DoutputDirectory=jars >/dev/null
cat > Canvas.java <<'JAVA'
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.util.HexFormat;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;

class Canvas {
    /// 5 x 3 pixels of 8 bits, 10 to 24, by OpenJPEG 2.5: opj_compress -F 5,3,1,8,u -n 1 -d 2,1
    static final String PICTURE = "ff4fff510029000000000007000000040000000200000001000000070000000400000000000000000001070101ff52000c00000001000004040001ff5c00044040"
            + "ff640025000143726561746564206279204f70656e4a5045472076657273696f6e20322e352e30ff90000a00000000001e0001ff93cfb43408ec8032caff2025d2cc27de7bffd9";

    static ImageReader reader() {
        ImageReader reader = ImageIO.getImageReadersByFormatName("jpeg2000").next();
        reader.setInput(new MemoryCacheImageInputStream(new ByteArrayInputStream(HexFormat.of().parseHex(PICTURE))));
        return reader;
    }

    public static void main(String[] args) throws Exception {
        ImageReader reader = reader();
        BufferedImage picture = reader().read(0);
        Raster raster = reader().readRaster(0, null);
        System.out.println(reader.getClass().getName() + ", " + Canvas.class.getClassLoader().getResource("com/github/jaiimageio/jpeg2000").toString().replaceAll(".*/(jai[^/]*jar).*", "$1"));
        System.out.println("getWidth, getHeight: " + reader.getWidth(0) + " x " + reader.getHeight(0));
        System.out.println("read(0): " + picture.getWidth() + " x " + picture.getHeight() + ", its first number is " + picture.getRaster().getSample(0, 0, 0));
        System.out.println("readRaster(0, null): " + raster.getWidth() + " x " + raster.getHeight() + " from " + raster.getMinX() + ", " + raster.getMinY() + ":");
        for (int y = 0; y < raster.getHeight(); y++) {
            for (int x = 0; x < raster.getWidth(); x++) System.out.printf("%4d", raster.getSample(x, y, 0));
            System.out.println();
        }
        boolean asFound = reader.getWidth(0) == 5 && picture.getWidth() == 5 && picture.getRaster().getSample(0, 0, 0) == 10 && raster.getWidth() == 7 && raster.getHeight() == 4
                && raster.getMinX() == 0 && raster.getSample(0, 0, 0) == 0 && raster.getSample(2, 1, 0) == 10 && raster.getSample(6, 3, 0) == 24;
        if (!asFound) throw new AssertionError("the behaviour has changed");
    }
}
JAVA
"$java" -cp 'jars/*' Canvas.java
