package dev.samovar.imaging.dicom;

import dev.samovar.core.io.FormatException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// RLE: PackBits, one segment for each byte of each sample, the most significant first (PS3.5, annex G).
final class RunLength {
    private static final int HEADER = 64, MAX_SEGMENTS = 15;

    private RunLength() {}

    /// Decodes one frame: plane after plane of so many numbers.
    ///
    /// @throws FormatException if it is damaged, in words that follow the name of the file
    static int[] decode(byte[] data, int samples, int bytes, int pixels) {
        if (data.length < HEADER) throw damaged("its header is cut off");
        ByteBuffer header = ByteBuffer.wrap(data, 0, HEADER).order(ByteOrder.LITTLE_ENDIAN);
        int count = header.getInt();
        if (count > MAX_SEGMENTS || count != samples * bytes) throw damaged("it has " + count + " segments, not " + samples * bytes);
        int[] planes = new int[samples * pixels], offsets = new int[count + 1];
        for (int s = 0; s < count; s++) offsets[s] = header.getInt();
        offsets[count] = data.length;
        for (int s = 0; s < count; s++) {
            if (offsets[s] < HEADER || offsets[s + 1] <= offsets[s] || offsets[s + 1] > data.length)
                throw damaged("its segments overlap or lie outside it");
            segment(data, offsets[s], offsets[s + 1], planes, s / bytes * pixels, pixels);
        }
        return planes;
    }

    private static void segment(byte[] data, int from, int to, int[] planes, int start, int pixels) {
        int at = from, done = 0;
        while (done < pixels) {
            if (at >= to) throw damaged("a segment ends after " + done + " of " + pixels + " bytes");
            int n = data[at++];
            if (n == Byte.MIN_VALUE) continue;
            int length = n >= 0 ? n + 1 : 1 - n;
            if (at + (n >= 0 ? length : 1) > to || done + length > pixels) throw damaged("a run in it is too long");
            for (int i = 0; i < length; i++, done++) planes[start + done] = planes[start + done] << 8 | (data[n >= 0 ? at + i : at] & 0xFF);
            at += n >= 0 ? length : 1;
        }
    }

    private static FormatException damaged(String why) {
        return new FormatException("its RLE data are damaged: " + why);
    }
}
