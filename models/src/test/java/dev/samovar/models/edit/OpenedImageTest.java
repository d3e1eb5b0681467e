package dev.samovar.models.edit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.format.PictureFile;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.Reading;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Pictures of every kind are opened: grey ones keep their numbers, and the model gets the same pixels of all of them as in `segment`.
class OpenedImageTest {
    @TempDir
    private Path folder;

    private OpenedImage open(BufferedImage drawn) throws IOException {
        Path file = folder.resolve("picture.png");
        ImageIO.write(drawn, "png", file.toFile());
        OpenedImage image = OpenedImage.open("picture", List.of(file), Reading.PLAIN);
        assertTrue(image.isPicture());
        assertEquals(List.of(2), image.axes());
        assertArrayEquals(PictureFile.read(file).pixels(), image.seen(2, 0).pixels());
        return image;
    }

    @Test
    void sixteenBitsStaySixteenBits() throws IOException {
        var drawn = new BufferedImage(5, 4, BufferedImage.TYPE_USHORT_GRAY);
        for (int i = 0; i < 20; i++) drawn.getRaster().setSample(i % 5, i / 5, 0, 2000 * i);
        OpenedImage image = open(drawn);
        assertEquals(1, image.values().channels());
        assertEquals(38_000, image.values().at(4, 3, 0));
        assertEquals(0, image.limits().lower(), 100);
        assertEquals(38_000, image.limits().upper(), 100);
    }

    @Test
    void howOpaqueAPictureIsDoesNotMatter() throws IOException {
        var drawn = new BufferedImage(3, 2, BufferedImage.TYPE_INT_ARGB);
        for (int i = 0; i < 6; i++) drawn.setRGB(i % 3, i / 3, 0x40102030 * (i + 1));
        OpenedImage image = open(drawn);
        assertEquals(3, image.values().channels());
    }

    /// The frames of a 4-D file are channels if its dataset says so, and else a reason to refuse it.
    @Test
    void framesAreChannelsOfADataset() throws IOException {
        Path file = Files.createDirectories(folder.resolve("imagesTr")).resolve("case.mha");
        Files.createDirectories(folder.resolve("labelsTr"));
        Files.writeString(file, "NDims = 4\nDimSize = 2 2 1 2\nElementType = MET_UCHAR\nElementDataFile = LOCAL\nabcdefgh");
        var refused = assertThrows(FormatException.class, () -> OpenedImage.open("case", List.of(file), Dataset.readingOf(List.of(file))));
        assertFalse(String.valueOf(refused.getMessage()).contains("--"), refused.getMessage());
        Files.writeString(folder.resolve("dataset.json"), "{\"modality\": {\"0\": \"T1\", \"1\": \"T2\"}}");
        Reading reading = Dataset.survey(folder).imageReading(List.of(file));
        assertEquals(List.of(0, 1), reading.channels());
        assertEquals(3, OpenedImage.open("case", List.of(file), reading).values().channels());
    }
}
