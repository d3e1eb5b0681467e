#!/usr/bin/env bash
# Guess: fill bytes (ones before a marker, which T.81, B.1.1.2 allows everywhere) make no difference to a JPEG, for lossless JPEG as for any other.
# Found, with TwelveMonkeys' imageio-jpeg 3.14.0: if a fill byte precedes the end of lossless JPEG (SOF3), the last pixel equals its prediction, and its code ends exactly with a byte, so that no bits are
# padded, then the last pixel is 0, without a warning. All three are needed: without the fill byte, with another last pixel, or with padded bits it is right (800 small files, 22 wrong, each of them of
# this kind). It is no rare case in hospitals: DCMTK's dcmcjpeg writes a fill byte wherever the length would be odd, which DICOM forbids, and the corner of a slice is mostly background, so about one
# slice in sixteen is read with a wrong pixel. Where restart markers divide the data, the pixel before a marker may lose its difference without any fill byte (a quarter of 200 small files), and with a
# fill byte all pixels after the first marker are 0. libjpeg-turbo reads all of them right.
#
# Needs a JDK 17 or newer (JAVA_HOME, or java on the PATH), Maven. Downloads imageio-jpeg from Maven Central. Fails if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
cat > pom.xml <<'POM'
<project><modelVersion>4.0.0</modelVersion><groupId>a</groupId><artifactId>a</artifactId><version>1</version>
  <dependencies><dependency><groupId>com.twelvemonkeys.imageio</groupId><artifactId>imageio-jpeg</artifactId><version>3.14.0</version></dependency></dependencies>
</project>
POM
mvn -B -q org.apache.maven.plugins:maven-dependency-plugin:3.11.0:copy-dependencies -DoutputDirectory=jars >/dev/null
cat > LastPixel.java <<'JAVA'
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;

class LastPixel {
    static final String[] CODES = {"00", "010", "011", "100", "101", "110", "1110", "11110", "111110"};

    /// A row of 8-bit pixels as lossless JPEG: each is its difference from the one to its left, the first from 128. Categories 0 to 8 have codes of 2, 3, 3, 3, 3, 3, 4, 5, 6 bits.
    static void row(ByteArrayOutputStream out, int... row) {
        StringBuilder bits = new StringBuilder();
        for (int x = 0; x < row.length; x++) {
            int d = row[x] - (x == 0 ? 128 : row[x - 1]), category = 32 - Integer.numberOfLeadingZeros(Math.abs(d));
            bits.append(CODES[category]);
            int more = d > 0 ? d : d + (1 << category) - 1;
            for (int b = category - 1; b >= 0; b--) bits.append(more >> b & 1);
        }
        while (bits.length() % 8 != 0) bits.append('1');
        for (int i = 0; i < bits.length(); i += 8) out.write(Integer.parseInt(bits.substring(i, i + 8), 2));    // none of these is FF
    }

    /// The same row, once or several times; each time after a restart.
    static byte[] jpeg(int fill, int rows, int... row) {
        var out = new ByteArrayOutputStream();
        out.writeBytes(new byte[]{-1, (byte) 0xD8, -1, (byte) 0xC3, 0, 11, 8, 0, (byte) rows, 0, (byte) row.length, 1, 1, 0x11, 0});
        out.writeBytes(new byte[]{-1, (byte) 0xC4, 0, 28, 0, 0, 1, 5, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8});
        if (rows > 1) out.writeBytes(new byte[]{-1, (byte) 0xDD, 0, 4, 0, (byte) row.length});
        out.writeBytes(new byte[]{-1, (byte) 0xDA, 0, 8, 1, 1, 0, 1, 0, 0});
        for (int y = 0; y < rows; y++) {
            row(out, row);
            for (int i = 0; i < fill; i++) out.write(0xFF);
            out.writeBytes(new byte[]{-1, (byte) (y + 1 < rows ? 0xD0 + y : 0xD9)});
        }
        return out.toByteArray();
    }

    static void check(String what, int fill, int rows, int[] row, int... expected) throws Exception {
        for (var readers = ImageIO.getImageReadersByFormatName("jpeg"); readers.hasNext();) {
            ImageReader reader = readers.next();
            if (!reader.getClass().getName().startsWith("com.twelvemonkeys")) continue;
            reader.addIIOReadWarningListener((source, warning) -> System.out.println("warning: " + warning));
            reader.setInput(new MemoryCacheImageInputStream(new ByteArrayInputStream(jpeg(fill, rows, row))));
            Raster raster = reader.readRaster(0, null);
            int[] got = raster.getSamples(0, 0, row.length, rows, 0, (int[]) null);
            System.out.println(what + ": " + Arrays.toString(row) + " is read as " + Arrays.toString(got));
            if (!Arrays.equals(got, expected)) throw new AssertionError("the behaviour has changed");
            return;
        }
        throw new AssertionError("no reader");
    }

    public static void main(String[] args) throws Exception {
        int[] whole = {97, 97, 96, 96}, other = {97, 97, 96, 97}, padded = {97, 96, 96}, often = {101, 101, 101, 100};
        check("no fill byte                        ", 0, 1, whole, whole);
        check("a fill byte, the last pixel differs ", 1, 1, other, other);
        check("a fill byte, after padded bits      ", 1, 1, padded, padded);
        check("a fill byte, all bits of a byte used", 1, 1, whole, 97, 97, 96, 0);
        check("three rows, each after a restart    ", 0, 3, often, 101, 101, 101, 101, 101, 101, 101, 101, 101, 101, 101, 100);
        check("the same with fill bytes            ", 1, 3, often, 101, 101, 101, 101, 0, 0, 0, 0, 0, 0, 0, 0);
    }
}
JAVA
echo "imageio-jpeg $(ls jars | sed -n 's/^imageio-jpeg-\(.*\)\.jar/\1/p')"
"$java" -cp 'jars/*' LastPixel.java
