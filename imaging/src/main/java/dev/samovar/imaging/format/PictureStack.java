package dev.samovar.imaging.format;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.GridSource;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Pages of a file as the slices of a volume, all with the first one's size of a pixel.
final class PictureStack {
    private static final int WHITE = 255, WHITE_16 = 65535;

    /// A picture does not say where it lies. Few say how large their pixels are ([PixelSize]).
    private record Source(boolean hasSpacing) implements GridSource {
        @Override
        public boolean isPlaced() {
            return false;
        }

        @Override
        public boolean hasUnit() {
            return hasSpacing;
        }

        @Override
        public boolean hasPages() {
            return true;
        }
    }

    private PictureStack() {}

    static Volume volume(List<Volume> pages) {
        Volume first = pages.getFirst();
        if (pages.size() == 1) return first;
        Geometry geometry = geometry(pages.stream().map(Volume::geometry).toList());
        int n = first.geometry().voxels(), all = geometry.voxels();
        float[] voxels = new float[Math.multiplyExact(first.channels(), all)];
        for (int z = 0; z < pages.size(); z++) {
            if (pages.get(z).channels() != first.channels()) throw new FormatException("its pages have different numbers of channels");
            for (int c = 0; c < first.channels(); c++) System.arraycopy(pages.get(z).voxels(), c * n, voxels, c * all + z * n, n);
        }
        return new Volume(geometry, first.channels(), voxels);
    }

    static LabelVolume labels(List<StoredPicture> pages) {
        Geometry geometry = geometry(pages.stream().map(StoredPicture::geometry).toList());
        byte[] classes = new byte[geometry.voxels()];
        boolean mask = true, mask16 = true;
        String odd = "";
        int at = 0;
        for (StoredPicture page : pages) for (int i = 0; i < page.height() * page.width(); i++) {
            int label = page.label(i);
            mask &= page.isGrey() && (label == 0 || label == WHITE);
            mask16 &= page.isGrey() && page.bits() == 16 && (label == 0 || label == WHITE_16);
            if (label > WHITE && odd.isEmpty()) odd = page.place(i) + "holds " + label + ", and a class is from 0 to 255";
            classes[at++] = (byte) label;                               // of white, all bits are set
        }
        if (!odd.isEmpty() && !mask16) throw new FormatException(odd);
        if (mask || mask16) for (int i = 0; i < classes.length; i++) classes[i] &= 1;
        return new LabelVolume(geometry, classes);
    }

    private static Geometry geometry(List<Geometry> pages) {
        Geometry first = pages.getFirst();
        for (Geometry page : pages)
            if (page.nx() != first.nx() || page.ny() != first.ny())
                throw new FormatException("its pages are not alike: " + first.size() + " and " + page.size() + "; save one of them alone");
        if ((long) first.voxels() * pages.size() > Integer.MAX_VALUE - Long.BYTES)
            throw new FormatException("its " + pages.size() + " pages hold too many pixels for one volume");
        return grid(first.nx(), first.ny(), pages.size(), first.spacing(0), first.spacing(1), first.spacing(2), first.hasSpacing());
    }

    /// The grid of one page. Without a size, a pixel counts as 1 mm; if the picture is compared with a volume, the volume's are used.
    static Geometry grid(int width, int height, @Nullable PixelSize size) {
        return size == null ? grid(width, height, 1, 1, 1, 1, false) : grid(width, height, 1, size.x(), size.y(), size.z(), true);
    }

    private static Geometry grid(int width, int height, int pages, double dx, double dy, double dz, boolean hasSpacing) {
        return Geometry.of(width, height, pages, new double[][]{{dx, 0, 0, 0}, {0, dy, 0, 0}, {0, 0, dz, 0}}, new Source(hasSpacing));
    }
}
