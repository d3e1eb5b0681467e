package dev.samovar.imaging.format;

import dev.samovar.imaging.Picture;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// Which way a camera was held, as it notes in the pictures it takes. Source: Exif 2.3 (JEITA CP-3451C), tag 274, and its container, TIFF 6.0.
final class Exif {
    /// The first row is the top and the first column the left.
    static final int UPRIGHT = 1;

    private static final int ORIENTATION = 274, SHORT = 3, ENTRY = 12;

    private Exif() {}

    /// The orientation in a block of notes, 1 to 8, or [#UPRIGHT] if there is none or the block is damaged: a picture need not be refused for that.
    static int orientation(ByteBuffer block) {
        int n = block.remaining();
        if (n < 8) return UPRIGHT;
        ByteBuffer b = block.slice().order(block.get(0) == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        long first = b.getInt(4) & 0xFFFF_FFFFL;
        if (b.getChar(2) != 42 || first > n - 2) return UPRIGHT;
        int at = (int) first + 2, entries = Math.min(b.getChar((int) first), (n - at) / ENTRY);
        for (int end = at + entries * ENTRY; at < end; at += ENTRY) {
            int value = b.getChar(at + 8);
            if (b.getChar(at) == ORIENTATION && b.getChar(at + 2) == SHORT && value >= 1 && value <= 8) return value;
        }
        return UPRIGHT;
    }

    /// A picture as it was seen: turned and mirrored as its orientation asks.
    static Picture upright(Picture picture, int orientation) {
        if (orientation == UPRIGHT) return picture;
        int h = picture.height(), w = picture.width();
        boolean turned = orientation >= 5;                              // rows have become columns
        boolean right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
        boolean bottom = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
        int toH = turned ? w : h, toW = turned ? h : w;
        float[] from = picture.pixels(), to = new float[from.length];
        for (int i = 0; i < to.length; i++) {
            int plane = i / (h * w) * h * w, r = (i - plane) / toW, c = (i - plane) % toW, y = turned ? c : r, x = turned ? r : c;
            to[i] = from[plane + (bottom ? h - 1 - y : y) * w + (right ? w - 1 - x : x)];
        }
        return new Picture(picture.channels(), toH, toW, to);
    }
}
