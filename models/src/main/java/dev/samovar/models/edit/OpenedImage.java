package dev.samovar.models.edit;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Brightness;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.Grids;
import dev.samovar.imaging.Intensity;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Orientation;
import dev.samovar.imaging.Picture;
import dev.samovar.imaging.Slices;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.dicom.DicomSeries;
import dev.samovar.imaging.format.PictureFile;
import dev.samovar.imaging.format.Volumes;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.Reading;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An image for editing: a picture as it is, or a volume in the canonical [Orientation], with the 8-bit version that an encoder sees.
///
/// @param name its name
/// @param files the file, or one for each channel
/// @param isPicture whether it is a picture, or a stack of pictures, and not a volume with a place in a patient
/// @param orientation the way back to the grid of the file; null for a picture, which is never turned
/// @param values its numbers, with one channel or three
/// @param bright its values in 8 bits, for [dev.samovar.models.sam.SamPredictor]
/// @param limits the numbers that are black and white in it
public record OpenedImage(String name, List<Path> files, boolean isPicture, @Nullable Orientation orientation, Volume values,
        Volume bright, Brightness limits) {

    /// Reads an image.
    ///
    /// @throws FormatException if a file is wrong, or the image has several channels or frames, of which none were chosen
    public static OpenedImage open(String name, List<Path> files, Reading reading) {
        Path file = files.getFirst();
        boolean picture = files.size() == 1 && !DicomSeries.is(file) && !Files.isDirectory(file) && PictureFile.isPicture(file);
        if (!picture && reading.frame() == null && reading.channels().isEmpty()) requireOne(name, files);
        Volume read = picture && reading.channels().isEmpty() ? pages(file) : Dataset.image(name, files, reading);
        if (picture && read.geometry().nz() == 1) return picture(name, files, read);
        Orientation orientation = picture ? null : Orientation.of(read.geometry());
        Volume values = orientation == null ? read : orientation.toCanonical(read);
        Intensity how = DicomSeries.intensity(read, new Intensity.Auto());
        Brightness limits = how.brightness(portion -> values.scan(plane -> portion.accept(plane, plane.length)));
        return new OpenedImage(name, files, picture, orientation, values, limits.isSame() ? values : values.map(limits::of), limits);
    }

    private static void requireOne(String name, List<Path> files) {
        Path file = files.getFirst();
        if (files.size() > 1)
            throw new FormatException(
                    name + ": it has " + files.size() + " channels, and the page shows three at most; open the file of one, such as "
                            + file.getFileName());
        int frames = Volumes.frames(file);
        if (frames > 1)
            throw new FormatException(file + ": it is 4-D, " + frames
                    + " frames, and the page shows one; save that frame as a file of its own, and open that");
    }

    /// The pages of a picture. A stack is grey or has three colours; opacity is ignored.
    private static Volume pages(Path file) {
        Volume read = PictureFile.volume(file);
        if (read.geometry().nz() == 1 || read.channels() == 1 || read.channels() == 3) return read;
        return read.channels() == 2 ? read.channels(0) : read.channels(0, 1, 2);
    }

    /// A grey picture keeps its numbers; all others keep only their visible colours.
    private static OpenedImage picture(String name, List<Path> files, Volume read) {
        Picture shown = PictureFile.read(files.getFirst());
        Volume bright = new Volume(read.geometry(), shown.channels(), shown.pixels());
        Volume values = read.channels() == 1 ? read : bright;
        Brightness limits = new Intensity.Auto().brightness(portion -> values.scan(plane -> portion.accept(plane, plane.length)));
        return new OpenedImage(name, files, true, null, values, bright, limits);
    }

    /// The grid on which it is edited.
    public Geometry grid() {
        return values.geometry();
    }

    /// Labels as their file has them, brought onto the grid on which the image is edited.
    ///
    /// @throws FormatException if they lie on another grid than the image, in words that follow the names of both
    public LabelVolume onGrid(LabelVolume labels) {
        if (orientation == null) return Grids.onto(grid(), labels);
        return orientation.toCanonical(Grids.onto(orientation.original(), labels));
    }

    /// How it is cut across an axis.
    public Slices slices(int axis) {
        return new Slices(grid(), axis);
    }

    /// A slice in 8 bits.
    public Picture seen(int axis, int index) {
        return slices(axis).cut(bright, index);
    }

    /// The axes across which it can be cut; for a picture, only that of its pages.
    public List<Integer> axes() {
        return isPicture ? List.of(2) : List.of(2, 1, 0);
    }
}
