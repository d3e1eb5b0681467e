package dev.samovar.imagej;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.testkit.Golden;
import dev.samovar.imaging.Picture;
import dev.samovar.models.sam.Prompt;
import ij.CompositeImage;
import ij.IJ;
import ij.ImagePlus;
import ij.ImageStack;
import ij.gui.Line;
import ij.gui.OvalRoi;
import ij.gui.PointRoi;
import ij.gui.Roi;
import ij.io.RoiDecoder;
import ij.io.RoiEncoder;
import ij.process.ColorProcessor;
import ij.process.FloatProcessor;
import ij.process.ImageProcessor;
import ij.process.ShortProcessor;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/// The commands on ImageJ's own images, without a display.
class SegmentationTest {
    private static final Segmentation SAM = Segmentation.builtIn();

    @AfterAll
    static void free() {
        SAM.close();
    }

    /// A picture with a green bar at 172,47.
    private static ColorProcessor picture() {
        try {
            return new ColorProcessor(ImageIO.read(Golden.path("sam-tiny/picture.png").toFile()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Its green channel with the values 1000 to 3000, which is also the display range.
    private static ShortProcessor deep() {
        ColorProcessor picture = picture();
        ShortProcessor pixels = new ShortProcessor(picture.getWidth(), picture.getHeight());
        for (int i = 0; i < pixels.getPixelCount(); i++) pixels.set(i, 1000 + (picture.get(i) >> 8 & 0xFF) * 2000 / 255);
        pixels.setMinAndMax(1000, 3000);
        return pixels;
    }

    private static ImagePlus image(ImageProcessor pixels) {
        return new ImagePlus("tea.tif", pixels);
    }

    @Test
    void aClickBecomesARegionThatImageJKeeps() throws IOException {
        ImagePlus image = image(picture());
        image.setRoi(new PointRoi(172, 47));
        List<Roi> found = SAM.selection(image);
        assertEquals(1, found.size());
        Roi bar = found.getFirst();
        assertTrue(bar.containsPoint(172.5, 47.5) && !bar.containsPoint(30.5, 120.5), bar.getBounds().toString());
        assertEquals("tea thing", bar.getName());
        assertEquals(0, bar.getPosition());
        assertEquals(bar.getBounds(), RoiDecoder.openFromByteArray(RoiEncoder.saveAsByteArray(bar)).getBounds());
    }

    @Test
    void aRectangleIsABox() {
        ImagePlus image = image(picture());
        assertEquals(new Prompt.Box(38, 28, 87, 64), prompt(image, new Roi(38, 28, 49, 36)));
        assertEquals(new Prompt.Box(0, 28, 39, image.getHeight()), prompt(image, new Roi(-10, 28, 49, 3600)), "as far as it is in the image");
        assertTrue(said(() -> prompt(image, new Roi(-10, 28, 9, 9))).contains("outside the image"));
        image.setRoi(130, 30, 80, 35);
        assertTrue(SAM.selection(image).getFirst().getBounds().intersects(130, 30, 80, 35));
    }

    @Test
    void clicksAreOnTheThingOrBesideIt() {
        PointRoi points = new PointRoi(60, 45);
        points.setCounter(1);
        points.addPoint(10, 10);
        Prompt.Points prompt = (Prompt.Points) prompt(image(picture()), points);
        assertEquals(List.of(1, 0), prompt.points().stream().map(Prompt.Point::label).toList());
    }

    private static Prompt prompt(ImagePlus image, Roi selection) {
        image.setRoi(selection);
        return Segmentation.prompt(Planes.of(image));
    }

    @Test
    void pointsOfOtherSlicesDoNotCount() {
        ImagePlus image = stack(picture(), picture(), picture());
        PointRoi points = new PointRoi();
        image.setSlice(1);
        points.addPoint(image, 20, 20);
        points.addPoint(image, 30, 100);
        image.setSlice(2);
        points.addPoint(image, 172, 47);
        image.setRoi(points);
        assertEquals(Prompt.points(new Prompt.Point(172, 47, 1)), Segmentation.prompt(Planes.of(image)));
        image.setSlice(3);
        assertTrue(said(() -> SAM.selection(image)).contains("None of the points is in the slice"));
    }

    private static ImagePlus stack(ImageProcessor... slices) {
        ImageStack stack = new ImageStack(slices[0].getWidth(), slices[0].getHeight());
        for (ImageProcessor slice : slices) stack.addSlice(slice);
        return new ImagePlus("stack.tif", stack);
    }

    /// A composite of the picture's three colours has the picture's look, and a region for each slice, in all channels.
    @Test
    void aCompositeIsSeenAsItIsShown() {
        ColorProcessor picture = picture();
        ImageStack stack = new ImageStack(picture.getWidth(), picture.getHeight());
        for (int z = 0; z < 3; z++) for (int c = 1; c <= 3; c++) stack.addSlice(picture.getChannel(c, null));
        ImagePlus image = new ImagePlus("composite.tif", stack);
        image.setDimensions(3, 3, 1);
        CompositeImage composite = new CompositeImage(image, IJ.COMPOSITE);
        composite.setPosition(2, 2, 1);
        assertArrayEquals(Picture.of(picture.getBufferedImage()).pixels(), Planes.of(composite).picture(0).pixels());
        composite.setRoi(new PointRoi(172, 47));
        List<Roi> found = SAM.propagate(composite);
        assertEquals(List.of(1, 2, 3), found.stream().map(Roi::getZPosition).toList());
        assertEquals(List.of(0, 0, 0), found.stream().map(Roi::getCPosition).toList());
        composite.setMode(IJ.GRAYSCALE);
        assertArrayEquals(Picture.of(picture.getChannel(2, null).getBufferedImage()).pixels(), Planes.of(composite).picture(1).pixels());
    }

    /// A thing is followed along the slices, in the channel and at the time that are shown; or through time, if there is a single slice.
    @Test
    void aHyperstackIsFollowedInOneDimension() {
        ImageProcessor grey = picture().convertToByteProcessor(), dark = grey.createProcessor(grey.getWidth(), grey.getHeight());
        ImagePlus channels = stack(grey, dark, grey, dark, grey, dark);
        channels.setDimensions(2, 3, 1);
        channels.setOpenAsHyperStack(true);
        channels.setPosition(1, 2, 1);
        channels.setRoi(new PointRoi(172, 47));
        assertEquals(List.of(1, 2, 3), SAM.propagate(channels).stream().map(Roi::getZPosition).toList());
        ImagePlus times = stack(grey, dark, grey, dark, grey, dark);
        times.setDimensions(2, 1, 3);
        times.setOpenAsHyperStack(true);
        times.setPosition(1, 1, 1);
        times.setRoi(new PointRoi(172, 47));
        List<Roi> found = SAM.propagate(times);
        assertEquals(List.of(1, 2, 3), found.stream().map(Roi::getTPosition).toList());
        assertEquals(List.of(1, 1, 1), found.stream().map(Roi::getCPosition).toList());
    }

    /// ImageJ writes the brightness of an RGB image into its pixels: reading other slices at this brightness must not.
    @Test
    void theImageIsNeverChanged() {
        ImagePlus image = stack(picture(), picture(), picture());
        image.setSlice(2);
        image.setDisplayRange(50, 180);
        image.setRoi(new PointRoi(172, 47));
        int[][] before = IntStream.rangeClosed(1, 3).mapToObj(s -> ((int[]) image.getStack().getPixels(s)).clone()).toArray(int[][]::new);
        SAM.propagate(image);
        for (int s = 1; s <= 3; s++) assertArrayEquals(before[s - 1], (int[]) image.getStack().getPixels(s), "slice " + s);
    }

    @Test
    void aThresholdIsNotSeen() {
        ImagePlus image = stack(deep(), deep(), deep());
        image.setSlice(2);
        image.setDisplayRange(1000, 3000);
        float[] plain = Planes.of(image).picture(1).pixels();
        image.getProcessor().setThreshold(2000, 3000, ImageProcessor.RED_LUT);
        assertArrayEquals(plain, Planes.of(image).picture(1).pixels());
        assertArrayEquals(plain, Planes.of(image).picture(0).pixels());
        image.setRoi(new PointRoi(172, 47));
        assertEquals(3, SAM.propagate(image).size());
    }

    @Test
    void theSamePictureGivesTheSameWhateverItsType() {
        Roi expected = null;
        FloatProcessor floats = deep().convertToFloatProcessor();
        floats.setMinAndMax(1000, 3000);
        for (ImageProcessor pixels : List.of(deep(), floats, deep().convertToByteProcessor(true))) {
            ImagePlus image = image(pixels);
            image.setRoi(new PointRoi(172, 47));
            Roi found = SAM.selection(image).getFirst();
            if (expected == null) expected = found;
            assertEquals(expected.getBounds(), found.getBounds(), pixels.getClass().getSimpleName());
        }
        assertNotNull(expected);
    }

    @Test
    void everythingIsASetOfRegions() {
        List<Roi> found = SAM.everything(image(picture()), Segmentation.settings(true).withPoints(8));
        assertTrue(found.size() > 1 && found.stream().map(Roi::getName).distinct().count() == found.size(), found.toString());
    }

    @Test
    void aThingIsFollowedThroughTheStackFromTheSliceThatIsShown() {
        ColorProcessor picture = picture();
        int w = picture.getWidth(), h = picture.getHeight();
        ImageStack stack = new ImageStack(w, h);
        for (int s = 0; s < 5; s++) {
            ImageProcessor moved = picture.duplicate();
            moved.translate(2 * s - 4, 0);
            stack.addSlice(moved);
        }
        ImagePlus image = new ImagePlus("stack.tif", stack);
        image.setSlice(3);
        image.setRoi(new PointRoi(172, 47));
        List<Roi> found = SAM.propagate(image);
        Roi start = found.stream().filter(roi -> roi.getPosition() == 3).findFirst().orElseThrow();
        assertTrue(start.containsPoint(172.5, 47.5));
        assertTrue(found.size() > 1, "it continues in other slices");
        for (int i = 1; i < found.size(); i++)
            assertEquals(found.get(i - 1).getPosition() + 1, found.get(i).getPosition(), "without a gap");
        assertEquals("stack slice 3", start.getName());
    }

    @Test
    void whatIsNoPromptIsSaid() {
        ImagePlus image = image(picture());
        for (Roi none : new Roi[]{null, new Line(1, 2, 30, 40)}) {
            image.setRoi(none);
            String words = said(() -> SAM.selection(image));
            assertTrue(words.startsWith("Draw a rectangle around the thing first"), words);
        }
        image.setRoi(new OvalRoi(38, 28, 49, 36));
        assertTrue(said(() -> SAM.propagate(image)).contains("no stack"));
    }

    private static String said(Executable mistake) {
        return String.valueOf(assertThrows(IllegalArgumentException.class, mistake).getMessage());
    }

    @Test
    void anOldJavaIsToldWhatToDo() {
        assertTrue(Samovar_.isOld("1.8") && Samovar_.isOld("21") && !Samovar_.isOld("25") && !Samovar_.isOld("26"));
        assertTrue(Samovar_.tooOld("21").contains("needs Java 25, and this ImageJ runs on Java 21"));
    }

    @Test
    void theMenuNamesTheCommands() throws IOException {
        try (InputStream in = Samovar_.class.getResourceAsStream("/plugins.config")) {
            String menu = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            for (String command : List.of("selection", "everything", "propagate", "checkpoint"))
                assertTrue(menu.contains("dev.samovar.imagej.Samovar_(\"" + command + "\")"), command);
        }
    }
}
