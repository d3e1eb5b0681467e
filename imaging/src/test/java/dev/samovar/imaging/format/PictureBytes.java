package dev.samovar.imaging.format;

import dev.samovar.imaging.testkit.NiftiBytes;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/// Makes JPEG and TIFF files for tests, with the JDK's writers, or a TIFF file tag by tag.
final class PictureBytes {
    static final int BYTE = 1, ASCII = 2, SHORT = 3, LONG = 4, RATIONAL = 5;

    private PictureBytes() {}

    /// A file as the JDK writes it.
    static byte[] written(String format, BufferedImage image, Consumer<ImageWriteParam> how) {
        ImageWriter writer = ImageIO.getImageWritersByFormatName(format).next();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (var out = new MemoryCacheImageOutputStream(bytes)) {
            ImageWriteParam param = writer.getDefaultWriteParam();
            how.accept(param);
            writer.setOutput(out);
            writer.write(null, new IIOImage(image, null, null), param);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }

    static byte[] jpeg(BufferedImage image, boolean progressive) {
        return written("jpeg", image, param -> {
            param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            param.setCompressionQuality(0.95f);
            if (progressive) param.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
        });
    }

    /// A segment of a JPEG file.
    static byte[] segment(int marker, byte... content) {
        return ByteBuffer.allocate(content.length + 4).put((byte) 0xFF).put((byte) marker).putChar((char) (content.length + 2)).put(content).array();
    }

    /// The Exif segment of a camera that was held in this orientation.
    static byte[] exif(ByteOrder order, int orientation) {
        ByteBuffer b = ByteBuffer.allocate(8 + 2 + 24 + 4).order(order);
        b.put(order == ByteOrder.LITTLE_ENDIAN ? new byte[]{'I', 'I'} : new byte[]{'M', 'M'}).putChar((char) 42).putInt(8).putChar((char) 2);
        b.putChar((char) 271).putChar((char) 2).putInt(4).putInt(0);                                            // the camera's maker
        b.putChar((char) 274).putChar((char) SHORT).putInt(1).putChar((char) orientation);
        return segment(0xE1, NiftiBytes.join("Exif\0\0".getBytes(StandardCharsets.US_ASCII), b.array()));
    }

    /// A file with a segment inserted after its start marker.
    static byte[] with(byte[] jpeg, byte[] segment) {
        byte[] start = {jpeg[0], jpeg[1]}, rest = Arrays.copyOfRange(jpeg, 2, jpeg.length);
        return NiftiBytes.join(start, segment, rest);
    }

    /// A tag of a TIFF file.
    record Tag(int id, int type, List<Long> values) {
        static Tag of(int id, int type, long... values) {
            List<Long> list = new ArrayList<>();
            for (long value : values) list.add(value);
            return new Tag(id, type, list);
        }

        /// Text.
        static Tag of(int id, String text) {
            return new Tag(id, ASCII, (text + "\0").chars().mapToObj(c -> (long) c).toList());
        }

        int width() {
            return type == BYTE || type == ASCII ? 1 : type == SHORT ? 2 : 4;
        }

        int size() {
            return width() * values.size();
        }
    }

    /// A grey picture of 8 bits and `3 × 2` pixels, in one strip that begins at byte 8. Other tags replace those with the same number.
    static byte[] tiff(Tag... others) {
        return tiff(ByteOrder.LITTLE_ENDIAN, 3, 2, new byte[]{1, 2, 3, 4, 5, 6}, others);
    }

    /// A grey picture of 8 bits, in one strip that begins at byte 8. Other tags replace those with the same number.
    static byte[] tiff(ByteOrder order, int width, int height, byte[] strip, Tag... others) {
        List<Tag> tags = new ArrayList<>(List.of(Tag.of(256, SHORT, width), Tag.of(257, SHORT, height), Tag.of(258, SHORT, 8), Tag.of(262,
                SHORT, 1), Tag.of(273, LONG, 8), Tag.of(279, LONG, strip.length)));
        for (Tag other : others) {
            tags.removeIf(tag -> tag.id == other.id);
            if (!other.values.isEmpty()) tags.add(other);
        }
        tags.sort(Comparator.comparingInt(Tag::id));
        return tiff(order, strip, tags);
    }

    /// A file with these data from byte 8, and one page.
    static byte[] tiff(ByteOrder order, byte[] data, List<Tag> tags) {
        int page = 8 + data.length + data.length % 2, more = page + 2 + 12 * tags.size() + 4, size = more;
        for (Tag tag : tags) if (tag.size() > 4) size += tag.size();
        ByteBuffer b = ByteBuffer.allocate(size).order(order);
        b.put(order == ByteOrder.LITTLE_ENDIAN ? new byte[]{'I', 'I'} : new byte[]{'M', 'M'}).putChar((char) 42).putInt(page).put(data);
        b.position(page).putChar((char) tags.size());
        for (Tag tag : tags) {
            int at = b.position();
            b.putChar((char) tag.id).putChar((char) tag.type).putInt(tag.type == RATIONAL ? tag.values.size() / 2 : tag.values.size());
            boolean inside = tag.size() <= 4;
            if (!inside) {
                b.putInt(more);
                b.position(more);
            }
            for (long value : tag.values) switch (tag.width()) {
                case 1 -> b.put((byte) value);
                case 2 -> b.putChar((char) value);
                default -> b.putInt((int) value);
            }
            if (!inside) more = b.position();
            b.position(at + 12);
        }
        return b.array();
    }
}
