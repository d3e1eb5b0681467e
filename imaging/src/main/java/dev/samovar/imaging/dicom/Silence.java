package dev.samovar.imaging.dicom;

import javax.imageio.ImageReader;
import jj2000.j2k.util.FacilityManager;
import jj2000.j2k.util.MsgLogger;

/// While it is open, warnings of jai-imageio's JPEG 2000 decoder about a codestream are dropped. They would go to the standard streams, which belong
/// to the calling program. Other decoders are not affected.
///
/// The decoder looks up its message logger by thread, and works in the thread that calls it.
final class Silence implements AutoCloseable {
    private static final String JAI = "com.github.jaiimageio.jpeg2000";

    private final boolean isJai;

    private Silence(boolean isJai) {
        this.isJai = isJai;
    }

    /// Begins.
    static Silence around(ImageReader reader) {
        boolean isJai = reader.getClass().getName().startsWith(JAI);
        if (isJai) FacilityManager.registerMsgLogger(Thread.currentThread(), new Nowhere());   // its classes are on the path if the reader is
        return new Silence(isJai);
    }

    @Override
    public void close() {
        if (isJai) FacilityManager.unregisterMsgLogger(Thread.currentThread());
    }

    private static final class Nowhere implements MsgLogger {
        @Override
        public void printmsg(int severity, String message) {}

        @Override
        public void println(String text, int indent, int more) {}

        @Override
        public void flush() {}
    }
}
