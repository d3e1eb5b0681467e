package dev.samovar.imaging.format;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// The orientation of the camera, which it records in its pictures. Source: Exif 2.3 (JEITA CP-3451C), tag 274, and its container, TIFF 6.0.
final class Exif {
    /// The first row is the top and the first column the left.
    static final int UPRIGHT = 1;

    private static final int ORIENTATION = 274, SHORT = 3, ENTRY = 12;

    private Exif() {}

    /// The orientation in a block of notes, 1 to 8, or [#UPRIGHT] if there is none or the block is damaged: a picture need not be refused for that.
    static int orientation(ByteBuffer block) {
        int n = block.remaining();
        if (n < 8) return UPRIGHT;
        ByteBuffer b = block.slice().order(block.get(block.position()) == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        long first = b.getInt(4) & 0xFFFF_FFFFL;
        if (b.getChar(2) != 42 || first > n - 2) return UPRIGHT;
        int at = (int) first + 2, entries = Math.min(b.getChar((int) first), (n - at) / ENTRY);
        for (int end = at + entries * ENTRY; at < end; at += ENTRY) {
            int value = b.getChar(at + 8);
            if (b.getChar(at) == ORIENTATION && b.getChar(at + 2) == SHORT && value >= 1 && value <= 8) return value;
        }
        return UPRIGHT;
    }

    /// Whether rows and columns are exchanged.
    static boolean turned(int orientation) {
        return orientation >= 5;
    }

    /// Where the pixel `i` of the upright picture is stored, in `h` rows and `w` columns.
    static int source(int i, int h, int w, int orientation) {
        boolean right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
        boolean bottom = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
        int toW = turned(orientation) ? h : w, r = i / toW, c = i % toW;
        int y = turned(orientation) ? c : r, x = turned(orientation) ? r : c;
        return (bottom ? h - 1 - y : y) * w + (right ? w - 1 - x : x);
    }
}
