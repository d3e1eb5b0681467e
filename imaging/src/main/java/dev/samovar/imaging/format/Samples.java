package dev.samovar.imaging.format;

/// The numbers of a picture, in as few bytes as they need: plane after plane, each row by row.
final class Samples {
    private final byte[] bytes;
    private final char[] chars;
    private final float[] floats;

    /// Room for whole numbers of so many bits, without a sign.
    static Samples whole(int bits, int n) {
        return new Samples(bits <= 8 ? n : 0, bits > 8 && bits <= 16 ? n : 0, bits > 16 ? n : 0);
    }

    /// Room for numbers of all kinds.
    static Samples any(int n) {
        return new Samples(0, 0, n);
    }

    /// Whole numbers of 8 bits, without a sign. The array is not copied.
    static Samples of(byte[] bytes) {
        return new Samples(bytes, new char[0], new float[0]);
    }

    private Samples(int bytes, int chars, int floats) {
        this(new byte[bytes], new char[chars], new float[floats]);
    }

    private Samples(byte[] bytes, char[] chars, float[] floats) {
        this.bytes = bytes;
        this.chars = chars;
        this.floats = floats;
    }

    int length() {
        return bytes.length + chars.length + floats.length;
    }

    float get(int i) {
        return bytes.length > 0 ? bytes[i] & 0xFF : chars.length > 0 ? chars[i] : floats[i];
    }

    /// Copies `n` numbers, from the `from`-th on, to a place in an array.
    void copy(int from, float[] to, int at, int n) {
        if (bytes.length > 0) for (int i = 0; i < n; i++) to[at + i] = bytes[from + i] & 0xFF;
        else if (chars.length > 0) for (int i = 0; i < n; i++) to[at + i] = chars[from + i];
        else System.arraycopy(floats, from, to, at, n);
    }

    void set(int i, float value) {
        if (bytes.length > 0) bytes[i] = (byte) (int) value;
        else if (chars.length > 0) chars[i] = (char) value;
        else floats[i] = value;
    }

    /// Numbers of several pages, one after another.
    static Samples join(java.util.List<Samples> pages) {
        int n = 0;
        for (Samples page : pages) n += page.length();
        Samples first = pages.getFirst(), all = new Samples(first.bytes.length > 0 ? n : 0, first.chars.length > 0 ? n : 0,
                first.floats.length > 0 ? n : 0);
        int at = 0;
        for (Samples page : pages) for (int i = 0; i < page.length(); i++) all.set(at++, page.get(i));
        return all;
    }

    /// Planes of `h` rows and `w` columns made upright: turned and mirrored as Exif's orientation says.
    Samples upright(int h, int w, int orientation) {
        if (orientation == Exif.UPRIGHT) return this;
        Samples to = new Samples(bytes.length, chars.length, floats.length);
        for (int plane = 0; plane < length(); plane += h * w)
            for (int i = 0; i < h * w; i++) to.set(plane + i, get(plane + Exif.source(i, h, w, orientation)));
        return to;
    }
}
